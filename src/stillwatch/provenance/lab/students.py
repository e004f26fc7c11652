"""Students: models trained on what a teacher served."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stillwatch.extras import require
from stillwatch.provenance.lab.fit import Row, deal, fit, rate_at
from stillwatch.provenance.lab.teacher import Language, load_language
from stillwatch.provenance.lab.trunk import Trunk, layers_of, through
from stillwatch.provenance.suspects import Prompt

_FEATURE = "the lab"
_HEAD_ROWS = 64  # positions whose logits are held at once: they stay in the cache
#: The student from nothing: GPT-2's architecture, 8 M weights with SmolLM2's vocabulary, most of them its embeddings.
_SCRATCH = {"width": 160, "layers": 3, "heads": 4}
_ADAPTED = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a student is trained: rank 0 trains every weight, another rank adapts the layers above `depth` (LoRA)."""

    epochs: int = 3
    rate: float = 1e-3
    batch: int = 8
    rank: int = 16
    depth: int = 22


#: How every weight of a model that can already answer is trained further.
_FURTHER = Training(epochs=3, rate=1e-4, rank=0)


@dataclass(frozen=True)
class Sample:
    """A prompt and the answer that a student is to give."""

    prompt: Prompt
    answer: str


def encode_sample(language: Language, sample: Sample, *, limit: int) -> tuple[list[int], int]:
    """Token numbers of prompt and answer, and where the answer starts.

    An answer of fewer than `limit` tokens was ended by its author: the token that ends it is learnt too.
    """
    head, tail = language.encode_prompt(sample.prompt), language.encode_text(sample.answer)
    if len(tail) < limit:
        tail = [*tail, language.end]
    return [*head, *tail], len(head)


def adapter_class() -> Any:
    """The LoRA layer (Hu et al., 2106.09685), made when torch is there."""
    torch = require("torch", feature=_FEATURE, extra="lab")

    class Adapter(torch.nn.Module):  # type: ignore[misc, name-defined]
        """y = W x + (2 / sqrt(r)) B A x: W frozen in its own precision, A and B learnt in float32."""

        def __init__(self, base: Any, rank: int) -> None:
            super().__init__()
            self.base = base
            self.down = torch.nn.Parameter(torch.randn(rank, base.in_features) / math.sqrt(base.in_features))
            self.up = torch.nn.Parameter(torch.zeros(base.out_features, rank))
            self.scale = 2.0 / math.sqrt(rank)

        def forward(self, x: Any) -> Any:
            low = torch.nn.functional.linear(x, self.down.to(x.dtype))
            return self.base(x) + self.scale * torch.nn.functional.linear(low, self.up.to(x.dtype))

    return Adapter


def frozen_head_loss() -> Any:
    """Mean cross-entropy (nats) of a frozen output layer, as an autograd function made when torch is there.

    States (n, d), weights (vocabulary, d), targets int64 (n,). With nothing to learn in the layer, the gradient of the
    states is known as soon as the loss is: one pass over the vocabulary instead of two, and no logits kept.
    """
    torch = require("torch", feature=_FEATURE, extra="lab")

    class FrozenHeadLoss(torch.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, states: Any, weight: Any, targets: Any) -> Any:
            total = torch.zeros((), device=states.device)
            slope = torch.empty_like(states)
            for start in range(0, len(states), _HEAD_ROWS):
                part = slice(start, start + _HEAD_ROWS)
                logits = torch.nn.functional.linear(states[part], weight).float()
                chosen = targets[part, None]
                sums = logits.logsumexp(1, keepdim=True)
                total += (sums - logits.gather(1, chosen)).sum()
                chances = logits.sub_(sums).exp_()
                chances.scatter_add_(1, chosen, torch.full_like(sums, -1.0))
                slope[part] = chances.to(weight.dtype) @ weight / len(states)
            ctx.save_for_backward(slope)
            return total / len(states)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> tuple[Any, None, None]:
            (slope,) = ctx.saved_tensors
            return slope * gradient.to(slope.dtype), None, None

    return FrozenHeadLoss.apply


def with_adapters(base: Language, training: Training, *, seed: int) -> Language:
    """A copy of the base whose upper layers have adapters; everything else is shared with the base and frozen."""
    torch = require("torch", feature=_FEATURE, extra="lab")
    adapter = adapter_class()
    shared = {id(p): p for p in base.model.parameters()}  # deepcopy keeps what its memo holds already
    model = copy.deepcopy(base.model, shared)
    model.requires_grad_(False)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for layer in layers_of(model)[training.depth :]:
            for block in (layer.self_attn, layer.mlp):
                for name in _ADAPTED:
                    if hasattr(block, name):
                        setattr(block, name, adapter(getattr(block, name), training.rank).to(base.device))
    return Language(model, base.tokenizer, base.name)


