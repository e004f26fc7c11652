"""The commands, from key to verified bundle, as a provider would type them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from stillwatch.cli import run
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.twins.offline import served_choice

from .upstream import Upstream, served


@pytest.fixture
def out(capsys):
    def call(*words, status=0):
        assert run([str(word) for word in words]) == status, capsys.readouterr().err
        return capsys.readouterr()

    return call


@pytest.fixture
def place(tmp_path, out):
    """A folder with a key and an empty store."""
    # The same key, and so the same coins, in every run: an innocent is called guilty in one of a hundred.
    MasterKey(bytes(range(32))).write(tmp_path / "master.key")
    shown = out(
        "provenance",
        "init",
        "--evidence",
        tmp_path / "evidence",
        "--key",
        tmp_path / "master.key",
        "--name",
        "a.example/e",
    )
    assert shown.out.startswith("a.example/e+")
    return tmp_path


@pytest.fixture
def log(place):
    """A gateway's log of 60 requests with two choices each; the key decided which was served."""
    from datetime import datetime

    key = MasterKey.read(place / "master.key")
    time_text = "2026-11-03T10:00:00+00:00"
    rows = []
    for number in range(60):
        coin = served_choice(key, pair=f"r{number}", time=datetime.fromisoformat(time_text))
        row = {"id": f"r{number}", "time": time_text, "account": "acme", "model": "m", "prompt": f"question {number}"}
        rows.append(row | {"choices": [f"yes {number}", f"no, {number}"], "served": coin, "coin": "keyed"})
    path = place / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def models(place, tiny):
    for name in ("suspect", "control"):
        tiny.model.save_pretrained(place / name)
        tiny.tokenizer.save_pretrained(place / name)
    return place


def keyed(place, *words):
    return ("provenance", words[0], "--evidence", place / "evidence", "--key", place / "master.key", *words[1:])


def test_from_a_log_to_a_verified_bundle(models, log, out):
    place = models
    assert json.loads(out(*keyed(place, "collect", log, "--json")).out)["kept"] == 60
    assert json.loads(out(*keyed(place, "collect", log, "--json")).out) == {
        "kept": 0,
        "known": 60,
        "identical": 0,
        "not keyed": 0,
    }
    facts = json.loads(out(*keyed(place, "status", "--json")).out)
    assert facts["records"] == {"twin": 60} and facts["epochs"] == ["2026-11"]
    answer = place / "answer"
    words = ("--suspect", place / "suspect", "--control", place / "control", "--out", answer)
    shown = out(*keyed(place, "test", *words))
    assert "suspect: insufficient evidence (error rate 0.01)" in shown.out
    assert "innocent" not in shown.out
    assert re.search("plan [0-9a-f]{64} committed as record 60", shown.err)
    assert {path.name for path in answer.iterdir()} == {"plan.json", "report.html", "report.json", "bundle.json"}
    page = (answer / "report.html").read_text()
    assert "Insufficient evidence" in page and "not a finding of innocence" in page and "<svg" in page
    checked = out("verify", answer / "bundle.json", "--verifier", facts["verifier"])
    assert "suspect: insufficient evidence, after 240 questions" in checked.out
    assert "recomputed  suspect: twins" in checked.out
    plan = json.loads((answer / "plan.json").read_text())
    (place / "published.txt").write_text(plan["checkpoint"])
    out("verify", answer / "bundle.json", "--published", place / "published.txt")
    bundle = (answer / "bundle.json").read_bytes()
    assert b"question 1" not in bundle and b"yes 1" not in bundle
    out(*keyed(place, "bundle", "--disclose", "--out", place / "all.json"))
    assert b"question 1" in (place / "all.json").read_bytes()
    out(*keyed(place, "redact", "0", "prompt", "texts", "account"))
    out("verify", answer / "bundle.json")
    out(*keyed(place, "bundle", "--disclose", "--out", place / "all.json"))
    out("verify", place / "all.json")
    assert b"question 0" not in (place / "all.json").read_bytes()


def test_a_plan_can_be_published_before_it_is_carried_out(models, log, out):
    place = models
    out(*keyed(place, "collect", log))
    words = ("--suspect", place / "suspect", "--out", place / "answer", "--test", "twins", "--set", "twins.most=30")
    record = json.loads(out(*keyed(place, "test", *words, "--plan-only", "--json")).out)["record"]
    again = ("--suspect", place / "suspect", "--out", place / "answer", "--plan", record, "--json", "--quiet")
    report = json.loads(out(*keyed(place, "test", *again)).out)
    assert report["findings"][0]["result"]["samples"] == 30
    (place / "suspect" / "more.txt").write_text("x")
    assert "not those that plan 60 names" in out(*keyed(place, "test", *again), status=2).err


def test_the_closed_form_is_planned_for_a_server(models, log, out, tiny):
    place = models
    out(*keyed(place, "collect", log))
    with served(Upstream(tiny).app) as address:
        words = ("--suspect", f"{address}/v1#tiny", "--out", place / "answer", "--json", "--quiet")
        settings = ("--set", "twins-closed.samples=1", "--set", "twins-closed.max_tokens=8")
        report = json.loads(out(*keyed(place, "test", *words, *settings)).out)
    found = {one["test"]: one for one in report["findings"]}
    assert "no log-probabilities of given text" in found["twins"]["why_not"]
    assert 0 < found["twins-closed"]["result"]["p_value"] <= 1
    # What could not be computed still counts in Holm's correction: the plan had two tests of the family.
    assert found["twins-closed"]["corrected"] == min(1, 2 * found["twins-closed"]["result"]["p_value"])
    out("verify", place / "answer" / "bundle.json")


