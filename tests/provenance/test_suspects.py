"""Suspects: open weights and real servers, asked the same questions."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from stillwatch.provenance.errors import (
    NotComputableError,
    SuspectError,
    SuspectRefusedError,
    TextTooLongError,
    TokenizerMismatchError,
)
from stillwatch.provenance.local import LocalSuspect, tokenizer_id
from stillwatch.provenance.suspects import DistributionSuspect, EndpointSuspect, Suspect, require_tokenizer

from .tiny import byte_tokenizer, tiny_model
from .upstream import served

PROMPTS = ["hello", [{"role": "user", "content": "tell me"}], "a longer prompt than the others, by far"]
TEXTS = ["world", "a very long answer " * 3, "é"]


class Vllm:
    """The prompt log-probabilities of vLLM's chat interface, over a local model; `answer` replaces them."""

    def __init__(self, suspect, answer=None):
        self.suspect, self.answer = suspect, answer
        self.app = Starlette(routes=[Route("/v1/chat/completions", self.chat, methods=["POST"])])

    async def chat(self, request):
        body = await request.json()
        if self.answer is not None:
            return self.answer
        messages = body["messages"]
        suspect = self.suspect
        if body.get("continue_final_message"):
            ids = suspect.encode_prompt(messages[:-1]) + suspect.encode(messages[-1]["content"])
        else:
            ids = suspect.encode_prompt(messages)
        if "prompt_logprobs" not in body:
            text = suspect.generate(
                [messages], max_tokens=body["max_tokens"], temperature=body["temperature"], seed=body["seed"]
            )[0]
            return JSONResponse({"choices": [{"message": {"content": text}, "finish_reason": "length"}]})
        with torch.inference_mode():
            scores = torch.log_softmax(suspect.model(input_ids=torch.tensor([ids])).logits[0].double(), -1)
        positions = [{str(token): {"logprob": float(scores[i, token])}} for i, token in enumerate(ids[1:])]
        return JSONResponse({"choices": [], "prompt_logprobs": [None, *positions]})


def test_scores_are_the_models_own(tiny):
    found = tiny.token_log_probabilities(PROMPTS, TEXTS)
    for prompt, text, values in zip(PROMPTS, TEXTS, found, strict=True):
        start, ids = tiny.encode_prompt(prompt), tiny.encode(text)
        with torch.inference_mode():
            scores = torch.log_softmax(tiny.model(input_ids=torch.tensor([start + ids])).logits[0], -1)
        expected = [float(scores[len(start) + i - 1, token]) for i, token in enumerate(ids)]
        np.testing.assert_allclose(values, expected, rtol=1e-4)
    assert [len(values) for values in found] == [5, 57, 2]
    np.testing.assert_allclose(tiny.log_likelihood(PROMPTS, TEXTS), [one.sum() for one in found])


def test_whole_distributions_agree_with_the_scores_of_the_tokens_that_stand_there(tiny):
    texts = [*TEXTS, ""]
    prompts = [*PROMPTS, "x"]
    small = LocalSuspect(tiny.model, tiny.tokenizer, batch_tokens=1)
    for text, single, whole, alone in zip(
        texts,
        tiny.token_log_probabilities(prompts, texts),
        tiny.next_token_log_probabilities(prompts, texts),
        small.next_token_log_probabilities(prompts, texts),
        strict=True,
    ):
        tokens = tiny.encode(text)
        assert whole.shape == (len(tokens), 258)
        np.testing.assert_allclose(whole[np.arange(len(tokens)), tokens], single, atol=1e-4)
        np.testing.assert_allclose(np.exp(whole).sum(axis=1), 1, rtol=1e-4)
        np.testing.assert_allclose(whole, alone, atol=1e-4)


def test_batches_change_nothing(tiny):
    small = LocalSuspect(tiny.model, tiny.tokenizer, batch_tokens=1)
    for one, two in zip(
        small.token_log_probabilities(PROMPTS, TEXTS), tiny.token_log_probabilities(PROMPTS, TEXTS), strict=True
    ):
        np.testing.assert_allclose(one, two, rtol=1e-4)


def test_generation_is_repeatable_and_seeded(tiny):
    def made(seed, temperature=1.0):
        return tiny.generate(PROMPTS, max_tokens=12, temperature=temperature, seed=seed)

    assert made(1) == made(1) != made(2)
    assert made(1, 0.0) == made(2, 0.0)
    before = torch.random.get_rng_state()
    made(3)
    assert torch.equal(before, torch.random.get_rng_state())


def test_both_kinds_are_suspects(tiny):
    assert isinstance(tiny, Suspect)
    assert isinstance(tiny, DistributionSuspect)
    server = EndpointSuspect("http://localhost/v1", "m")
    assert isinstance(server, Suspect)
    assert not isinstance(server, DistributionSuspect)


