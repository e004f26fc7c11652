"""Any table of exchanges reads back as it was written, in every container."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillwatch.errors import InputError, UsageError
from stillwatch.exchange import EXCHANGE_FIELDS, EXCHANGE_SCHEMA
from stillwatch.logs import open_logs

from .support import NOW, read, row, write_lines

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
TIMES = st.datetimes(datetime(2015, 1, 2), datetime(2026, 5, 1)).map(lambda t: t.replace(tzinfo=UTC))


def values(field: pa.Field) -> st.SearchStrategy[Any]:
    """Values that the field may hold."""
    if pa.types.is_timestamp(field.type):
        return TIMES
    if pa.types.is_boolean(field.type):
        return st.booleans()
    if pa.types.is_floating(field.type):
        return st.floats(0, 2, width=16)
    if pa.types.is_integer(field.type):
        return st.integers(0, 2**31 - 1)
    return TEXT if field.name in ("system", "prompt", "response") else NAME


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Tables of a few exchanges; optional columns have nulls."""
    count = draw(st.integers(1, 6))
    columns = {}
    for field in EXCHANGE_SCHEMA:
        each = values(field)
        if field.name not in ("exchange_id", "time", "account", "model"):
            each = st.none() | each
        columns[field.name] = draw(st.lists(each, min_size=count, max_size=count))
    columns["exchange_id"] = [f"{i}{value}" for i, value in enumerate(columns["exchange_id"])]
    return pa.table(columns, schema=EXCHANGE_SCHEMA)


def compress(path: Path, packing: str | None) -> Path:
    if packing is None:
        return path
    target = path.with_name(path.name + {"gzip": ".gz", "zstd": ".zst"}[packing])
    with pa.output_stream(str(target), compression=packing) as stream:
        stream.write(path.read_bytes())
    path.unlink()
    return target


def write(table: pa.Table, folder: Path, kind: str, packing: str | None) -> Path:
    path = folder / f"log.{kind}"
    if kind == "parquet":
        pq.write_table(table, path)
        return path
    if kind == "csv":
        pyarrow.csv.write_csv(table, path)
    else:
        rows = [r | {"time": r["time"].isoformat()} for r in table.to_pylist()]
        path.write_text(json.dumps(rows) if kind == "json" else "".join(json.dumps(r) + "\n" for r in rows))
    return compress(path, packing)


CONTAINERS = [("parquet", None), *((k, p) for k in ("jsonl", "json", "csv") for p in (None, "gzip", "zstd"))]


@pytest.mark.parametrize(("kind", "packing"), CONTAINERS)
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(table=tables())
def test_reads_back_what_was_written(kind: str, packing: str | None, table: pa.Table) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found, stream = read(write(table, Path(folder), kind, packing))
    assert stream.rejected == {}
    assert found.equals(table)
    assert stream.rows == table.num_rows
    assert stream.filled["account"] == 100.0


def test_columns_are_in_schema_order_and_absent_ones_null(log: Path) -> None:
    found, stream = read(log, columns=frozenset({"prompt", "time", "tools"}))
    assert found.column_names == ["time", "prompt", "tools"]
    assert found.column("tools").null_count == 5
    assert "tools" not in stream.present
    assert {"prompt", "account", "input_tokens"} <= stream.present
    assert stream.filled["tools"] == 0.0


def test_a_stream_is_read_once(log: Path) -> None:
    _, stream = read(log)
    with pytest.raises(UsageError, match="once"):
        next(iter(stream))


def test_ids_are_made_from_file_and_row(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", [row(0, exchange_id=None), "", row(1), row(2, exchange_id="")])
    found, _ = read(path)
    assert found.column("exchange_id").to_pylist() == ["x.jsonl:1", "r1", "x.jsonl:4"]


def test_directories_globs_and_files_are_read_once_in_name_order(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for i, name in enumerate(["b.jsonl", "a.jsonl.gz", "deep/c.jsonl"]):
        write_lines(tmp_path / name, [row(i)])
    (tmp_path / "notes.txt").write_text("not a log")
    found, stream = read(tmp_path, tmp_path / "*.jsonl", tmp_path / "b.jsonl")
    assert found.column("exchange_id").to_pylist() == ["r1", "r0", "r2"]
    assert [Path(name).name for name in stream.files] == ["a.jsonl.gz", "b.jsonl", "c.jsonl"]


@pytest.mark.parametrize(
    "value",
    [1777636800, 1777636800.0, 1777636800000, 1777636800000000, 1777636800000000000, "1777636800",
     "2026-05-01T12:00:00", "2026-05-01 12:00:00", "2026-05-01T14:00:00+02:00",
     "2026-05-01T12:00:00.000Z", "2026-05-01 12:00:00.0000000"],
)  # fmt: skip
def test_times_of_every_usual_kind(tmp_path: Path, value: object) -> None:
    found, _ = read(write_lines(tmp_path / "x.jsonl", [row(0, time=value), row(1)]))
    assert found.column("time")[0].as_py() == datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_parquet_times_without_a_zone_are_utc(tmp_path: Path, unit: str) -> None:
    times = pa.array([datetime(2026, 5, 1, 12)], pa.timestamp(unit))
    pq.write_table(pa.table({"time": times, "account": ["a"], "model": ["m"]}), tmp_path / "x.parquet")
    found, _ = read(tmp_path / "x.parquet")
    assert found.column("time")[0].as_py() == datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_other_arrow_types_are_converted(tmp_path: Path) -> None:
    table = pa.table(
        {
            "time": pa.array([1777636800], pa.int64()),
            "account": pa.array([b"acct"], pa.binary()),
            "model": pa.array(["m"]).dictionary_encode(),
            "prompt": pa.array(["p"], pa.large_string()),
            "input_tokens": pa.array([3.0], pa.float64()),
            "logprobs": pa.array([5], pa.int32()),
            "temperature": pa.array(["0.5"]),
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    found, stream = read(tmp_path / "x.parquet")
    first = found.to_pylist()[0]
    assert stream.rejected == {}
    assert (first["account"], first["model"], first["prompt"]) == ("acct", "m", "p")
    assert (first["input_tokens"], first["logprobs"], first["temperature"]) == (3, True, 0.5)


def test_every_field_of_the_exchange_has_a_column() -> None:
    from stillwatch.logs.canonical import FORMAT

    assert set(FORMAT.select) == {field.name for field in EXCHANGE_FIELDS}


def test_a_cut_is_noted(tmp_path: Path) -> None:
    rows = [row(i, prompt="word " * (200 + i)) for i in range(60)]
    rows += [row(100 + i, prompt=("text " * 500)[:2048]) for i in range(27)]
    _, stream = read(write_lines(tmp_path / "x.jsonl", rows))
    assert stream.notes == ("prompts look cut at 2,048 characters: 31 % of them",)


def test_unknown_names_are_usage_errors(log: Path) -> None:
    with pytest.raises(UsageError, match="no log format is called 'nginx'"):
        open_logs([log], format="nginx", now=NOW)
    with pytest.raises(UsageError, match="promt"):
        open_logs([log], columns=frozenset({"promt"}))
    with pytest.raises(InputError, match="finds nothing"):
        open_logs([log], format="litellm")