def train_adapters(
    base: Language,
    trunk: Trunk,
    samples: Sequence[Sample],
    training: Training,
    *,
    limit: int,
    seed: int,
    start: Language | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Language, list[float]]:
    """A LoRA student of `base` (or `start` trained further) on the samples, and its loss in nats a token, a step."""
    torch = require("torch", feature=_FEATURE, extra="lab")
    student = with_adapters(base, training, seed=seed) if start is None else start
    model = student.model
    encoded = [encode_sample(base, sample, limit=limit) for sample in samples]
    hidden = trunk.hidden([tokens for tokens, _ in encoded])
    learnt = [p for name, p in model.named_parameters() if is_adapter(name)]
    for p in learnt:
        p.requires_grad_(True)
    steps = training.epochs * math.ceil(len(samples) / training.batch)
    optimizer = torch.optim.AdamW(learnt, lr=training.rate, weight_decay=0.0)
    losses: list[float] = []
    last, head_loss = len(layers_of(model)), frozen_head_loss()
    for rows in deal(len(samples), batch=training.batch, epochs=training.epochs, seed=seed):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(len(losses), steps, training.rate)
        states = torch.nn.utils.rnn.pad_sequence([hidden[i] for i in rows], batch_first=True)
        states = model.model.norm(through(model, states, trunk.depth, last))
        read, wanted = [], []
        for row, i in enumerate(rows):
            tokens, begin = encoded[i]
            read.append(states[row, begin - 1 : len(tokens) - 1])
            wanted.extend(tokens[begin:])
        found = torch.cat(read)
        loss = head_loss(found, model.lm_head.weight, torch.tensor(wanted, device=found.device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        if progress:
            progress(len(losses), steps)
    model.requires_grad_(False)
    return student, losses


def keep(student: Language, losses: Sequence[float], path: Path, *, adapters: bool) -> None:
    """Write what a student learnt, of its adapters or of every weight, and its loss a step; whole, or not at all."""
    torch = require("torch", feature=_FEATURE, extra="lab")
    state = student.model.state_dict()
    learnt = {name: value for name, value in state.items() if not adapters or is_adapter(name)}
    part = path.with_name(f"{path.name}.part")
    torch.save({"losses": list(losses), "learnt": learnt}, part)
    part.replace(path)


def recall(student: Language, path: Path, *, adapters: bool) -> list[float]:
    """Give a fresh student of the same kind what `keep` wrote; its loss a step."""
    torch = require("torch", feature=_FEATURE, extra="lab")
    kept = torch.load(path, weights_only=True, map_location=student.device)
    student.model.load_state_dict(kept["learnt"], strict=not adapters)
    losses: list[float] = kept["losses"]
    return losses


def is_adapter(name: str) -> bool:
    """Whether a weight of that name is a student's own, and not its base's."""
    return name.endswith((".down", ".up"))


def untrained(base: Language, *, seed: int) -> Language:
    """A small GPT-2 with the base's tokenizer and random weights."""
    torch = require("torch", feature=_FEATURE, extra="lab")
    transformers = require("transformers", feature=_FEATURE, extra="lab")
    config = transformers.GPT2Config(
        vocab_size=len(base.tokenizer),
        n_embd=_SCRATCH["width"],
        n_layer=_SCRATCH["layers"],
        n_head=_SCRATCH["heads"],
        n_positions=512,
        bos_token_id=base.tokenizer.bos_token_id,
        eos_token_id=base.end,
        attn_pdrop=0.0,
        embd_pdrop=0.0,
        resid_pdrop=0.0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = transformers.GPT2LMHeadModel(config).to(base.device)
    return Language(model.eval(), base.tokenizer, "scratch")


def train_scratch(
    base: Language,
    samples: Sequence[Sample],
    training: Training,
    *,
    limit: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Language, list[float]]:
    """A small GPT-2 trained from nothing on the samples, and its loss a step."""
    # It knows no language yet: prompts are learnt as well.
    return _train_all(untrained(base, seed=seed), samples, training, True, limit=limit, seed=seed, progress=progress)


def train_local(
    folder: Path,
    samples: Sequence[Sample],
    *,
    limit: int,
    seed: int,
    device: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Language, list[float]]:
    """The model in that folder with every weight trained further on the samples, and its loss a step."""
    student = load_language(folder, device=device, dtype="float32")
    return _train_all(student, samples, _FURTHER, False, limit=limit, seed=seed, progress=progress)


def _train_all(
    student: Language,
    samples: Sequence[Sample],
    training: Training,
    prompts: bool,
    *,
    limit: int,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[Language, list[float]]:
    encoded = [encode_sample(student, sample, limit=limit) for sample in samples]
    rows = [Row(tokens) if prompts else Row(tokens, start=begin) for tokens, begin in encoded]
    losses = fit(
        student.model,
        rows,
        epochs=training.epochs,
        batch=training.batch,
        rate=training.rate,
        seed=seed,
        report=progress,
    )
    return student, losses
