"""LiteLLM's callbacks, with a log that the real package writes, and its traps."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .support import read, rejected, write_lines

WRITER = """
import json, sys, time, litellm
from litellm.integrations.custom_logger import CustomLogger

class Writer(CustomLogger):
    def write(self, kwargs):
        with open(sys.argv[1], "a") as out:
            out.write(json.dumps(kwargs["standard_logging_object"], default=str) + "\\n")
    def log_success_event(self, kwargs, response_obj, start_time, end_time):
        self.write(kwargs)
    def log_failure_event(self, kwargs, response_obj, start_time, end_time):
        self.write(kwargs)

litellm.callbacks = [Writer()]
chat = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "first"},
    {"role": "assistant", "content": "yes?"},
    {"role": "user", "content": [{"type": "text", "text": "Think aloud."}, {"type": "text", "text": "Why?"}]},
]
proxy = {
    "user_api_key_hash": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
    "user_api_key_user_id": "ada", "user_api_key_org_id": "acme", "requester_ip_address": "203.0.113.9",
    "session_id": "s-1",
}
def ask(**options):
    litellm.completion("gpt-4o-mini", messages=chat, metadata=proxy, num_retries=0, **options)

ask(mock_response="Because.", temperature=0.25, max_tokens=50, n=1)
try:
    ask(mock_response="litellm.RateLimitError")
except litellm.RateLimitError:
    pass
for _ in range(100):  # callbacks run in a thread
    time.sleep(0.1)
    try:
        if open(sys.argv[1]).read().count("\\n") == 2:
            break
    except FileNotFoundError:
        pass
"""


@pytest.mark.skipif(importlib.util.find_spec("litellm") is None, reason="litellm is not installed (a dev dependency)")
def test_a_log_written_by_the_real_package(tmp_path: Path) -> None:
    path = tmp_path / "litellm.jsonl"
    environment = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    subprocess.run(
        [sys.executable, "-c", WRITER, str(path)], env=environment, check=True, capture_output=True, timeout=90
    )
    table, stream = read(path, now=datetime.now(UTC))
    assert (stream.format, stream.rows, stream.rejected) == ("litellm", 2, {})
    first = next(each for each in table.to_pylist() if each["status"] == "ok")
    expected = {
        "account": "ada",
        "organization": "acme",
        "model": "gpt-4o-mini",
        "system": "Be brief.",
        "prompt": "Think aloud.\nWhy?",
        "response": "Because.",
        "turns": 4,
        "conversation": "s-1",
        "temperature": 0.25,
        "max_tokens": 50,
        "ip": "203.0.113.9",
    }
    assert {name: first[name] for name in expected} == expected
    assert first["input_tokens"] > 0
    assert abs((datetime.now(UTC) - first["time"]).total_seconds()) < 120
    assert sorted(each["status"] for each in table.to_pylist()) == ["error", "ok"]
    assert "tls_fingerprint" not in stream.present


def payload(i: int, **changes: Any) -> dict[str, Any]:
    """A payload with the fields that detection and the exchange need."""
    metadata = {"user_api_key_hash": f"k{i}", "user_api_key_user_id": None, "requester_ip_address": None}
    base = {
        "id": f"chatcmpl-{i}",
        "litellm_call_id": f"call-{i}",
        "call_type": "acompletion",
        "startTime": 1777636800.5 + i,
        "model": "openai/gpt-4o",
        "model_group": "fast",
        "status": "success",
        "messages": [{"role": "user", "content": f"question {i}"}],
        "metadata": metadata | changes.pop("metadata", {}),
        "model_parameters": {},
        "end_user": "",
    }
    return base | changes


def test_the_master_key_is_no_account(tmp_path: Path) -> None:
    master = {"user_api_key_hash": "litellm_proxy_master_key", "user_api_key_user_id": "default_user_id"}
    rows = [
        payload(0),
        payload(1, metadata=master, end_user="eve"),
        payload(2, metadata=master | {"requester_ip_address": "198.51.100.7"}),
        payload(3, metadata=master, model_parameters={"user": "bob"}),
        payload(4, metadata=master),
        payload(5, metadata={"user_api_key_user_id": "ada"}),
    ]
    table, stream = read(write_lines(tmp_path / "x.jsonl", rows), rejects=tmp_path / "rejected.jsonl")
    accounts = table.column("account").to_pylist()
    assert accounts == ["k0", "end-user:eve", "ip:198.51.100.7", "end-user:bob", "ada"]
    assert stream.rejected == {"missing field": 1}
    assert rejected(tmp_path / "rejected.jsonl")[0]["row"] == 5
    assert any("67 % of the rows used LiteLLM's master key" in note for note in stream.notes)


def test_tools_logprobs_and_text_completions(tmp_path: Path) -> None:
    rows = [
        payload(0, model_parameters={"tools": [{"type": "function"}] * 3, "logprobs": True, "n": 8}),
        payload(1, messages="Once upon a time", response={"choices": [{"text": " there was"}]}),
        payload(
            2, messages=[{"role": "user", "content": None}], status="failure", error_str="ContentPolicyViolationError"
        ),
    ]
    table, _ = read(write_lines(tmp_path / "x.jsonl", rows))
    first, second, third = table.to_pylist()
    assert (first["tools"], first["logprobs"], first["choices"], first["model"]) == (3, True, 8, "fast")
    assert (second["prompt"], second["response"], second["turns"]) == ("Once upon a time", " there was", None)
    assert (third["prompt"], third["status"]) == (None, "refused")


@pytest.mark.parametrize("layout", ["array", "pretty", "one-per-file", "lines"])
def test_every_way_a_callback_lays_them_out(tmp_path: Path, layout: str) -> None:
    rows = [payload(i) for i in range(4)]
    if layout == "array":
        (tmp_path / "x.json").write_text(json.dumps(rows))
    elif layout == "pretty":
        (tmp_path / "x.json").write_text("\n".join(json.dumps(each, indent=2) for each in rows))
    elif layout == "one-per-file":
        for i, each in enumerate(rows):
            (tmp_path / f"2026-05-01-{i}.json").write_text(json.dumps(each))
    else:
        write_lines(tmp_path / "x.jsonl", rows)
    stream_table, stream = read(tmp_path)
    assert stream_table.column("prompt").to_pylist() == [f"question {i}" for i in range(4)]
    assert stream.format == "litellm"
    assert stream.rejected == {}
