"""The account table."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import InputError
from stillwatch.exchange import ACCOUNT_SCHEMA
from stillwatch.logs import read_accounts

from .support import write_lines

ROWS = [
    {"account": "a", "organization": "o", "plan": "pro", "signup_time": "2026-01-02T03:04:05Z", "extra": 1},
    {"account": "b", "payment": "tok_1", "signup_time": "2026-01-03T03:04:05Z"},
]


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_every_container_gives_the_same_table(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"accounts.{kind}"
    names = {name: None for row in ROWS for name in row}
    table = pa.Table.from_pylist([dict.fromkeys(names) | row for row in ROWS])
    if kind == "parquet":
        pq.write_table(table, path)
    elif kind == "csv":
        pyarrow.csv.write_csv(table, path)
    else:
        write_lines(path, ROWS)
    found = read_accounts(path)
    assert found.schema == ACCOUNT_SCHEMA
    assert found.column("account").to_pylist() == ["a", "b"]
    assert found.column("payment").to_pylist() == [None, "tok_1"]
    assert found.column("signup_time")[0].as_py().isoformat() == "2026-01-02T03:04:05+00:00"
    assert found.column("country").null_count == 2


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"account": "a", "signup_time": "soon"}], "row 1, field 'signup_time': wrong type: a time was expected"),
        ([{"account": "a"}, {"account": "b"}, {"account": "a"}], "row 3, field 'account': this account came before"),
        ([{"account": "a"}, {"account": None}], "row 2, field 'account': the account is missing"),
        ([{"id": "a"}], r"field 'account': the column is missing \(columns: id\)"),
        ([{"account": "a"}, "{"], "row 2, field 'account': not a JSON object"),
    ],
)
def test_the_first_fault_is_an_error(tmp_path: Path, rows: list[object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_accounts(write_lines(tmp_path / "accounts.jsonl", rows))