def test_a_key_is_made_once(tmp_path, out):
    shown = out("provenance", "keygen", tmp_path / "master.key")
    key = MasterKey.read(tmp_path / "master.key")
    assert key.commitment()[:12] in shown.out and key.secret().hex() not in shown.out
    assert "never overwritten" in out("provenance", "keygen", tmp_path / "master.key", status=2).err


def test_the_tests_are_listed(out):
    listed = json.loads(out("provenance", "tests", "--json").out)
    assert {"twins", "twins-closed", "twins-by-account"} <= {one["name"] for one in listed}
    assert "exact for any suspect" in out("provenance", "tests").out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("status",), "store.json"),
        (("collect", "nothing.jsonl"), "store.json"),
        (("test", "--suspect", "nowhere", "--out", "x"), "no such model folder"),
    ],
)
def test_what_is_missing_is_one_line(place, out, words, complaint, monkeypatch):
    monkeypatch.chdir(place)
    if words[0] != "test":
        (place / "evidence" / "store.json").unlink()
    shown = out(*keyed(place, *words), status=2)
    assert complaint in shown.err and shown.err.count("\n") == 1


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("[]", "not a JSON object"),
        ("{", "not JSON"),
        ('{"id": "a"}', "field 'time'"),
        ('{"id": "a", "time": "noon", "account": "b"}', "not an ISO 8601 time"),
        ('{"id": "a", "time": "2026-11-03T10:00:00", "account": "b", "choices": ["x"]}', "field 'choices'"),
        (
            '{"id": "a", "time": "2026-11-03T10:00:00", "account": "b", "choices": ["x", "y"], "served": true}',
            "field 'served'",
        ),
        (
            '{"id": "a", "time": "2026-11-03T10:00:00", "account": "b", "choices": ["x", "y"], "served": 0}',
            "field 'messages'",
        ),
    ],
)
def test_a_log_that_cannot_be_read_says_where(place, out, row, complaint):
    path = place / "bad.jsonl"
    path.write_text(row + "\n")
    shown = out(*keyed(place, "collect", path), status=2)
    assert "row 1" in shown.err and complaint in shown.err


def test_a_log_whose_coin_is_not_the_keys_is_refused(place, log, out):
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    rows[3]["served"] = 1 - rows[3]["served"]
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert (
        "row 4, field 'served': not the choice that the key gives" in out(*keyed(place, "collect", log), status=2).err
    )
    # Undeclared, a row is never taken for keyed because it happens to match: that would pick by the coin.
    log.write_text("".join(json.dumps(row | {"coin": None}) + "\n" for row in rows))
    assert json.loads(out(*keyed(place, "collect", log, "--json")).out)["not keyed"] == 57
    assert json.loads(out(*keyed(place, "collect", log, "--json", "--accept-order")).out)["kept"] == 57


def test_what_cannot_be_verified(models, log, out):
    place = models
    out(*keyed(place, "collect", log))
    out(*keyed(place, "test", "--suspect", place / "suspect", "--test", "twins", "--out", place / "a", "--quiet"))
    bundle = place / "a" / "bundle.json"
    data = bundle.read_bytes()
    bundle.write_bytes(data.replace(b'"served"', b'"serveD"', 1))
    assert "not what was committed to" in out("verify", bundle, status=2).err
    bundle.write_bytes(data)
    assert "not an Ed25519 key" in out("verify", bundle, "--verifier", "a+00000000+AQ==", status=2).err
    other = MasterKey.generate()
    from stillwatch.ledger import Checkpoint, Signer

    signer = Signer("a.example/e", other.secret())
    assert "is signed by" in out("verify", bundle, "--verifier", signer.verifier, status=2).err
    (place / "other.txt").write_text(Checkpoint("a.example/e", 3, bytes(32)).sign(signer))
    assert "another key signed it" in out("verify", bundle, "--published", place / "other.txt", status=2).err
    assert "can't be read" in out("verify", place / "nothing.json", status=2).err


def test_the_proxy_as_a_process_of_its_own(place, tiny, monkeypatch):
    upstream = Upstream(tiny)
    with served(upstream.app) as address:
        words = keyed(place, "proxy", "--share", "1")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        process = subprocess.Popen(
            [sys.executable, "-m", "stillwatch.cli", *map(str, words), "--upstream", address, "--port", port],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"NO_COLOR": "1"},
        )
        try:
            body = {"model": "tiny", "messages": [{"role": "user", "content": "a private question"}], "max_tokens": 6}
            for _ in range(300):
                try:
                    reply = httpx.post(f"http://127.0.0.1:{port}/v1/chat/completions", json=body, timeout=30)
                    break
                except httpx.ConnectError:
                    time.sleep(0.1)
            assert reply.json()["choices"][0]["message"]["content"]
        finally:
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=60)
    assert "stopped: {'kept': 1}" in log
    assert "private" not in log and MasterKey.read(place / "master.key").secret().hex() not in log
    monkeypatch.setenv("STILLWATCH_KEY", str(place / "master.key"))
    assert run(["provenance", "status", "--evidence", str(place / "evidence")]) == 0
