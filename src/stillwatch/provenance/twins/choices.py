"""Taking two choices apart: the served one in the client's words, both for the store.

What the client gets must not show that there was another choice: its index is 0, log-probabilities that it did not ask
for are gone, and the usage is that of the served choice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the client asked for, and which of the two choices it is given."""

    served: int
    log_probabilities: bool
    usage: bool

    @classmethod
    def of(cls, request: Mapping[str, Any], served: int) -> Wanted:
        """From the client's request."""
        options = request.get("stream_options")
        return cls(
            served=served,
            log_probabilities=bool(request.get("logprobs")),
            usage=isinstance(options, dict) and bool(options.get("include_usage")),
        )


def for_two(request: Mapping[str, Any], *, ask_log_probabilities: bool) -> dict[str, Any]:
    """The request to send upstream: the client's, for two choices, with the log-probability of each token made."""
    asked = {**request, "n": 2}
    if ask_log_probabilities:
        asked["logprobs"] = True
    return asked


@dataclass
class Made:
    """One choice as it was generated."""

    text: str = ""
    tokens: int = 0
    log_likelihood: float = 0.0
    #: Whether each piece of text came with log-probabilities.
    scored: bool = True
    #: Whether it is nothing but text: no tool call, no refusal.
    plain: bool = True
    finished: bool = False

    def add(self, message: Mapping[str, Any], choice: Mapping[str, Any]) -> None:
        """Take in a message, or a piece of one."""
        content = message.get("content")
        if isinstance(content, str) and content:
            self.text += content
        if message.get("tool_calls") or message.get("function_call") or message.get("refusal"):
            self.plain = False
        scores = choice.get("logprobs")
        entries = scores.get("content") if isinstance(scores, dict) else None
        if isinstance(entries, list) and entries:
            self.tokens += len(entries)
            self.log_likelihood += math.fsum(float(entry["logprob"]) for entry in entries)
        elif isinstance(content, str) and content:
            self.scored = False
        if choice.get("finish_reason"):
            self.finished = True
            self.plain &= choice["finish_reason"] in ("stop", "length")


@dataclass
class Split:
    """The state of one request for two choices."""

    wanted: Wanted
    made: dict[int, Made] = field(default_factory=dict)
    usage: dict[str, Any] | None = None
    _held: list[dict[str, Any]] = field(default_factory=list)
    _usage_event: dict[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether both choices were generated to their end."""
        return set(self.made) == {0, 1} and all(made.finished for made in self.made.values())

    @property
    def plain(self) -> bool:
        """Whether both are nothing but text."""
        return all(made.plain for made in self.made.values())

    @property
    def served_is_finished(self) -> bool:
        """Whether all of the served choice has come."""
        made = self.made.get(self.wanted.served)
        return made is not None and made.finished

    def texts(self) -> tuple[str, str]:
        """Both texts, in the engine's order."""
        return self.made[0].text, self.made[1].text

    def scores(self) -> tuple[tuple[int, int], tuple[float, float]] | None:
        """Tokens and log-likelihoods of both, or None where the engine didn't say."""
        one, two = self.made[0], self.made[1]
        if not (one.scored and two.scored and one.tokens and two.tokens):
            return None
        return (one.tokens, two.tokens), (one.log_likelihood, two.log_likelihood)

    def whole(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The client's answer, from one that came in one piece.

        Raises KeyError, TypeError, or ValueError where it is malformed.
        """
        choices = {int(choice["index"]): choice for choice in answer["choices"]}
        for index, choice in choices.items():
            self.made.setdefault(index, Made()).add(choice["message"], choice)
            self.made[index].finished = True
        served = choices.get(self.wanted.served) or min(choices.items())[1]
        out = {**answer, "choices": [self._shown(served)]}
        if isinstance(answer.get("usage"), dict):
            self.usage = dict(answer["usage"])
            out["usage"] = self._served_usage()
        return out

    def feed(self, event: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What to send on for one event of a stream. Raises KeyError, TypeError or ValueError if malformed."""
        choices = event.get("choices")
        if not choices:
            if isinstance(event.get("usage"), dict):
                self.usage = dict(event["usage"])
                self._usage_event = dict(event)
                return []
            return [dict(event)]
        out = []
        for choice in choices:
            index = int(choice["index"])
            self.made.setdefault(index, Made()).add(choice.get("delta") or {}, choice)
            shown = {**event, "choices": [self._shown(choice)]}
            if shown.get("usage"):
                shown["usage"] = None
            if index == self.wanted.served:
                self._held.clear()
                out.append(shown)
            elif self.wanted.served not in self.made:
                # Perhaps there is only this one: an upstream that ignores n.
                self._held.append(shown)
        return out

    def end(self) -> list[dict[str, Any]]:
        """What is left to send at the end of a stream, the usage last."""
        out, self._held = self._held if self.wanted.served not in self.made else [], []
        if self.usage is not None and self.wanted.usage:
            out = [*out, {**self._usage_event, "usage": self._served_usage()}]
        return out

    def _shown(self, choice: Mapping[str, Any]) -> dict[str, Any]:
        shown = {**choice, "index": 0}
        if not self.wanted.log_probabilities and "logprobs" in shown:
            shown["logprobs"] = None
        return shown

    def _served_usage(self) -> dict[str, Any]:
        """The usage as it would be for the served choice alone: exact where tokens were counted, else by length."""
        usage = dict(self.usage or {})
        total = usage.get("completion_tokens")
        if len(self.made) == 2 and isinstance(total, int):
            counted = all(made.scored and made.tokens for made in self.made.values())
            sizes = {index: made.tokens if counted else len(made.text) for index, made in self.made.items()}
            share = sizes[self.wanted.served] / sum(sizes.values()) if sum(sizes.values()) else 0.5
            usage["completion_tokens"] = round(total * share)
            if isinstance(usage.get("prompt_tokens"), int):
                usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
            usage.pop("completion_tokens_details", None)
        return usage
