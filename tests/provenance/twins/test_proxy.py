"""The recording proxy between real HTTP clients and a real model server, over loopback."""

from __future__ import annotations

import itertools
import json
import logging
import time

import httpx
import pytest

from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.twins.collect import TwinRecorder, read_twins
from stillwatch.provenance.twins.policy import TwinPolicy
from stillwatch.provenance.twins.proxy import RecordingProxy

from ..upstream import Upstream, served

SECRET = "the client's secret question"
CREDENTIALS = "Bearer sk-very-secret"


class Scene:
    """An upstream, a proxy in front of it, and a client."""

    def __init__(self, tiny, folder, master, **policy):
        self.upstream = Upstream(tiny)
        self.folder, self.master = folder, master
        self.policy = TwinPolicy(**({"share": 1.0} | policy))
        self.options: dict = {}
        self.twins: list = []

    def run(self, client):
        """Call `client` with an HTTP client; then the twins that were kept."""
        with (
            served(self.upstream.app) as address,
            EvidenceStore.create(self.folder, self.master) as store,
        ):
            self.recorder = TwinRecorder(store, self.master, self.policy)
            proxy = RecordingProxy(
                self.options.pop("address", address), self.recorder, self.master.purpose("accounts"), **self.options
            )
            with (
                served(proxy.app) as front,
                httpx.Client(base_url=front, headers={"authorization": CREDENTIALS}, timeout=60) as http,
            ):
                result = client(http)
        self.twins = list(read_twins(EvidenceStore.open(self.folder, self.master), self.master))
        return result


