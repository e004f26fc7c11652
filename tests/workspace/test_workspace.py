"""A scan that is stopped at any moment goes on to the same answer; days add up to what all of them at once give."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import stillwatch
from stillwatch.errors import InputError, UsageError
from stillwatch.logs import columnar
from stillwatch.workspace import describe, reading
from stillwatch.workspace.commands import workspace_group

from .. import small_logs

BATCH = 400


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """A campaign among people, with ids, some of them twice, and two rows that are no exchanges."""
    rng = random.Random(5)
    rows = small_logs.people(random.Random(11), 260) + small_logs.campaign(rng, small_logs.queue(rng, 40, 14))
    rng.shuffle(rows)
    found = pa.Table.from_batches([small_logs.batch(rows)])
    ids = [f"x{number % (found.num_rows - 30)}" for number in range(found.num_rows)]
    times = found.column("time").to_pylist()
    times[7] = times[900] = None
    place = found.schema.get_field_index("time")
    found = found.set_column(place, found.schema.field("time"), pa.array(times, found.schema.field("time").type))
    place = found.schema.get_field_index("exchange_id")
    column = pa.array(ids, pa.string())
    return found.append_column("exchange_id", column) if place < 0 else found.set_column(place, "exchange_id", column)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(columnar, "BATCH_ROWS", BATCH)


def answer(folder: Path) -> dict[str, object]:
    facts = json.loads((folder / "scan.json").read_text())
    rejected = folder / "rejected.jsonl"
    lines = map(json.loads, rejected.read_text().splitlines() if rejected.exists() else [])
    return {
        "accounts": (folder / "accounts.parquet").read_bytes(),
        "campaigns": (folder / "campaigns.parquet").read_bytes(),
        "counts": facts["counts"],
        "rejected": facts["rejected"],
        "columns": facts["columns"],
        "period": facts["period"],
        "lines": sorted((line["row"], line["cause"]) for line in lines),
    }


@pytest.fixture(scope="module")
def undisturbed(table, tmp_path_factory) -> dict[str, object]:
    place = tmp_path_factory.mktemp("undisturbed")
    pq.write_table(table, place / "log.parquet")
    result = stillwatch.scan(place / "log.parquet", out=place / "answer")
    assert len(result.campaigns) == 1
    return answer(place / "answer")


class StoppedError(Exception):
    """Stands for whatever stops a scan."""


@pytest.mark.parametrize("after", [1, 3, 6])
def test_a_scan_that_was_stopped_goes_on_to_the_same_answer(table, undisturbed, tmp_path, monkeypatch, after):
    pq.write_table(table, tmp_path / "log.parquet")
    monkeypatch.setattr(reading, "EVERY", 0.0)
    monkeypatch.setattr(reading, "SHARE", 0.0)
    seen = []

    def stop(stage: str, done: int, total: int | None) -> None:
        seen.append((stage, done, total))
        if len(seen) > after:
            raise StoppedError

    with pytest.raises(StoppedError):
        stillwatch.scan(tmp_path / "log.parquet", workspace=tmp_path / "w", progress=stop)
    (day,) = describe(tmp_path / "w")
    assert not day["finished"]
    assert day["exchanges"] > 0
    assert seen[0][2] == table.num_rows
    read = []
    absorb = reading.profile_log.__globals__["absorb"]
    monkeypatch.setattr("stillwatch.engines.local.absorb", lambda *a: (read.append(a[1].num_rows), absorb(*a)))
    result = stillwatch.scan(tmp_path / "log.parquet", workspace=tmp_path / "w", resume=True, out=tmp_path / "answer")
    assert answer(tmp_path / "answer") == undisturbed
    assert any("resumed after" in note for note in result.facts["notes"])
    assert sum(read) == undisturbed["counts"]["exchanges"] - day["exchanges"]


def test_without_resume_a_stopped_scan_starts_anew(table, undisturbed, tmp_path, monkeypatch):
    pq.write_table(table, tmp_path / "log.parquet")
    monkeypatch.setattr(reading, "EVERY", 0.0)

    def stop(*_: object) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        stillwatch.scan(tmp_path / "log.parquet", workspace=tmp_path / "w", progress=stop)
    stillwatch.scan(tmp_path / "log.parquet", workspace=tmp_path / "w", out=tmp_path / "answer")
    assert answer(tmp_path / "answer") == undisturbed
    assert [day["finished"] for day in describe(tmp_path / "w")] == [True]


def test_days_add_up_to_all_at_once_and_are_read_once(table, undisturbed, tmp_path, monkeypatch):
    cuts = [0, 700, 1_900, table.num_rows]
    for number, (start, stop) in enumerate(pairwise(cuts)):
        pq.write_table(table.slice(start, stop - start), tmp_path / f"day{number}.parquet")
        stillwatch.scan(tmp_path / f"day{number}.parquet", workspace=tmp_path / "w", out=tmp_path / "answer")
    found = answer(tmp_path / "answer")
    for told in ("accounts", "campaigns", "counts", "rejected", "period"):
        assert found[told] == undisturbed[told], told
    # Everything again: nothing is read, the answer is the same.
    monkeypatch.setattr(reading, "open_logs", None)
    names = [tmp_path / f"day{number}.parquet" for number in range(3)]
    again = stillwatch.scan(names, workspace=tmp_path / "w", out=tmp_path / "again")
    assert answer(tmp_path / "again") | {"lines": []} == found | {"lines": []}
    assert any("3 of the 3 files were read on an earlier day" in note for note in again.facts["notes"])


def test_a_log_that_grew_is_counted_once_where_it_has_ids(table, undisturbed, tmp_path):
    log = tmp_path / "log.parquet"
    pq.write_table(table.slice(0, 1_000), log)
    stillwatch.scan(log, workspace=tmp_path / "w")
    pq.write_table(table, log)
    result = stillwatch.scan(log, workspace=tmp_path / "w", out=tmp_path / "answer")
    assert result.facts["counts"]["exchanges"] == undisturbed["counts"]["exchanges"]
    assert answer(tmp_path / "answer")["accounts"] == undisturbed["accounts"]
    nameless = table.drop_columns(["exchange_id"])
    pq.write_table(nameless.slice(0, 1_000), tmp_path / "other.parquet")
    stillwatch.scan(tmp_path / "other.parquet", workspace=tmp_path / "v")
    pq.write_table(nameless, tmp_path / "other.parquet")
    with pytest.raises(UsageError, match="no exchange_id"):
        stillwatch.scan(tmp_path / "other.parquet", workspace=tmp_path / "v")


def test_sketches_need_one_key_for_all_days(table, tmp_path):
    pq.write_table(table.slice(0, 900), tmp_path / "one.parquet")
    pq.write_table(table.slice(900), tmp_path / "two.parquet")
    pq.write_table(table, tmp_path / "both.parquet")
    (tmp_path / "key").write_bytes(bytes(range(32)))
    (tmp_path / "other").write_bytes(bytes(range(1, 33)))
    settings = {"mode": "sketches", "key": tmp_path / "key"}
    stillwatch.scan(tmp_path / "one.parquet", workspace=tmp_path / "w", **settings)
    stillwatch.scan(tmp_path / "two.parquet", workspace=tmp_path / "w", out=tmp_path / "days", **settings)
    stillwatch.scan(tmp_path / "both.parquet", out=tmp_path / "once", **settings)
    assert answer(tmp_path / "days")["accounts"] == answer(tmp_path / "once")["accounts"]
    with pytest.raises(UsageError, match="another key"):
        stillwatch.scan(tmp_path / "both.parquet", workspace=tmp_path / "w", mode="sketches", key=tmp_path / "other")
    with pytest.raises(UsageError, match="needs --key"):
        stillwatch.scan(tmp_path / "both.parquet", workspace=tmp_path / "w", mode="sketches")
    with pytest.raises(UsageError, match="another key"):
        stillwatch.scan(tmp_path / "both.parquet", workspace=tmp_path / "w")


def test_wrong_files_and_wrong_words_are_one_clear_error(table, tmp_path, monkeypatch):
    log = tmp_path / "log.parquet"
    pq.write_table(table, log)
    (tmp_path / "text").write_text("no database")
    with pytest.raises(InputError, match="is not a workspace"):
        stillwatch.scan(log, workspace=tmp_path / "text")
    with duckdb.connect(str(tmp_path / "foreign")) as other:
        other.execute("create table theirs (x integer)")
    with pytest.raises(InputError, match="no workspace of Stillwatch"):
        stillwatch.scan(log, workspace=tmp_path / "foreign")
    with pytest.raises(UsageError, match="--resume needs"):
        stillwatch.scan(log, resume=True)
    stillwatch.scan(log, workspace=tmp_path / "w")
    monkeypatch.setattr("stillwatch.workspace.store.LAYOUT_VERSION", "a later one")
    with pytest.raises(InputError, match="another version"):
        stillwatch.scan(log, workspace=tmp_path / "w")


def test_a_stopped_scan_of_other_files_is_not_resumed(table, tmp_path, monkeypatch):
    pq.write_table(table, tmp_path / "one.parquet")
    pq.write_table(table.slice(100), tmp_path / "two.parquet")

    def stop(*_: object) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        stillwatch.scan(tmp_path / "one.parquet", workspace=tmp_path / "w", progress=stop)
    with pytest.raises(UsageError, match="read other files"):
        stillwatch.scan(tmp_path / "two.parquet", workspace=tmp_path / "w", resume=True)


def test_the_command_shows_what_a_workspace_holds(table, tmp_path):
    pq.write_table(table, tmp_path / "log.parquet")
    stillwatch.scan(tmp_path / "log.parquet", workspace=tmp_path / "w")
    shown = CliRunner().invoke(workspace_group, ["show", str(tmp_path / "w"), "--json"])
    (day,) = json.loads(shown.output)
    assert day["finished"]
    assert day["files"] == [str(tmp_path / "log.parquet")]
    assert "read" in CliRunner().invoke(workspace_group, ["show", str(tmp_path / "w")]).output


#: A scan in a process of its own, with checkpoints all the time and batches so small that there are many.
PROGRAM = """
import sys
from stillwatch.logs import columnar
from stillwatch.workspace import reading
from stillwatch.cli import main
columnar.BATCH_ROWS, reading.EVERY, reading.SHARE = 25, 0.0, 0.0
main(sys.argv[1:])
"""


def scan_command(folder: Path, *more: str) -> list[str]:
    words = ["scan", "log.parquet", "--workspace", "w", "--out", "answer", "--quiet", *more]
    return [sys.executable, "-c", PROGRAM, *words]


def test_killed_at_any_moment_it_goes_on_to_the_same_answer(table, undisturbed, tmp_path):
    """SIGKILL at a dozen random moments of the reading, each time resumed; then left to end."""
    pq.write_table(table, tmp_path / "log.parquet")
    rng = random.Random(1)
    kills = 0
    while kills < 8:
        running = subprocess.Popen(scan_command(tmp_path, "--resume"), cwd=tmp_path, stderr=subprocess.DEVNULL)
        before = _changed(tmp_path / "w")
        end = time.monotonic() + 60
        while running.poll() is None and _changed(tmp_path / "w") == before and time.monotonic() < end:
            time.sleep(0.002)  # until it begins to write
        time.sleep(rng.random() * 0.3)
        kills += running.poll() is None
        running.kill()
        running.wait()
        days = describe(tmp_path / "w")
        if days and days[0]["finished"]:  # the reading was over: its answer, and another scan from the beginning
            subprocess.run(scan_command(tmp_path, "--resume"), cwd=tmp_path, check=True)
            assert answer(tmp_path / "answer") == undisturbed | {"lines": []}
            (tmp_path / "w").unlink()
    subprocess.run(scan_command(tmp_path, "--resume"), cwd=tmp_path, check=True)
    assert answer(tmp_path / "answer") == undisturbed
    assert [day["finished"] for day in describe(tmp_path / "w")] == [True]


def _changed(file: Path) -> tuple[int, ...]:
    found = [each.stat() for each in (file, file.with_name("w.wal")) if each.exists()]
    return tuple(part for each in found for part in (each.st_mtime_ns, each.st_size))


def test_a_full_disk_is_said_and_the_workspace_still_opens(table, undisturbed, tmp_path):
    pq.write_table(table, tmp_path / "log.parquet")

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))

    full = subprocess.run(
        scan_command(tmp_path), cwd=tmp_path, preexec_fn=little_room, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    assert full.returncode == 2
    assert full.stderr.startswith("stillwatch: ")
    assert "can't be written" in full.stderr
    assert len(full.stderr.splitlines()) == 1
    assert all(not day["finished"] for day in describe(tmp_path / "w"))
    subprocess.run(scan_command(tmp_path, "--resume"), cwd=tmp_path, check=True)
    assert answer(tmp_path / "answer") == undisturbed
