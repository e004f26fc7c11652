"""Suspect models: what a provenance test may ask of one, whatever serves it.

A prompt is a string (one user message) or the messages of a conversation. `LocalSuspect` (open weights, in
`stillwatch.provenance.local`) and `EndpointSuspect` (an OpenAI-compatible server, in `stillwatch.provenance.endpoint`)
are loaded when they are used, since they need extras.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.errors import TokenizerMismatchError

if TYPE_CHECKING:
    from stillwatch.provenance.endpoint import EndpointSuspect
    from stillwatch.provenance.local import LocalSuspect

__all__ = [
    "DistributionSuspect",
    "EndpointSuspect",
    "LocalSuspect",
    "Prompt",
    "Suspect",
    "as_messages",
    "log_likelihood",
    "require_tokenizer",
]

Floats: TypeAlias = NDArray[np.float64]
Message: TypeAlias = Mapping[str, str]
Prompt: TypeAlias = str | Sequence[Message]

#: `tokenizer_id` of a suspect that does not say how it cuts text into tokens.
UNKNOWN_TOKENIZER = "unknown"


@runtime_checkable
class Suspect(Protocol):
    """A model under test. All methods take sequences of equal length and keep their order."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    @property
    def tokenizer_id(self) -> str:
        """SHA-256 of the vocabulary, or "unknown": tests of token marks compare it with the served one."""
        ...

    def token_log_probabilities(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> list[Floats]:
        """Natural log-probability of each token of each text, given its prompt; one array a text.

        Raises `NotComputableError` where the suspect doesn't give any, `SuspectRefusedError` where it declines.
        """
        ...

    def log_likelihood(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> Floats:
        """Sum of the token log-probabilities of each text given its prompt, shape (n,), in nats."""
        ...

    def generate(self, prompts: Sequence[Prompt], *, max_tokens: int, temperature: float, seed: int) -> list[str]:
        """One continuation for each prompt. Temperature 0 is greedy.

        A prompt that the suspect declines gives ""; `SuspectRefusedError` where it declines all of them.
        """
        ...


@runtime_checkable
class DistributionSuspect(Suspect, Protocol):
    """A suspect that says of every token how likely it finds it: one whose weights are at hand."""

    def next_token_log_probabilities(
        self, prompts: Sequence[Prompt], texts: Sequence[str]
    ) -> list[NDArray[np.float32]]:
        """For each text the log-probability of every token at each of its places, shape (tokens, vocabulary)."""
        ...


def as_messages(prompt: Prompt) -> list[dict[str, str]]:
    """The prompt as chat messages: a string is one user message."""
    if isinstance(prompt, str):
        return [{"role": "user", "content": prompt}]
    return [{"role": str(message["role"]), "content": str(message["content"])} for message in prompt]


def log_likelihood(suspect: Suspect, prompts: Sequence[Prompt], texts: Sequence[str]) -> Floats:
    """Sums of `suspect.token_log_probabilities`, shape (n,): what most suspects' own method is."""
    return np.array([float(one.sum()) for one in suspect.token_log_probabilities(prompts, texts)], np.float64)


def require_tokenizer(suspect: Suspect, tokenizer_id: str) -> None:
    """Raise `TokenizerMismatchError` unless the suspect cuts text into the tokens of `tokenizer_id`."""
    if suspect.tokenizer_id == tokenizer_id:
        return
    if suspect.tokenizer_id == UNKNOWN_TOKENIZER:
        problem = "doesn't say which tokenizer it uses"
    else:
        problem = f"has tokenizer {suspect.tokenizer_id[:12]}, and the evidence was made with {tokenizer_id[:12]}"
    raise TokenizerMismatchError(
        f"{suspect.name} {problem}: this test compares tokens. Use the twins test, or the closed-box form, which read "
        "text in any tokens"
    )


def __getattr__(name: str) -> Any:
    """Import the two kinds of suspect when they are first used: they need extras."""
    if name == "LocalSuspect":
        from stillwatch.provenance.local import LocalSuspect

        return LocalSuspect
    if name == "EndpointSuspect":
        from stillwatch.provenance.endpoint import EndpointSuspect

        return EndpointSuspect
    raise AttributeError(f"module 'stillwatch.provenance.suspects' has no attribute {name!r}")
