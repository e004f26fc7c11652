"""Workspaces through the command line and the library's one door, `scan`."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import stillwatch
from stillwatch.cli import run
from stillwatch.errors import UsageError
from stillwatch.memory import memory, read_size
from stillwatch.workspace import Store

from .. import small_logs
from . import logs
from .test_killed import facts, same_answer


def test_a_second_scan_of_a_day_gives_the_same_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = logs.write_day(tmp_path / "log", "day", 0, 600)
    workspace = tmp_path / "new" / "w.duckdb"
    command = ["scan", str(log), "--workspace", str(workspace)]
    for out, told in (("one", "4 files read now"), ("two", "0 files read now, 4 read before")):
        assert run([*command, "--memory", "1MB", "--out", str(tmp_path / out)]) == 0
        assert told in capsys.readouterr().err
    assert run(["scan", str(log), "--out", str(tmp_path / "plain"), "--quiet"]) == 0
    same_answer(tmp_path / "one", tmp_path / "two")
    same_answer(tmp_path / "one", tmp_path / "plain")
    assert run([*command, "--out", str(tmp_path / "one"), "--format", "litellm"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_days_with_a_campaign_give_the_answer_of_one_log(tmp_path: Path) -> None:
    rng = random.Random(5)
    rows = small_logs.people(random.Random(11), 260) + small_logs.campaign(rng, small_logs.queue(rng, 40, 14))
    rng.shuffle(rows)
    table = pa.Table.from_batches([small_logs.batch(rows)])
    for day in range(3):
        pq.write_table(table.slice(1_400 * day, None if day == 2 else 1_400), tmp_path / f"day-{day}.parquet")
        log = tmp_path / f"day-{day}.parquet"
        result = stillwatch.scan(log, workspace=tmp_path / "w.duckdb", out=tmp_path / "days")
    assert len(result.campaigns) == 1
    stillwatch.scan(tmp_path / "day-*.parquet", out=tmp_path / "once")
    for name in ("accounts.parquet", "campaigns.parquet"):
        assert (tmp_path / "days" / name).read_bytes() == (tmp_path / "once" / name).read_bytes()
    days, once = (facts(tmp_path / name) for name in ("days", "once"))
    for name in ("counts", "columns", "period", "notes"):
        assert days[name] == once[name]


def test_what_is_in_a_workspace_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = logs.write_lines(tmp_path / "log.jsonl", logs.rows(0, 300))
    workspace = str(tmp_path / "w.duckdb")
    stillwatch.scan(log, workspace=workspace)
    assert run(["workspace", "show", workspace]) == 0
    text = capsys.readouterr().out
    assert "300 of 211 accounts" in text
    assert f"{log}: read, 300 exchanges" in text
    assert run(["workspace", "show", workspace, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["finished"], facts["ids"], facts["rejected"]) == (
        True,
        300,
        {"broken line": 6, "unreadable encoding": 4},
    )
    assert run(["workspace", "rewind", workspace]) == 0
    assert "nothing to forget" in capsys.readouterr().out
    for command in ("show", "rewind"):
        assert run(["workspace", command, str(tmp_path / "none.duckdb")]) == 2
        assert "no such workspace" in capsys.readouterr().err
    assert not (tmp_path / "none.duckdb").exists()


def test_a_workspace_keeps_no_text_in_the_mode_sketches(tmp_path: Path) -> None:
    log = logs.write_lines(tmp_path / "log.jsonl", logs.rows(0, 300))
    key = tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    for out in ("one", "two"):
        stillwatch.scan(log, workspace=tmp_path / "w.duckdb", mode="sketches", key=key, out=tmp_path / out)
    same_answer(tmp_path / "one", tmp_path / "two")
    with Store(tmp_path / "w.duckdb") as store:
        assert not list(store.rejected())
        assert store.state["rows"] == 300
    with pytest.raises(UsageError, match="need a key"):
        stillwatch.scan(log, workspace=tmp_path / "w.duckdb", mode="sketches")
    with pytest.raises(UsageError, match="another key"):
        stillwatch.scan(log, workspace=tmp_path / "w.duckdb")


def test_arguments_that_do_not_fit(tmp_path: Path) -> None:
    log = logs.write_lines(tmp_path / "log.jsonl", logs.rows(0, 30))
    with pytest.raises(UsageError, match="only a scan with a workspace"):
        stillwatch.scan(log, resume=True)
    with pytest.raises(UsageError, match="local engine"):
        stillwatch.scan(log, workspace=tmp_path / "w.duckdb", engine="spark")
    with pytest.raises(UsageError, match="'much' is no size"):
        stillwatch.scan(log, memory="much")


@pytest.mark.parametrize(
    ("text", "size"), [("4GB", 4 * 10**9), ("512MiB", 2**29), ("2.5g", 2_500_000_000), ("1000", 1000), ("1 kB", 1000)]
)
def test_sizes(text: str, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "4 apples", "-1GB", "GB", "1I", "1e9"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(UsageError):
        read_size(text)


def test_there_is_memory() -> None:
    assert memory() > 1 << 28
