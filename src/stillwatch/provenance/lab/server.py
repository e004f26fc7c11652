"""The teacher behind an OpenAI-compatible endpoint, for a recording proxy or any other client in the same process.

Requests that arrive together are answered as one batch, which on one core is ten times faster than one after another.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from stillwatch.extras import require
from stillwatch.provenance.lab.teacher import Language, generate

_WAIT = 0.05  # seconds that a batch waits for company


@dataclass(frozen=True)
class _Asked:
    messages: list[dict[str, str]]
    kind: tuple[float, int, int]
    answer: asyncio.Future[list[str]]


class TeacherServer:
    """An ASGI application: POST /v1/chat/completions, GET /v1/models.

    `marks` makes the logits processor of one call of `generate`, or is None for a teacher without a mark. Answers are
    deterministic for one seed if the requests arrive in the same batches.
    """

    def __init__(
        self,
        language: Language,
        *,
        seed: int,
        batch: int = 64,
        marks: Callable[[], Any] | None = None,
    ) -> None:
        self._language, self._seed, self._batch, self._marks = language, seed, batch, marks
        self._waiting: list[_Asked] = []
        self._worker: asyncio.Task[None] | None = None
        starlette = require("starlette.applications", feature="the lab's teacher", extra="provenance")
        routing = require("starlette.routing", feature="the lab's teacher", extra="provenance")
        self._responses = require("starlette.responses", feature="the lab's teacher", extra="provenance")
        self._app = starlette.Starlette(
            routes=[
                routing.Route("/v1/chat/completions", self._complete, methods=["POST"]),
                routing.Route("/v1/models", self._models),
            ]
        )

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        """One ASGI request."""
        answer: Awaitable[None] = self._app(scope, receive, send)
        return answer

    async def _models(self, _request: Any) -> Any:
        return self._responses.JSONResponse(
            {"object": "list", "data": [{"id": self._language.name, "object": "model", "owned_by": "lab"}]}
        )

    async def _complete(self, request: Any) -> Any:
        body = await request.json()
        kind = (float(body.get("temperature", 1.0)), int(body.get("max_tokens") or 64), int(body.get("n") or 1))
        asked = _Asked(body["messages"], kind, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        texts = await asked.answer
        sizes = [len(self._language.encode_text(text)) for text in texts]
        read = len(self._language.encode_prompt(asked.messages))
        return self._responses.JSONResponse(
            {
                "id": f"chatcmpl-{id(asked):x}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": self._language.name,
                "choices": [
                    {
                        "index": i,
                        "message": {"role": "assistant", "content": text},
                        "finish_reason": "length" if sizes[i] >= kind[1] else "stop",
                    }
                    for i, text in enumerate(texts)
                ],
                "usage": {
                    "prompt_tokens": read,
                    "completion_tokens": sum(sizes),
                    "total_tokens": read + sum(sizes),
                },
            }
        )

    async def _work(self) -> None:
        """Answer what is waiting, a batch of equal settings at a time, until nothing is."""
        await asyncio.sleep(_WAIT)
        while self._waiting:
            kind = self._waiting[0].kind
            room = max(1, self._batch // kind[2])
            batch = [asked for asked in self._waiting if asked.kind == kind][:room]
            self._waiting = [asked for asked in self._waiting if asked not in batch]
            self._seed += 1
            try:
                texts = await asyncio.to_thread(self._answer, batch, kind)
            except Exception as error:
                for asked in batch:
                    asked.answer.set_exception(error)
                continue
            for asked, choices in zip(batch, texts, strict=True):
                asked.answer.set_result(choices)

    def _answer(self, batch: list[_Asked], kind: tuple[float, int, int]) -> list[list[str]]:
        temperature, max_tokens, choices = kind
        return generate(
            self._language,
            [asked.messages for asked in batch],
            max_tokens=max_tokens,
            temperature=temperature,
            seed=self._seed,
            choices=choices,
            batch=self._batch,
            marks=self._marks,
        )