def test_a_folder_is_loaded_and_another_is_not(tiny, tmp_path):
    folder = tmp_path / "suspect"
    tiny.model.save_pretrained(folder)
    tiny.tokenizer.save_pretrained(folder)
    loaded = LocalSuspect(folder)
    assert (loaded.name, loaded.tokenizer_id) == ("suspect", tiny.tokenizer_id)
    np.testing.assert_allclose(loaded.log_likelihood(PROMPTS, TEXTS), tiny.log_likelihood(PROMPTS, TEXTS), rtol=1e-4)
    with pytest.raises(SuspectError, match=r"no config.json"):
        LocalSuspect(tmp_path)
    with pytest.raises(SuspectError, match="its tokenizer"):
        LocalSuspect(tiny.model)
    (folder / "config.json").write_text("{}")
    with pytest.raises(SuspectError, match="transformers can't load it"):
        LocalSuspect(folder)


def test_a_text_beyond_the_context_is_not_computable(tiny):
    with pytest.raises(TextTooLongError, match="more than its context of 512"):
        tiny.log_likelihood(["x"], ["y" * 600])


def test_another_tokenizer_is_named(tiny):
    other = byte_tokenizer()
    other.add_tokens(["zebra"])
    suspect = LocalSuspect(tiny_model(), other, name="foreign")
    require_tokenizer(tiny, tokenizer_id(byte_tokenizer()))
    with pytest.raises(TokenizerMismatchError, match="foreign has tokenizer"):
        require_tokenizer(suspect, tiny.tokenizer_id)
    with pytest.raises(TokenizerMismatchError, match="doesn't say which tokenizer"):
        require_tokenizer(EndpointSuspect("http://localhost/v1", "m"), tiny.tokenizer_id)


def test_a_server_gives_the_same_scores_as_the_weights(tiny):
    with served(Vllm(tiny).app) as address, EndpointSuspect(address + "/v1", "m") as suspect:
        for one, two in zip(
            suspect.token_log_probabilities([*PROMPTS, "x"], [*TEXTS, ""]),
            tiny.token_log_probabilities([*PROMPTS, "x"], [*TEXTS, ""]),
            strict=True,
        ):
            np.testing.assert_allclose(one, two, rtol=1e-4)
        assert suspect.generate(["a"], max_tokens=5, temperature=0, seed=0) == tiny.generate(
            ["a"], max_tokens=5, temperature=0, seed=0
        )


def test_nothing_that_is_asked_or_answered_is_logged(tiny, caplog):
    caplog.set_level(logging.DEBUG)
    with served(Vllm(tiny).app) as address, EndpointSuspect(address + "/v1", "m", api_key="sk-secret") as suspect:
        for one in (suspect, tiny):
            one.log_likelihood(["a secret question"], ["a secret answer"])
            (made,) = one.generate(["a secret question"], max_tokens=30, temperature=1, seed=0)
    written = "\n".join(record.getMessage() for record in caplog.records)
    assert "chat/completions" in written  # the client library did log its requests
    assert not any(text in written for text in ("a secret", "sk-secret", made))


def answer(body, status=200):
    return JSONResponse(body, status_code=status)


@pytest.mark.parametrize(
    ("reply", "error", "complaint"),
    [
        (
            answer({"choices": [{"message": {"content": "x"}}]}),
            NotComputableError,
            "no log-probabilities of given text",
        ),
        (answer({"error": {"message": "unknown field"}}, 400), NotComputableError, "prompt_logprobs"),
        (
            answer({"error": {"message": "maximum context length is 9"}}, 400),
            TextTooLongError,
            "longer than its context",
        ),
        (answer({}, 403), SuspectRefusedError, "refuses"),
        (answer({}, 500), SuspectError, "HTTP 500"),
        (answer([]), SuspectError, "not an object"),
        (PlainTextResponse("hello"), SuspectError, "not JSON"),
    ],
)
def test_a_server_that_gives_no_scores(tiny, reply, error, complaint):
    with (
        served(Vllm(tiny, reply).app) as address,
        EndpointSuspect(address + "/v1", "m", api_key="sk-secret") as suspect,
        pytest.raises(error, match=complaint) as caught,
    ):
        suspect.log_likelihood(["secret prompt"], ["a text"])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "reply",
    [
        answer({"choices": [{"message": {"content": None, "refusal": "no"}}]}),
        answer({"choices": [{"message": {"content": "x"}, "finish_reason": "content_filter"}]}),
        answer({"error": {"code": "content_filter"}}, 400),
        answer({"choices": []}),
    ],
)
def test_a_server_that_declines_every_prompt(tiny, reply):
    with (
        served(Vllm(tiny, reply).app) as address,
        EndpointSuspect(address + "/v1", "m") as suspect,
        pytest.raises(SuspectRefusedError, match="declines all 2 prompts"),
    ):
        suspect.generate(["a", "b"], max_tokens=3, temperature=1, seed=0)


def test_a_server_that_is_not_there():
    with EndpointSuspect("http://127.0.0.1:9/v1", "m", api_key="sk-secret") as suspect:
        assert "sk-secret" not in repr(suspect)
        with pytest.raises(SuspectError, match="can't be reached"):
            suspect.log_likelihood(["p"], ["t"])
