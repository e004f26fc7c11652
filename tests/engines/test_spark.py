"""The Spark engine on a real Spark: the answer is the local engine's, however the table lies on the cluster."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import stillwatch
from stillwatch.engines.local import COLUMNS, WORDS, profile_log
from stillwatch.engines.spark import stage as stage_module
from stillwatch.errors import InputError, StillwatchError, UsageError
from stillwatch.exchange import EXCHANGE_SCHEMA
from stillwatch.logs import open_logs
from stillwatch.logs.canonical import FORMAT
from stillwatch.logs.format import Sample
from stillwatch.output import campaigns_table
from stillwatch.profile import Profiles
from stillwatch.profile.layout import LAYOUT
from stillwatch.profile.rows import ROWS_SCHEMA, merge_rows

pytestmark = pytest.mark.xdist_group("spark")  # one session for all of them

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def assert_same(one: Profiles, other: Profiles) -> None:
    """Equal to the last bit, whatever the order of accounts."""
    one.sort()
    other.sort()
    assert one.names == other.names
    assert one.organizations == other.organizations
    assert one.present == other.present
    for name in LAYOUT:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)
    assert one.texts.equals(other.texts)


def locally(*paths: Path, **options) -> tuple[Profiles, object]:
    stream = open_logs(paths, columns=COLUMNS, now=NOW, **options)
    return profile_log(stream), stream


@pytest.mark.parametrize(
    "mode", [{"columns": COLUMNS - WORDS}, {"key": np.array([5, 7], np.uint64)}], ids=["metadata", "sketches"]
)
def test_modes_that_keep_no_text_keep_it_from_the_driver_too(session, tmp_path, mode):
    pq.write_table(messy(), tmp_path / "log.parquet")
    stream = open_logs([tmp_path / "log.parquet"], columns=mode.get("columns", COLUMNS), now=NOW)
    whole = profile_log(stream, key=mode.get("key"))
    profiles, log = on_spark(session, tmp_path / "log.parquet", rejects=tmp_path / "faults.jsonl", **mode)
    assert_same(profiles, whole)
    assert np.array_equal(profiles.key, whole.key)
    assert (log.rejected, log.filled) == (stream.rejected, stream.filled)
    assert "question" not in (tmp_path / "faults.jsonl").read_text()
    assert ("prompt" in log.table.columns) == ("key" in mode)


def on_spark(session, *tables, **options):
    from stillwatch.engines import spark

    log = spark.open_log(session, tables, now=NOW, **options)
    return spark.profile_log(log), log


def test_a_world_scanned_both_ways_has_one_answer(session, world, tmp_path):
    result = stillwatch.scan(str(world.log), accounts=world.accounts, engine="spark", out=tmp_path)
    assert len(result.campaigns) >= 2
    assert result.accounts.equals(world.result.accounts)  # p-values and all
    assert result.campaigns == world.result.campaigns
    told = ("counts", "rejected", "columns", "notes", "period", "baseline")
    assert {key: result.facts[key] for key in told} == {key: world.result.facts[key] for key in told}
    assert result.facts["settings"]["engine"] == "spark"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "accounts.parquet",
        "campaigns.parquet",
        "report.html",
        "scan.json",
    ]


def test_dataframes_are_logs_account_tables_and_baselines_too(session, world):
    from pyspark.sql import functions

    log = session.read.parquet(str(world.log))
    accounts = session.read.parquet(str(world.accounts))
    earlier = log.where(functions.col("account") < "c")
    result = stillwatch.scan(log, accounts=accounts, baseline=[earlier], engine="spark")
    pieces = pq.read_table(world.log)
    pq.write_table(pieces.filter(pa.compute.less(pieces["account"], "c")), world.folder / "earlier.parquet")
    local = stillwatch.scan(world.log, accounts=world.accounts, baseline=world.folder / "earlier.parquet")
    assert result.accounts.equals(local.accounts)
    assert result.campaigns == local.campaigns
    assert result.facts["settings"]["logs"] == ["a DataFrame"]


def test_how_the_table_lies_does_not_matter(session, world):
    whole, _ = locally(world.log)
    scattered = session.read.parquet(str(world.log)).repartition(7, "prompt")
    assert_same(on_spark(session, scattered)[0], whole)


def test_rows_set_aside_are_those_of_the_local_engine(session, tmp_path):
    rows = messy()
    pq.write_table(rows, tmp_path / "log.parquet")
    whole, stream = locally(tmp_path / "log.parquet", rejects=tmp_path / "local.jsonl")
    profiles, log = on_spark(session, tmp_path / "log.parquet", rejects=tmp_path / "spark.jsonl")
    assert_same(profiles, whole)
    assert log.rejected == stream.rejected
    assert {"missing field", "negative value", "time out of range", "duplicate exchange id"} <= log.rejected.keys()
    assert (log.rows, log.filled, log.notes) == (stream.rows, stream.filled, stream.notes)

    def faults(path: Path) -> Counter[tuple[str, ...]]:
        found = [json.loads(line) for line in path.read_text().splitlines()]
        return Counter((fault["cause"], str(fault["field"]), fault["detail"]) for fault in found)

    assert faults(tmp_path / "spark.jsonl") == faults(tmp_path / "local.jsonl")


def messy() -> pa.Table:
    """A log with faults of many kinds; of rows that share an id, the earliest comes first."""
    start = datetime(2026, 5, 4, tzinfo=UTC)
    rows = []
    for number in range(600):
        row = dict.fromkeys(EXCHANGE_SCHEMA.names) | {
            "exchange_id": f"x{number}",
            "time": start + timedelta(minutes=number),
            "account": f"a{number % 23}",
            "organization": f"o{number % 5}" if number % 3 else None,
            "model": "meridian-4",
            "prompt": f"question {number} about the thing called {number % 41}",
            "input_tokens": number,
            "temperature": 0.5,
        }
        match number % 20:
            case 3:
                row["account"] = ""
            case 5:
                row["input_tokens"] = -1
            case 7:
                row["time"] = datetime(1999, 1, 1, tzinfo=UTC)
            case 11:
                row["exchange_id"] = f"x{number - 1}"
            case 13:  # the first of its id is bad, so that this one counts
                row["exchange_id"] = f"x{number - 6}"
            case 15:
                row["model"] = row["prompt"] = None
            case 16 | 17:
                row["exchange_id"] = None
            case 18:
                row["exchange_id"] = ""
            case 19:
                row["temperature"] = float("nan")
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=EXCHANGE_SCHEMA)


MAPPING = """
[fields]
exchange_id = ["request", "meta.trace"]
time = { column = "at", unit = "ms" }
account = { column = "who.key" }
organization = "who.team"
prompt = "question"
model = { constant = "meridian-4" }
input_tokens = "meta.tokens"
status = { column = "code", values = { "200" = "ok" }, otherwise = "error" }
"""


def test_a_mapping_reads_columns_members_and_json(session, tmp_path):
    rows = [
        {
            "request": None if n % 3 else f"r{n // 6}",
            "meta": json.dumps({"trace": f"t{n}", "tokens": n}),
            "at": 1_777_852_800_000 + 60_000 * n,
            "who": {"key": f"k{n % 7}", "team": f"t{n % 2}"},
            "question": f"what is {n % 19}?",
            "code": 200 if n % 5 else 500,
            "unread": [n],
        }
        for n in range(90)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "log.parquet")
    (tmp_path / "m.toml").write_text(MAPPING)
    whole, stream = locally(tmp_path / "log.parquet", mapping=tmp_path / "m.toml")
    profiles, log = on_spark(session, tmp_path / "log.parquet", mapping=tmp_path / "m.toml")
    assert log.format == stream.format == "mapped"
    assert log.rejected == stream.rejected == {"duplicate exchange id": 15}
    assert_same(profiles, whole)
    assert "unread" not in log.table.columns


def test_of_one_id_the_earliest_row_counts_wherever_it_lies(session, tmp_path):
    rows = messy().slice(0, 3)
    ids = pa.array(["same"] * 3)
    rows = rows.set_column(0, "exchange_id", ids).take(pa.array([2, 0, 1]))
    profiles, log = on_spark(session, session.createDataFrame(rows).repartition(3, "account"))
    assert log.rejected == {"duplicate exchange id": 2}
    assert profiles.names == ["a0"]


def test_several_tables_are_one_log(session, world, tmp_path):
    table = pq.read_table(world.log).slice(0, 3000)
    first, second = table.slice(0, 1500), table.slice(1500).drop_columns(["organization"])
    pq.write_table(first, tmp_path / "first.parquet")
    pq.write_table(second, tmp_path / "second.parquet")
    session.read.parquet(str(tmp_path / "second.parquet")).createOrReplaceTempView("second")
    whole, _ = locally(tmp_path / "first.parquet", tmp_path / "second.parquet")
    assert_same(on_spark(session, tmp_path / "first.parquet", "second")[0], whole)


def test_profiles_are_kept_as_a_table_and_merged_later(session, world, tmp_path):
    from stillwatch.engines import spark

    log = session.read.parquet(str(world.log))
    for day, part in enumerate(log.randomSplit([1.0, 1.0], seed=1)):
        spark.profile_table(part).write.parquet(str(tmp_path / f"day-{day}"))
    kept = pq.read_table([*tmp_path.glob("day-*/*.parquet")])
    rows = kept.filter(kept["account"].is_valid()).select(ROWS_SCHEMA.names)
    assert kept["fault"].null_count == len(kept)
    assert_same(merge_rows([rows.cast(ROWS_SCHEMA)]), locally(world.log)[0])


def test_an_executors_memory_is_bounded_whatever_the_order(world, monkeypatch):
    monkeypatch.setattr(stage_module, "FLUSH", 20)
    table = pq.read_table(world.log, columns=sorted(COLUMNS)).slice(0, 4000)
    stage = stage_module.Stage("log", FORMAT, Sample(frozenset(table.column_names)), NOW)
    monkeypatch.setattr(stage_module, "BATCH_ROWS", 500)
    parts = [
        stage_module.unpacked(row["data"]) for batch in stage.packed(table.to_batches(250)) for row in scalars(batch)
    ]
    rows = pa.concat_tables(parts)
    rows = rows.filter(rows["account"].is_valid()).select(ROWS_SCHEMA.names)
    assert rows.num_rows > len(set(rows["account"].to_pylist()))
    pq.write_table(table, world.folder / "part.parquet")
    assert_same(merge_rows([rows]), locally(world.folder / "part.parquet")[0])


def scalars(batch: pa.RecordBatch) -> list[dict[str, pa.Scalar]]:
    return [{name: batch.column(name)[row] for name in batch.schema.names} for row in range(len(batch))]


@pytest.mark.parametrize("as_table", [True, False], ids=["table", "parquet"])
def test_the_answer_is_written_to_the_cluster(session, world, tmp_path, as_table):
    from stillwatch.engines import spark

    for name, table in (("accounts", world.result.accounts), ("campaigns", campaigns_table(world.result.campaigns))):
        target = f"answer_{name}" if as_table else str(tmp_path / name)
        spark.save_table(session, table, target)
        spark.save_table(session, table, target)  # replaces the first
        back = session.table(target) if as_table else session.read.parquet(target)
        key = table.column_names[0]
        assert back.toArrow().cast(table.schema).sort_by(key).equals(table.sort_by(key))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("nowhere.at_all", "cannot be found"),
        ("/nowhere/at/all.parquet", "does not exist"),
        ([], "logs is an empty list"),
    ],
)
def test_what_is_not_there_is_named(session, given, told):
    with pytest.raises(StillwatchError, match=told):
        stillwatch.scan(given, engine="spark")


@pytest.mark.parametrize("name", ["log.jsonl", "./log.jsonl"])
def test_a_file_of_another_kind_is_for_the_local_engine(session, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("log.jsonl").write_text('{"time": "2026-05-01T00:00:00Z", "account": "a", "prompt": "hi"}\n')
    with pytest.raises(InputError, match="--engine local"):
        stillwatch.scan(name, engine="spark")


def test_a_table_that_is_no_log_is_refused_with_its_columns(session):
    with pytest.raises(InputError, match=r"a DataFrame: unknown log format \(columns: colour\)"):
        stillwatch.scan(session.createDataFrame([("red",)], "colour string"), engine="spark")


def test_a_log_without_an_exchange_says_why(session):
    rows = session.createDataFrame([("now and then", "a", "hello")], "time string, account string, prompt string")
    with pytest.raises(InputError, match=r"all were set aside \(wrong type: 1\)"):
        stillwatch.scan(rows, engine="spark")


def test_an_error_on_an_executor_is_one_line_here(session):
    from stillwatch.engines.spark.session import spark_errors, whatever_pandas

    def fails(batches):
        raise InputError("is odd", file="t", row=5)
        yield

    with whatever_pandas():
        failing = session.range(1).mapInArrow(fails, "id long")
    with pytest.raises(InputError, match=r"^t, row 5: is odd$"), spark_errors("t"):
        failing.toArrow()


def test_executors_without_stillwatch_are_told_of(session):
    from stillwatch.engines.spark.session import spark_errors, whatever_pandas

    def fails(batches):
        importlib.import_module("stillwatch_that_is_not_here")
        yield

    with whatever_pandas():
        failing = session.range(1).mapInArrow(fails, "id long")
    with pytest.raises(StillwatchError, match="lacks 'stillwatch_that_is_not_here'"), spark_errors("t"):
        failing.toArrow()


def test_a_dataframe_is_not_for_the_local_engine(session):
    with pytest.raises(UsageError, match="engine='spark'"):
        stillwatch.scan(session.range(1))


@pytest.mark.parametrize("engine", [{"engine": "flink"}, {"master": "yarn"}])
def test_engines_that_are_not_there_are_refused(engine):
    with pytest.raises(UsageError, match=r"local, spark|--engine spark"):
        stillwatch.scan("log.parquet", **engine)


def command(environment: dict[str, str], prelude: str = "") -> subprocess.CompletedProcess[str]:
    code = f"{prelude}\nimport sys\nfrom stillwatch.cli import run\n"
    code += "sys.exit(run(['scan', 't.parquet', '--engine', 'spark', '--out', 'answer']))"
    inherited = {name: value for name, value in os.environ.items() if name not in ("PATH", "JAVA_HOME")}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=inherited | environment
    )


def test_without_java_one_line_says_so(tmp_path, monkeypatch):
    pytest.importorskip("pyspark")
    monkeypatch.chdir(tmp_path)
    for environment in ({"PATH": str(tmp_path)}, {"JAVA_HOME": str(tmp_path)}):
        done = command(environment)
        assert done.returncode == 2
        assert "Java 17" in done.stderr and done.stderr.count("\n") == 1


def test_without_pyspark_one_line_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    absent = "import sys; sys.modules['pyspark'] = None"
    done = command({"PATH": str(tmp_path)}, absent)
    assert done.returncode == 2
    assert "pip install 'stillwatch[spark]'" in done.stderr and done.stderr.count("\n") == 1
