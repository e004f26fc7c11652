"""The LiteLLM_SpendLogs table, exported."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .support import read

CUT = "a" * 716 + "... (litellm_truncated skipped 900 chars. Truncation is a DB storage safeguard. ) ..." + "b" * 1331


def spend(i: int, **changes: Any) -> dict[str, Any]:
    body = {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": f"q {i}"}], "temperature": 0.5}
    base = {
        "request_id": f"chatcmpl-{i}",
        "call_type": "acompletion",
        "api_key": f"hash{i % 2}",
        "spend": 0.001,
        "total_tokens": 30,
        "prompt_tokens": 10,
        "completion_tokens": 20,
        "startTime": f"2026-05-01 12:00:0{i}.123",
        "endTime": f"2026-05-01 12:00:0{i}.923",
        "model": "gpt-4o",
        "model_group": "fast",
        "user": "",
        "metadata": json.dumps({"user_agent": "curl/8", "status": "success"}),
        "team_id": "t1",
        "end_user": "",
        "requester_ip_address": "203.0.113.9",
        "messages": "{}",
        "response": json.dumps({"choices": [{"message": {"content": "hello"}}]}),
        "session_id": "s",
        "status": "success",
        "proxy_server_request": json.dumps(body),
    }
    return base | changes


def export(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        with path.open("w", newline="") as out:
            writer = csv.DictWriter(out, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_export_is_read(tmp_path: Path, kind: str) -> None:
    table, stream = read(export(tmp_path / f"spend.{kind}", [spend(i) for i in range(4)]))
    assert (stream.format, stream.rows, stream.rejected) == ("litellm-spend", 4, {})
    first = table.to_pylist()[0]
    expected = {
        "exchange_id": "chatcmpl-0",
        "account": "hash0",
        "organization": "t1",
        "model": "fast",
        "system": "S",
        "prompt": "q 0",
        "response": "hello",
        "turns": 2,
        "temperature": 0.5,
        "user_agent": "curl/8",
        "status": "ok",
        "input_tokens": 10,
    }
    assert {name: first[name] for name in expected} == expected
    assert first["time"].isoformat() == "2026-05-01T12:00:00.123000+00:00"


def test_messages_kept_as_structs_are_read(tmp_path: Path) -> None:
    rows = [spend(i, messages=[{"role": "user", "content": f"struct {i}"}]) for i in range(2)]
    table, _ = read(export(tmp_path / "spend.parquet", rows))
    assert table.column("prompt").to_pylist() == ["struct 0", "struct 1"]


def test_the_cut_the_master_key_and_absent_prompts_are_noted(tmp_path: Path) -> None:
    cut = json.dumps({"messages": [{"role": "user", "content": CUT}]})
    rows = [
        spend(0, proxy_server_request=cut),
        spend(1, proxy_server_request="{}"),
        spend(2, api_key="litellm_proxy_master_key", user="default_user_id", end_user="eve"),
        spend(3),
    ]
    table, stream = read(export(tmp_path / "spend.csv", rows))
    assert table.column("account").to_pylist()[2] == "end-user:eve"
    assert [note.split(";")[0][:60] for note in stream.notes] == [
        "25 % of the rows used LiteLLM's master key, which is not an ",
        "prompts look cut at 2,048 characters: 25 % of them (LiteLLM ",
        "25 % of the rows carry no prompt",
    ]
