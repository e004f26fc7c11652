"""A suspect behind an OpenAI-compatible server."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stillwatch.extras import require
from stillwatch.provenance.errors import (
    NotComputableError,
    SuspectError,
    SuspectRefusedError,
    TextTooLongError,
)
from stillwatch.provenance.suspects import (
    UNKNOWN_TOKENIZER,
    Floats,
    Prompt,
    as_messages,
    log_likelihood,
)

_FEATURE = "a suspect behind an endpoint"
_NO_LOG_PROBABILITIES = (
    "gives no log-probabilities of given text (vLLM does: prompt_logprobs). Use the closed-box forms of the tests"
)


class EndpointSuspect:
    """A model at an OpenAI-compatible URL ending in /v1.

    Scoring text needs prompt log-probabilities, as vLLM gives them in its chat interface (`prompt_logprobs`, with
    `continue_final_message`); generation needs only /chat/completions. `tokenizer_id` may be given where it is known.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api_key: str | None = None,
        tokenizer_id: str = UNKNOWN_TOKENIZER,
        timeout: float = 120.0,
        transport: Any = None,
    ) -> None:
        httpx = require("httpx", feature=_FEATURE, extra="provenance")
        self.name = model
        self.tokenizer_id = tokenizer_id
        self._url = url.rstrip("/")
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(timeout=timeout, headers=headers, transport=transport)
        self._errors = httpx.HTTPError

    def __repr__(self) -> str:
        return f"<EndpointSuspect {self.name} at {self._url}>"

    def __enter__(self) -> EndpointSuspect:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def generate(self, prompts: Sequence[Prompt], *, max_tokens: int, temperature: float, seed: int) -> list[str]:
        """See `Suspect`. The seed is passed on; whether the server heeds it is the server's affair."""
        out, declined = [], 0
        for number, prompt in enumerate(prompts):
            body = {
                "messages": as_messages(prompt),
                "max_tokens": max_tokens,
                "temperature": temperature,
                "seed": seed + number,
            }
            try:
                answer = self._ask(body)
            except SuspectRefusedError:
                answer = {}
            text = _content(answer)
            declined += text is None
            out.append(text or "")
        if out and declined == len(out):
            raise SuspectRefusedError(f"{self.name} declines all {len(out)} prompts")
        return out

    def log_likelihood(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> Floats:
        """See `Suspect`."""
        return log_likelihood(self, prompts, texts)

    def token_log_probabilities(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> list[Floats]:
        """See `Suspect`. The prompt alone is asked for too: it shows where the text begins."""
        out = []
        alone: dict[str, list[tuple[str, float]]] = {}
        for prompt, text in zip(prompts, texts, strict=True):
            if not text:
                out.append(np.zeros(0))
                continue
            messages = as_messages(prompt)
            written = json.dumps(messages)
            if written not in alone:
                alone[written] = self._scored({"messages": messages})
            before = alone[written]
            whole = self._scored(
                {
                    "messages": [*messages, {"role": "assistant", "content": text}],
                    "add_generation_prompt": False,
                    "continue_final_message": True,
                }
            )
            start = 0
            # The first token that differs from the prompt's is the text's: where a tokenizer joins the two, that is
            # before the prompt's end.
            while start < min(len(before), len(whole)) and before[start][0] == whole[start][0]:
                start += 1
            out.append(np.array([value for _, value in whole[start:]], np.float64))
        return out

    def _scored(self, body: Mapping[str, Any]) -> list[tuple[str, float]]:
        """Token and log-probability at each position of the prompt."""
        answer = self._ask({**body, "max_tokens": 1, "temperature": 0.0, "prompt_logprobs": 0})
        positions = answer.get("prompt_logprobs")
        if not isinstance(positions, list) or len(positions) < 2:
            raise NotComputableError(f"{self.name} {_NO_LOG_PROBABILITIES}")
        found = []
        for position in positions:
            if position is None:  # nothing predicts the first token
                found.append(("", 0.0))
                continue
            # One entry: the token that stands there. With more, the server lists likelier ones too, ours first.
            token, entry = next(iter(position.items()))
            found.append((token, float(entry["logprob"])))
        return found

    def _ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            reply = self._client.post(f"{self._url}/chat/completions", json={"model": self.name, **body})
        except self._errors as cause:
            raise SuspectError(f"{self._url}: can't be reached ({type(cause).__name__})") from None
        if reply.status_code in (401, 403, 451):
            raise SuspectRefusedError(f"{self.name} at {self._url} refuses (HTTP {reply.status_code})")
        if reply.status_code == 400 and "context length" in reply.text:
            raise TextTooLongError(f"{self.name}: a prompt with its text is longer than its context")
        if reply.status_code == 400 and "prompt_logprobs" in body:
            raise NotComputableError(f"{self.name} {_NO_LOG_PROBABILITIES}")
        if reply.status_code == 400 and _filtered(reply):
            raise SuspectRefusedError(f"{self.name} at {self._url} refuses: content filter")
        if reply.status_code != 200:
            raise SuspectError(f"{self.name} at {self._url} answers HTTP {reply.status_code}")
        try:
            answer = reply.json()
        except ValueError:
            raise SuspectError(f"{self._url}: the answer is not JSON; is this an OpenAI-compatible server?") from None
        if not isinstance(answer, dict):
            raise SuspectError(f"{self._url}: the answer is not an object; is this an OpenAI-compatible server?")
        return answer


def _filtered(reply: Any) -> bool:
    try:
        return "content_filter" in str(reply.json()["error"].get("code", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _content(answer: Mapping[str, Any]) -> str | None:
    """The text of an answer, or None where the suspect declined."""
    try:
        choice = answer["choices"][0]
        message = choice["message"]
    except (KeyError, IndexError, TypeError):
        return None
    if choice.get("finish_reason") == "content_filter" or message.get("refusal"):
        return None
    content = message.get("content")
    return content if isinstance(content, str) else None
