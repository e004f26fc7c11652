"""One parse by Arrow reads what DuckDB reads line by line, or says that it can't."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.exchange import TIME
from stillwatch.logs import open_logs
from stillwatch.logs.typed import typed_columns

WANTED = {"prompt": pa.string(), "turns": pa.int32(), "time": TIME, "temperature": pa.float32(), "logprobs": pa.bool_()}


def read(*lines: str) -> dict[str, list[Any]] | None:
    table = typed_columns(pa.array([line + "\n" for line in lines]), WANTED)
    return None if table is None else table.to_pydict()


def test_reads_each_field_by_the_type_of_its_first_row() -> None:
    found = read(
        '{"time": 1700000000, "prompt": "a\\nb", "turns": "3", "extra": {"deep": [1]}, "logprobs": true}',
        '{"time": 1700000001, "prompt": null, "turns": "x", "temperature": 0.5}',
    )
    assert found == {
        "prompt": ["a\nb", None],
        "turns": ["3", "x"],
        "time": [1700000000, 1700000001],
        "temperature": [None, 0.5],
        "logprobs": [True, None],
    }


@pytest.mark.parametrize(
    "lines",
    [
        ['{"prompt": "a"}', '{"prompt": 1}'],
        ['{"prompt": "a"}', '{"prompt": {"text": "b"}}'],
        ['{"prompt": "a"}', '{"prompt": "b", "prompt": "c"}'],
        ['{"prompt": "a"}', '{"prompt": "b"'],
        ['{"prompt": "a"}', "[1, 2]"],
        ['{"prompt": "a"}', "   "],
        ['{"prompt": "a"}{"prompt": "b"}', "   "],
        ['{"prompt": "a"}{"prompt": "b"}', '{"prompt": "c"}'],
        ['{"prompt":', '{"text": "b"}}{"prompt": "c"}'],
        ['{"prompt": "a}', '{", "turns": 2}{"prompt": "b"}'],
        ['{"prompt": 1.5}', '{"prompt": "a"}'],
        ['{"turns": 1}', '{"turns": 99999999999999999999}'],
        ["[]"],
    ],
)
def test_says_so_where_lines_have_to_be_read_one_by_one(lines: list[str]) -> None:
    assert read(*lines) is None


def test_ends_of_lines_may_be_those_of_windows() -> None:
    lines = pa.array(['{"prompt": "a"}\r\n', '{"prompt": "b"}'])
    table = typed_columns(lines, {"prompt": pa.string()})
    assert table is not None and table.column("prompt").to_pylist() == ["a", "b"]


def test_a_part_of_longer_text_is_read_alone() -> None:
    lines = pa.array([f'{{"prompt": "{word}"}}\n' for word in "abcd"])[1:3]
    table = typed_columns(lines, {"prompt": pa.string()})
    assert table is not None and table.column("prompt").to_pylist() == ["b", "c"]


_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 70), 1 << 70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["2026-03-01T10:00:00Z", "1700000000", "12", "1e3", "yes", "", '{"a": 1}']),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)
_usual = {
    "time": st.sampled_from(["2026-03-01T10:00:00Z", "2026-03-01 10:00:00.5+00", 1772000000]),
    "account": st.sampled_from(["a", "b", 7]),
    "prompt": st.text(max_size=20),
    "temperature": st.sampled_from([0, 0.5, 1.0, None]),
    "turns": st.sampled_from([1, 2, "3", 4.0, None]),
    "logprobs": st.sampled_from([True, False, 1, "yes", None]),
    "status": st.sampled_from(["ok", "error", "", None]),
}
_rows = st.fixed_dictionaries({name: st.one_of(values, values, values, _scalars) for name, values in _usual.items()})
_same = st.fixed_dictionaries(_usual)


@settings(max_examples=60, deadline=None)
@given(rows=st.one_of(st.lists(_same, min_size=1, max_size=6), st.lists(_rows, min_size=1, max_size=6)))
def test_both_ways_to_read_a_log_agree(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    log = tmp_path_factory.mktemp("log") / "log.jsonl"
    head = {"time": "2026-03-01T10:00:00Z", "account": "a", "prompt": "x"}
    log.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in [head, *rows]), encoding="utf-8")
    quick = exchanges(log)
    with patch("stillwatch.logs.project.typed_columns", return_value=None):
        assert quick == exchanges(log)


def exchanges(log: Path) -> tuple[list[dict[str, Any]], dict[str, int]]:
    stream = open_logs([log])
    rows = [row for batch in stream for row in batch.to_pylist()]
    return rows, stream.rejected
