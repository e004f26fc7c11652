"""A small OpenAI-compatible model server on a real socket, with a tiny model behind it, and faults to order."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from contextlib import contextmanager

import torch
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route


class Upstream:
    """`fault` changes what it does; `seen` holds the requests that it got."""

    def __init__(self, suspect):
        self.suspect = suspect
        self.fault = ""
        self.seen: list[dict] = []
        self.sent_tokens = 0
        self._dice = torch.Generator().manual_seed(7)
        self.app = Starlette(
            routes=[
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
                Route("/v1/models", self.models),
            ]
        )

    async def models(self, request):
        return JSONResponse({"data": [{"id": "tiny"}], "auth": request.headers.get("authorization")})

    def _sample(self, body):
        """Tokens with their log-probabilities."""
        model, tokenizer = self.suspect.model, self.suspect.tokenizer
        ids = list(self.suspect.encode_prompt(body["messages"]))
        start, made = len(ids), []
        with torch.inference_mode():
            # Between half of the tokens asked for and all of them, so that twins differ in length.
            most = body.get("max_tokens", 12)
            for _ in range(int(torch.randint(most // 2, most + 1, (1,), generator=self._dice))):
                scores = model(input_ids=torch.tensor([ids])).logits[0, -1].float()
                scores[tokenizer.eos_token_id] = -torch.inf
                spread = torch.softmax(scores / (body.get("temperature") or 1.0), -1)
                token = int(torch.multinomial(spread, 1, generator=self._dice))
                made.append((tokenizer.decode([token]), float(torch.log_softmax(scores, -1)[token])))
                ids.append(token)
        return made, start

    async def chat(self, request):
        body = await request.json()
        self.seen.append({"body": body, "headers": dict(request.headers)})
        count = body.get("n") or 1
        if self.fault == "refuses two" and count > 1:
            return JSONResponse({"error": {"message": "n must be 1"}}, status_code=400)
        if self.fault == "overloaded":
            return JSONResponse({"error": {"message": "overloaded"}}, status_code=503, headers={"retry-after": "7"})
        if self.fault == "nonsense" and count > 1:
            return JSONResponse({"choices": [{"index": 0}, {"index": 1}]})
        if self.fault == "ignores n":
            count = 1
        made = [self._sample(body) for _ in range(count)]
        if self.fault == "identical":
            made = made[:1] * count
        prompt = made[0][1]
        usage = {"prompt_tokens": prompt, "completion_tokens": sum(len(one) for one, _ in made)}
        self.sent_tokens = usage["completion_tokens"]
        usage["total_tokens"] = prompt + usage["completion_tokens"]
        if not body.get("stream"):
            choices = [
                {
                    "index": i,
                    "message": {"role": "assistant", "content": "".join(t for t, _ in one)},
                    "logprobs": {"content": [{"token": t, "logprob": v} for t, v in one]}
                    if body.get("logprobs") and self.fault != "no logprobs"
                    else None,
                    "finish_reason": "length",
                }
                for i, (one, _) in enumerate(made)
            ]
            return JSONResponse({"id": "c-1", "model": body["model"], "choices": choices, "usage": usage})
        return StreamingResponse(self._stream(body, made, usage), media_type="text/event-stream")

    async def _stream(self, body, made, usage):
        def event(choices, **more):
            return f"data: {json.dumps({'id': 'c-1', 'model': body['model'], 'choices': choices, **more})}\r\n\r\n"

        yield ": a comment\n\n"
        steps = [(i, step) for i, (one, _) in enumerate(made) for step in range(len(one))]
        if self.fault != "one after the other":
            steps.sort(key=lambda pair: (pair[1], pair[0]))
        for sent, (i, step) in enumerate(steps):
            if self.fault == "breaks off" and sent == 5:
                raise ConnectionResetError
            text, value = made[i][0][step]
            scores = {"content": [{"token": text, "logprob": value}]} if body.get("logprobs") else None
            yield event([{"index": i, "delta": {"content": text}, "logprobs": scores, "finish_reason": None}])
            if step == len(made[i][0]) - 1:
                yield event([{"index": i, "delta": {}, "finish_reason": "length"}])
            await asyncio.sleep(0.05 if self.fault == "slow" else 0)
        if (body.get("stream_options") or {}).get("include_usage"):
            yield event([], usage=usage)
        yield "data: [DONE]\n\n"


@contextmanager
def served(app):
    """The application on a loopback port, run by uvicorn; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
