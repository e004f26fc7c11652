"""The recording proxy: an OpenAI-compatible server in front of another, which makes and keeps twins.

A chat request that the policy draws is asked of the upstream with `n` = 2; the client is given one choice, whole or as
a stream, and both are sealed. Everything else passes through untouched. What goes wrong with a twin never reaches the
client: the request is then sent as it came.

A pair is kept whether or not the client read its answer to the end. Keeping only answers that were read would favour
pairs by what was served, and the coin of a kept pair would no longer be fair.

Logs hold counts and identifiers of the proxy's own; never text, keys or what a client sent.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from stillwatch.provenance.keys import Key
from stillwatch.provenance.twins.choices import Split, Wanted, for_two
from stillwatch.provenance.twins.collect import Draw, TwinRecorder
from stillwatch.provenance.twins.policy import uninformative

_LOG = logging.getLogger("stillwatch.provenance.proxy")
_CHAT = "v1/chat/completions"
#: RFC 9110, section 7.6.1, and what the two connections settle each for itself.
_OF_THE_HOP = {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade"}
_OF_THE_HOP |= {"transfer-encoding", "host", "content-length", "accept-encoding", "content-encoding"}
#: Sampling settings that are kept with a pair; nothing else of a request is.
_PARAMETERS = ("temperature", "top_p", "top_k", "min_p", "max_tokens", "max_completion_tokens", "seed", "stop")
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class RecordingProxy:
    """The proxy in front of the server at `upstream` (its address without /v1). `app` is the ASGI application.

    `account_header` names the header in which a gateway in front of the proxy puts the account; it must be one that
    clients can't set. Without it an account is a keyed pseudonym of the client's credentials.
    """

    def __init__(
        self,
        upstream: str,
        recorder: TwinRecorder,
        pseudonyms: Key,
        *,
        account_header: str | None = None,
        ask_log_probabilities: bool = True,
        timeout: float = 600.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.recorder = recorder
        self._pseudonyms, self._account_header, self._ask = pseudonyms, account_header, ask_log_probabilities
        self._base = upstream.rstrip("/").removesuffix("/v1") + "/"
        self._client = httpx.AsyncClient(timeout=timeout, transport=transport)
        self._single: set[str] = set()  # models whose server ignores n
        self._tasks: set[asyncio.Task[None]] = set()
        self.app = Starlette(
            routes=[
                Route("/" + _CHAT, self._chat, methods=["POST"]),
                Route("/{path:path}", self._pass, methods=_METHODS),
            ],
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        yield
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=30)
        await self._client.aclose()
        await asyncio.to_thread(self.recorder.store.ledger.commit)
        _LOG.info("stopped: %s", dict(self.recorder.counts))

    async def _pass(self, request: Request) -> Response:
        return await self._forward(request, await request.body())

    async def _chat(self, request: Request) -> Response:
        raw = await request.body()
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return await self._forward(request, raw)
        why_not = uninformative(body) or ("upstream ignores n" if str(body.get("model")) in self._single else None)
        if why_not:
            self.recorder.count(why_not)
            return await self._forward(request, raw)
        draw = self.recorder.draw(self._account(request))
        if draw is None:
            self.recorder.count("not drawn")
            return await self._forward(request, raw)
        answer = self._streamed if body.get("stream") else self._whole
        made = await answer(request, body, draw)
        if made is not None:
            return made
        self.recorder.count("upstream refused two choices")
        return await self._forward(request, raw)

    def _account(self, request: Request) -> str:
        if self._account_header:
            return request.headers.get(self._account_header) or "unknown"
        credentials = request.headers.get("authorization") or (request.client.host if request.client else "")
        return self._pseudonyms.digest("account", credentials).hex()[:16]

    def _request(self, request: Request, raw: bytes) -> httpx.Request:
        dropped = _OF_THE_HOP | {(self._account_header or "").lower()}
        headers = [(name, value) for name, value in request.headers.items() if name not in dropped]
        query = f"?{request.url.query}" if request.url.query else ""
        url = self._base + request.url.path.lstrip("/") + query
        return self._client.build_request(request.method, url, content=raw, headers=headers)

    async def _forward(self, request: Request, raw: bytes) -> Response:
        """Send the request as it came, and the answer as it comes."""
        try:
            reply = await self._client.send(self._request(request, raw), stream=True)
        except httpx.HTTPError as error:
            return _unreachable(error)

        async def body() -> AsyncIterator[bytes]:
            try:
                async for block in reply.aiter_bytes():
                    yield block
            finally:
                await reply.aclose()

        return StreamingResponse(body(), status_code=reply.status_code, headers=_kept(reply.headers))

    async def _whole(self, request: Request, body: Mapping[str, Any], draw: Draw) -> Response | None:
        asked = json.dumps(for_two(body, ask_log_probabilities=self._ask)).encode()
        split = Split(Wanted.of(body, draw.served))
        try:
            reply = await self._client.send(self._request(request, asked))
            if reply.status_code != 200:
                return None
            answer = split.whole(reply.json())
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
            return None
        self._start(self._keep(split, body, draw))
        return JSONResponse(answer, headers=_kept(reply.headers, "content-type"))

    async def _streamed(self, request: Request, body: Mapping[str, Any], draw: Draw) -> Response | None:
        asked = json.dumps(for_two(body, ask_log_probabilities=self._ask)).encode()
        try:
            reply = await self._client.send(self._request(request, asked), stream=True)
        except httpx.HTTPError:
            return None
        if reply.status_code != 200 or "text/event-stream" not in reply.headers.get("content-type", ""):
            await reply.aclose()
            return None
        outbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        # A task of its own: it reads on when the client has gone, or has all of its choice.
        self._start(self._pump(reply, Split(Wanted.of(body, draw.served)), outbox, body, draw))

        async def stream() -> AsyncIterator[bytes]:
            while (block := await outbox.get()) is not None:
                yield block

        return StreamingResponse(stream(), headers=_kept(reply.headers))

    async def _pump(
        self,
        reply: httpx.Response,
        split: Split,
        outbox: asyncio.Queue[bytes | None],
        body: Mapping[str, Any],
        draw: Draw,
    ) -> None:
        done = False

        def finish() -> None:
            nonlocal done
            if not done:
                outbox.put_nowait(b"data: [DONE]\n\n")
                outbox.put_nowait(None)
            done = True

        try:
            async for data in _events(reply):
                if data == b"[DONE]":
                    break
                for event in split.feed(json.loads(data)):
                    if not done:
                        outbox.put_nowait(_event(event))
                if split.served_is_finished and not split.wanted.usage:
                    finish()
            for event in split.end():
                if not done:
                    outbox.put_nowait(_event(event))
            finish()
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            _LOG.warning("a stream from upstream broke off: %s", type(error).__name__)
            self.recorder.count("upstream broke off")
            if not done:
                outbox.put_nowait(_event(_problem("the stream from upstream broke off")))
            return
        finally:
            outbox.put_nowait(None)
            await reply.aclose()
        await self._keep(split, body, draw)

    async def _keep(self, split: Split, body: Mapping[str, Any], draw: Draw) -> None:
        """Seal the pair if there is one. What decides is the same for both choices, so that the coin stays fair."""
        if not split.made or not all(made.finished for made in split.made.values()):
            self.recorder.count("upstream broke off")
            return
        if len(split.made) == 1:
            self._single.add(str(body.get("model")))
            self.recorder.count("upstream ignores n")
            _LOG.warning("upstream gives one choice where two are asked for: no twins of this model are made")
            return
        if not split.complete or not split.plain or not all(split.texts()):
            self.recorder.count("not plain text")
            return
        tokens, log_likelihoods = split.scores() or (None, None)
        await asyncio.to_thread(
            self.recorder.keep,
            draw,
            model=str(body.get("model") or ""),
            prompt=[{"role": str(m.get("role")), "content": m["content"]} for m in body["messages"]],
            texts=split.texts(),
            parameters={name: body[name] for name in _PARAMETERS if name in body},
            tokens=tokens,
            log_likelihoods=log_likelihoods,
        )
        _LOG.debug("twin kept: pair %s", draw.pair)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        async def logged() -> None:
            try:
                await work
            except Exception as error:  # the client's answer is out already: what is left is to say so
                self.recorder.count("not kept")
                _LOG.error("a twin could not be kept: %s", type(error).__name__)

        task = asyncio.create_task(logged())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _unreachable(error: Exception) -> Response:
    _LOG.warning("upstream can't be reached: %s", type(error).__name__)
    return JSONResponse(_problem("the model server can't be reached"), status_code=502)


def _problem(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "upstream_error"}}


def _event(data: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


async def _events(reply: httpx.Response) -> AsyncIterator[bytes]:
    """The data of each server-sent event. Split at newlines alone: text may hold Unicode's other line ends."""
    rest = b""
    async for block in reply.aiter_bytes():
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip()


def _kept(headers: Mapping[str, str], *less: str) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_THE_HOP | set(less)}
