"""Whole next-token distributions from any suspect whose weights are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillwatch.extras import require
from stillwatch.provenance.marks.distributions import DistributionSuspect
from stillwatch.provenance.suspects import Floats, Ints, Prompt, Suspect


def with_distributions(suspect: Suspect) -> DistributionSuspect | None:
    """The suspect as one that gives distributions; None where only its interface is at hand, not its weights."""
    if isinstance(suspect, DistributionSuspect):
        return suspect
    if all(hasattr(suspect, name) for name in ("model", "encode", "encode_prompt")):
        return WholeSuspect(suspect)
    return None


class WholeSuspect:
    """A `LocalSuspect`, or whatever passes its model on, that also gives distributions. One text at a time."""

    def __init__(self, suspect: Suspect) -> None:
        self._suspect: Any = suspect

    @property
    def name(self) -> str:
        """See `Suspect`."""
        return str(self._suspect.name)

    @property
    def tokenizer_id(self) -> str:
        """See `Suspect`."""
        return str(self._suspect.tokenizer_id)

    def next_token_log_probabilities(
        self, prompts: Sequence[Prompt], texts: Sequence[str]
    ) -> list[NDArray[np.float32]]:
        """See `DistributionSuspect`."""
        torch = require("torch", feature="reading for a mark", extra="provenance")
        model, out = self._suspect.model, []
        for prompt, text in zip(prompts, texts, strict=True):
            head, tail = self._suspect.encode_prompt(prompt), self._suspect.encode(text)
            if not tail:
                out.append(np.zeros((0, model.config.vocab_size), np.float32))
                continue
            with torch.inference_mode():
                logits = model(input_ids=torch.tensor([[*head, *tail]], device=model.device)).logits[0]
            scores = logits[len(head) - 1 : len(head) + len(tail) - 1].float().log_softmax(-1)
            out.append(scores.cpu().numpy())
        return out

    def token_log_probabilities(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> list[Floats]:
        """See `Suspect`."""
        found: list[Floats] = self._suspect.token_log_probabilities(prompts, texts)
        return found

    def log_likelihood(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> Floats:
        """See `Suspect`."""
        found: Floats = self._suspect.log_likelihood(prompts, texts)
        return found

    def token_counts(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> Ints:
        """See `Suspect`."""
        found: Ints = self._suspect.token_counts(prompts, texts)
        return found

    def generate(self, prompts: Sequence[Prompt], *, max_tokens: int, temperature: float, seed: int) -> list[str]:
        """See `Suspect`."""
        return list(self._suspect.generate(prompts, max_tokens=max_tokens, temperature=temperature, seed=seed))
