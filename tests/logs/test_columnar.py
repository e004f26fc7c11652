"""Parquet: columns of few values stay dictionaries, and bad values in one are set aside like any others."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.logs import columnar, open_logs

from .support import NOW, read, rejected

ROWS = 600
START = 1_777_636_800


def log(**columns: object) -> pa.Table:
    basic = {
        "time": pa.array([START + i for i in range(ROWS)], pa.int64()),
        "account": pa.array([f"account {i % 7}" for i in range(ROWS)]),
        "model": pa.array(["m"] * ROWS),
        "ip": pa.array([f"10.0.0.{i % 9}" if i % 4 else None for i in range(ROWS)]),
        "prompt": pa.array([f"prompt number {i}" for i in range(ROWS)]),
    }
    return pa.table(basic | columns)


def test_only_short_columns_of_few_values_are_read_as_dictionaries(tmp_path: Path) -> None:
    pq.write_table(log(), tmp_path / "log.parquet")

    (batch,) = open_logs([tmp_path / "log.parquet"], now=NOW)
    encoded = {field.name for field in batch.schema if pa.types.is_dictionary(field.type)}
    assert encoded == {"account", "model", "ip"}
    found, _ = read(tmp_path / "log.parquet")
    assert found.select(["account", "model", "ip", "prompt"]).equals(log().select(["account", "model", "ip", "prompt"]))


def test_a_file_reads_the_same_without_dictionaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = log(account=pa.array(["", *(f"account {i % 7}" for i in range(1, ROWS))]))
    pq.write_table(table, tmp_path / "log.parquet", row_group_size=250)
    found, stream = read(tmp_path / "log.parquet")
    monkeypatch.setattr(columnar, "_SHORT", 0)
    plain, other = read(tmp_path / "log.parquet")
    assert found.equals(plain)
    assert stream.rejected == other.rejected == {"missing field": 1}


def test_bytes_in_a_dictionary_that_are_no_text_are_set_aside(tmp_path: Path) -> None:
    values = [b"m", b"bad \xff"]
    broken = pa.array([values[i % 50 == 3] for i in range(ROWS)], pa.binary()).view(pa.string())
    pq.write_table(log(model=broken), tmp_path / "log.parquet", row_group_size=300)
    found, stream = read(tmp_path / "log.parquet", rejects=tmp_path / "rejected.jsonl")
    assert stream.rejected == {"unreadable encoding": ROWS // 50}
    assert found.num_rows == ROWS - ROWS // 50
    assert {line["row"] for line in rejected(tmp_path / "rejected.jsonl")} == {
        i + 1 for i in range(ROWS) if i % 50 == 3
    }


def test_a_rejected_row_is_shown_with_the_values_of_its_dictionaries(tmp_path: Path) -> None:
    time = pa.array([0, *(START + i for i in range(1, ROWS))], pa.int64())
    pq.write_table(log(time=time), tmp_path / "log.parquet")
    _, stream = read(tmp_path / "log.parquet", rejects=tmp_path / "rejected.jsonl")
    assert stream.rejected == {"time out of range": 1}
    assert "account 0" in rejected(tmp_path / "rejected.jsonl")[0]["raw"]