def waited_for(condition, seconds=30):
    """Whether `condition` comes true in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


@pytest.fixture(autouse=True)
def numbered(monkeypatch):
    """Identifiers in a row in place of random ones, so that the same coins fall in every run."""
    numbers = itertools.count(1)
    monkeypatch.setattr("stillwatch.provenance.twins.collect.secrets.token_hex", lambda _: f"{next(numbers):032x}")


@pytest.fixture
def scene(tiny, tmp_path, master):
    return Scene(tiny, tmp_path / "evidence", master)


def ask(http, **more):
    body = {"model": "tiny", "messages": [{"role": "user", "content": SECRET}], "max_tokens": 8} | more
    return http.post("/v1/chat/completions", json=body)


def stream(http, **more):
    """Text, events and whether the stream ended as it should."""
    body = {"model": "tiny", "messages": [{"role": "user", "content": SECRET}], "max_tokens": 8, "stream": True} | more
    events, ended = [], False
    with http.stream("POST", "/v1/chat/completions", json=body) as reply:
        assert reply.status_code == 200
        for line in reply.iter_lines():
            if line == "data: [DONE]":
                ended = True
            elif line.startswith("data: "):
                events.append(json.loads(line[6:]))
    deltas = [c["delta"].get("content") or "" for event in events for c in event.get("choices", [])]
    return "".join(deltas), events, ended


def test_both_are_kept_and_one_is_served(scene):
    replies = scene.run(lambda http: [ask(http, temperature=0.8).json() for _ in range(12)])
    assert len(scene.twins) == 12
    by_text = {twin.texts[twin.served]: twin for twin in scene.twins}
    for reply in replies:
        (choice,) = reply["choices"]
        twin = by_text[choice["message"]["content"]]
        assert choice["index"] == 0
        assert choice["logprobs"] is None
        assert reply["usage"]["completion_tokens"] == twin.tokens[twin.served]
        assert reply["usage"]["total_tokens"] == reply["usage"]["prompt_tokens"] + twin.tokens[twin.served]
        assert [dict(m) for m in twin.prompt] == [{"role": "user", "content": SECRET}]
        assert twin.parameters == {"temperature": 0.8, "max_tokens": 8}
        assert max(twin.log_likelihoods) < 0
    assert {twin.served for twin in scene.twins} == {0, 1}
    assert any(twin.tokens[0] != twin.tokens[1] for twin in scene.twins)
    assert {(twin.coin, twin.reason, twin.model) for twin in scene.twins} == {("keyed", "sample", "tiny")}
    assert {entry["body"]["n"] for entry in scene.upstream.seen} == {2}


@pytest.mark.parametrize("fault", ["", "one after the other"])
def test_a_stream_shows_one_choice_from_start_to_end(scene, fault):
    scene.upstream.fault = fault
    answers = scene.run(lambda http: [stream(http, stream_options={"include_usage": True}) for _ in range(10)])
    by_text = {twin.texts[twin.served]: twin for twin in scene.twins}
    assert len(scene.twins) == 10
    assert {twin.served for twin in scene.twins} == {0, 1}
    for text, events, ended in answers:
        twin = by_text[text]
        assert ended
        assert all(choice["index"] == 0 for event in events for choice in event["choices"])
        assert not any(choice.get("logprobs") for event in events for choice in event["choices"])
        assert events[-1]["choices"] == []
        assert events[-1]["usage"]["completion_tokens"] == twin.tokens[twin.served]
        assert sum(bool(event.get("usage")) for event in events) == 1


def test_log_probabilities_that_were_asked_for_are_given(scene):
    reply = scene.run(lambda http: ask(http, logprobs=True).json())
    (twin,) = scene.twins
    assert len(reply["choices"][0]["logprobs"]["content"]) == twin.tokens[twin.served]


@pytest.mark.parametrize("streaming", [False, True])
def test_an_upstream_that_ignores_n_still_serves_everybody(scene, streaming):
    scene.upstream.fault = "ignores n"
    one = (lambda http: stream(http)[0]) if streaming else (lambda http: ask(http).json()["choices"][0]["message"])

    def client(http):
        first = one(http)
        # A stream may end for its client before the proxy knows that no second choice follows.
        assert waited_for(lambda: scene.recorder.counts["upstream ignores n"] == 1)
        return [first, *(one(http) for _ in range(5))]

    answers = scene.run(client)
    assert all(answers)
    assert scene.twins == []
    assert scene.recorder.counts["upstream ignores n"] == 6
    assert [entry["body"].get("n") for entry in scene.upstream.seen] == [2] + [None] * 5


@pytest.mark.parametrize("fault", ["refuses two", "nonsense"])
@pytest.mark.parametrize("streaming", [False, True])
def test_what_goes_wrong_with_a_twin_never_reaches_the_client(scene, fault, streaming):
    scene.upstream.fault = fault
    answers = scene.run(lambda http: stream(http)[0] if streaming else ask(http).json()["choices"][0])
    assert answers
    assert scene.twins == []
    assert scene.recorder.counts["upstream refused two choices"] == 1
    assert [entry["body"].get("n") for entry in scene.upstream.seen] == [2, None]


@pytest.mark.parametrize("streaming", [False, True])
def test_errors_of_the_upstream_reach_the_client_as_they_are(scene, streaming):
    scene.upstream.fault = "overloaded"
    reply = scene.run(lambda http: ask(http, stream=streaming))
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "7")
    assert reply.json() == {"error": {"message": "overloaded"}}


def test_an_upstream_that_is_not_there_is_a_502(scene):
    scene.options["address"] = "http://127.0.0.1:9"
    replies = scene.run(lambda http: [ask(http), ask(http, stream=True), http.get("/v1/models")])
    assert [reply.status_code for reply in replies] == [502] * 3
    assert replies[0].json()["error"]["message"] == "the model server can't be reached"


def test_a_stream_that_breaks_off_is_no_twin_and_no_clean_end(scene):
    scene.upstream.fault = "breaks off"
    _, events, ended = scene.run(stream)
    assert not ended
    assert events[-1] == {"error": {"message": "the stream from upstream broke off", "type": "upstream_error"}}
    assert scene.twins == []
    assert scene.recorder.counts["upstream broke off"] == 1


def test_a_pair_is_kept_though_the_client_hung_up(scene):
    # Otherwise pairs would be picked by what was served, and the coin of a kept pair would not be fair.
    scene.upstream.fault = "slow"

    def hang_up(http):
        body = {"model": "tiny", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 8, "stream": True}
        with http.stream("POST", "/v1/chat/completions", json=body) as reply:
            next(reply.iter_lines())

    scene.run(hang_up)
    (twin,) = scene.twins
    assert min(twin.tokens) >= 4
    assert twin.texts[0] != twin.texts[1]


def test_the_client_has_its_end_before_the_withheld_choice_has(scene):
    # A stream that stayed open until the withheld twin is done would show that there is one.
    scene.upstream.fault = "one after the other"
    _, events, ended = scene.run(stream)
    assert ended
    assert events[-1]["choices"][0]["finish_reason"] == "length"


def test_identical_choices_are_not_kept(scene):
    scene.upstream.fault = "identical"
    scene.run(lambda http: [ask(http) for _ in range(3)])
    assert scene.twins == []
    assert scene.recorder.counts["identical"] == 3


def test_without_log_probabilities_usage_goes_by_length(scene):
    scene.upstream.fault = "no logprobs"
    scene.options["ask_log_probabilities"] = False
    reply = scene.run(lambda http: ask(http).json())
    (twin,) = scene.twins
    assert twin.tokens is None
    lengths = [len(text) for text in twin.texts]
    total = scene.upstream.sent_tokens
    assert reply["usage"]["completion_tokens"] == round(total * lengths[twin.served] / sum(lengths))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"temperature": 0}, "temperature 0"),
        ({"n": 2}, "several choices asked for"),
        ({"tools": [{"type": "function"}]}, "tools offered"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}, "content that is not text"),
    ],
)
def test_what_can_have_no_twin_passes_untouched(scene, more, why):
    if "messages" in more:
        scene.upstream.fault = "overloaded"
    scene.run(lambda http: ask(http, **more))
    assert scene.twins == []
    assert scene.recorder.counts[why] == 1
    expected = {"model": "tiny", "messages": [{"role": "user", "content": SECRET}], "max_tokens": 8} | more
    assert [entry["body"] for entry in scene.upstream.seen] == [expected]


def test_other_requests_pass_through_with_the_clients_credentials(scene):
    reply = scene.run(lambda http: http.get("/v1/models"))
    assert reply.json() == {"data": [{"id": "tiny"}], "auth": CREDENTIALS}


def test_flagged_accounts_get_more_twins_and_the_accounts_header_stays_inside(tiny, tmp_path, master):
    scene = Scene(tiny, tmp_path / "evidence", master, share=0.0, flagged=frozenset({"acme"}))
    scene.options["account_header"] = "X-Account"

    def client(http):
        for account in ("acme", "other", "acme"):
            http.post(
                "/v1/chat/completions",
                json={"model": "tiny", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 6},
                headers={"x-account": account},
            )

    scene.run(client)
    assert [(twin.account, twin.reason) for twin in scene.twins] == [("acme", "flagged")] * 2
    assert not any("x-account" in entry["headers"] for entry in scene.upstream.seen)


def test_an_account_is_a_keyed_pseudonym_of_its_credentials(scene):
    scene.run(ask)
    (twin,) = scene.twins
    assert twin.account == scene.master.purpose("accounts").digest("account", CREDENTIALS).hex()[:16]


def test_no_text_no_key_and_no_credentials_in_the_logs_or_on_disk(scene, caplog):
    caplog.set_level(logging.DEBUG)
    scene.upstream.fault = "slow"
    replies = scene.run(lambda http: [ask(http).json(), stream(http), http.get("/v1/models")])
    scene.upstream.fault = "breaks off"
    written = "\n".join(f"{record.name} {record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert "twin kept" in written
    master = scene.master
    secrets = [SECRET, CREDENTIALS, "sk-very-secret", master.secret().hex(), str(list(master.secret()))]
    secrets += [key.secret().hex() for key in (master.purpose("store"), master.purpose("ledger"))]
    for twin in scene.twins:
        secrets += [text for text in twin.texts if len(text.strip()) > 4]
    assert len(scene.twins) == 2 and replies
    on_disk = b"".join(path.read_bytes() for path in scene.folder.iterdir())
    for secret in secrets:
        assert secret not in written
        assert secret.encode() not in on_disk


def test_a_client_can_choose_neither_pair_nor_coin(scene):
    scene.run(lambda http: ask(http, pair="00", served=0, id="00", seed=1, user="acme").json())
    (twin,) = scene.twins
    assert len(twin.pair) == 32 and twin.pair != "00"


def test_another_key_does_not_open_the_store(scene):
    scene.run(ask)
    from stillwatch.provenance.errors import StoreError

    with pytest.raises(StoreError, match="made under the master key"):
        EvidenceStore.open(scene.folder, MasterKey.generate())
