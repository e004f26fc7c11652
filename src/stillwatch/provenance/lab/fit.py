"""Training every weight of a small transformer: the tiny teachers, and the students that start from nothing."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.extras import require

_WARM = 20  # steps until the rate is reached


@dataclass(frozen=True)
class Row:
    """One example: its token numbers, and the first of them that is to be predicted (those before it are given)."""

    tokens: Sequence[int]
    start: int = 1


def deal(count: int, *, batch: int, epochs: int, seed: int) -> Iterator[list[int]]:
    """Batches of indices: each epoch all of them, in an order of its own."""
    dice = random.Random(seed)
    for _ in range(epochs):
        order = list(range(count))
        dice.shuffle(order)
        for start in range(0, count, batch):
            yield order[start : start + batch]


def rate_at(step: int, steps: int, rate: float) -> float:
    """The learning rate of a step: a short warm-up, then a straight line to zero."""
    return rate * min(1.0, (step + 1) / min(_WARM, max(1, steps // 10))) * (1 - step / steps)


def fit(
    model: Any,
    rows: Sequence[Row],
    *,
    epochs: int,
    batch: int,
    rate: float,
    seed: int,
    soft: Callable[[Any, Any], Any] | None = None,
    report: Callable[[int, int], None] | None = None,
) -> list[float]:
    """Train the model (transformers, causal) in place; the loss of each step in nats a token.

    `soft` gives, for token ids (n, width) and the places to predict (bool, same shape), the probabilities to learn
    there, shape (places, vocabulary), in place of the tokens themselves.
    """
    torch = require("torch", feature="the lab", extra="lab")
    model.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, fused=True)
    steps = epochs * math.ceil(len(rows) / batch)
    losses: list[float] = []
    for chosen in deal(len(rows), batch=batch, epochs=epochs, seed=seed):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(len(losses), steps, rate)
        width = max(len(rows[i].tokens) for i in chosen)
        ids = torch.zeros((len(chosen), width), dtype=torch.long)
        predicted = torch.zeros((len(chosen), width), dtype=torch.bool)
        for line, i in enumerate(chosen):
            ids[line, : len(rows[i].tokens)] = torch.tensor(rows[i].tokens)
            predicted[line, rows[i].start : len(rows[i].tokens)] = True
        ids, predicted = ids.to(model.device), predicted.to(model.device)
        # Attention is causal, and what is padded lies to the right: no mask is needed.
        logits = model(input_ids=ids).logits[:, :-1][predicted[:, 1:]]
        wanted = ids[predicted] if soft is None else soft(ids, predicted)
        loss = torch.nn.functional.cross_entropy(logits, wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        if report:
            report(len(losses), steps)
    model.eval().requires_grad_(False)
    return losses
