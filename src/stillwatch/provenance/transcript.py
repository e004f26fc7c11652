"""A suspect whose every answer goes on record.

Each call becomes a `query` record in the ledger: a digest of each question, and the answers, sealed. A third party sees
how many questions of which kind were put and in which order; whoever is shown a text can match it to its digest. The
questions themselves are in the evidence already, and are erased there when they are redacted. Of a whole distribution,
100 KB a token, the answer on record is its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillwatch.ledger.redaction import canonical
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.suspects import DistributionSuspect, Floats, Prompt, Suspect, as_messages, log_likelihood

KIND = "query"


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


class Questioned:
    """A `Suspect` that passes every call on and records it; a text is scored once, however often it is asked for.

    What else the suspect has (how it cuts text into tokens) is passed through; see `on_record` for who is one.
    """

    def __init__(self, suspect: Suspect, store: EvidenceStore) -> None:
        self._suspect, self._store = suspect, store
        self._scored: dict[str, Floats] = {}
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._suspect, name)

    @property
    def name(self) -> str:
        """See `Suspect`."""
        return self._suspect.name

    @property
    def tokenizer_id(self) -> str:
        """See `Suspect`."""
        return self._suspect.tokenizer_id

    def token_log_probabilities(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> list[Floats]:
        """See `Suspect`."""
        keys = [_digest([as_messages(p), t]) for p, t in zip(prompts, texts, strict=True)]
        new = sorted({key: i for i, key in reversed(list(enumerate(keys))) if key not in self._scored}.values())
        if new:
            answers = self._suspect.token_log_probabilities([prompts[i] for i in new], [texts[i] for i in new])
            self._put(
                "token_log_probabilities",
                [keys[i] for i in new],
                [[float(value) for value in answer] for answer in answers],
            )
            self._scored |= {keys[i]: answer for i, answer in zip(new, answers, strict=True)}
        return [self._scored[key] for key in keys]

    def log_likelihood(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> Floats:
        """See `Suspect`."""
        return log_likelihood(self, prompts, texts)

    def generate(self, prompts: Sequence[Prompt], *, max_tokens: int, temperature: float, seed: int) -> list[str]:
        """See `Suspect`."""
        answers = self._suspect.generate(prompts, max_tokens=max_tokens, temperature=temperature, seed=seed)
        settings = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        self._put("generate", [_digest([as_messages(prompt), settings]) for prompt in prompts], answers)
        return answers

    def _put(self, call: str, asked: Sequence[str], answered: Sequence[Any]) -> None:
        self.asked += len(asked)
        self._store.add(
            KIND,
            {
                "suspect": self.name,
                "call": call,
                "count": len(asked),
                "asked_digest": _digest(asked),
                "answered_digest": _digest(answered),
                "asked": asked,
                "answered": answered,
            },
        )


class QuestionedWhole(Questioned):
    """The same of a suspect that gives whole distributions: they are too large to keep, and are asked for each time."""

    def __init__(self, suspect: DistributionSuspect, store: EvidenceStore) -> None:
        super().__init__(suspect, store)
        self._whole = suspect

    def next_token_log_probabilities(
        self, prompts: Sequence[Prompt], texts: Sequence[str]
    ) -> list[NDArray[np.float32]]:
        """See `DistributionSuspect`."""
        answers = self._whole.next_token_log_probabilities(prompts, texts)
        self._put(
            "next_token_log_probabilities",
            [_digest([as_messages(p), t]) for p, t in zip(prompts, texts, strict=True)],
            [hashlib.sha256(answer.tobytes()).hexdigest() for answer in answers],
        )
        return answers


def on_record(suspect: Suspect, store: EvidenceStore) -> Questioned:
    """The suspect with all that can be asked of it, each call of it recorded in the store."""
    if isinstance(suspect, DistributionSuspect):
        return QuestionedWhole(suspect, store)
    return Questioned(suspect, store)
