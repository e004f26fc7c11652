"""Fields of JSON lines read as a struct are what a list of paths gives, whatever a line holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.logs import open_logs

GOOD = '{"time": "2026-03-01T10:00:00Z", "account": "a", "prompt": "x"}'

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


def exchanges(log: Path) -> tuple[list[dict[str, Any]], dict[str, int]]:
    stream = open_logs([log])
    rows = [row for batch in stream for row in batch.to_pylist()]
    return rows, stream.rejected


def both_ways(folder: Path, *lines: str) -> tuple[list[dict[str, Any]], dict[str, int]]:
    log = folder / "log.jsonl"
    log.write_text("".join(f"{line}\n" for line in (GOOD, *lines)), encoding="utf-8")
    found = exchanges(log)
    with patch("stillwatch.logs.project._flat", return_value=False):
        assert found == exchanges(log)
    return found


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(_rows, min_size=1, max_size=6))
def test_any_values(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    assert both_ways(tmp_path_factory.mktemp("log"), *lines)[0]


@pytest.mark.parametrize(
    "line",
    [
        GOOD.replace('"x"', '"x", "prompt": "y"'),
        GOOD.replace('"x"', '"x", "Prompt": "y"'),
        GOOD.replace("prompt", "Prompt"),
        GOOD.replace('"x"', '"\\ud800"'),
        GOOD.replace('"x"', '"a\\u0000b"'),
        GOOD.replace('"x"', '"\\ud83d\\ude00"'),
        GOOD.replace('"x"', "1E5"),
        GOOD.replace('"x"', "-0"),
        GOOD.replace('"x"', "01"),
        GOOD.replace('"x"', "123456789012345678901234567890"),
        GOOD.replace('"x"', "tru"),
        GOOD.replace('"x"', '"' + "[" * 50 + '"'),
        GOOD.replace('"x"', '{"a": [1, {"b": null}]}'),
        GOOD + GOOD,
        GOOD[:-1] + ",}",
        GOOD[:30],
        "[1, 2]",
        "null",
        "   ",
        "{}",
    ],
)
def test_odd_lines(tmp_path: Path, line: str) -> None:
    both_ways(tmp_path, line, GOOD)


def test_a_text_that_is_an_object_is_a_wrong_type(tmp_path: Path) -> None:
    rows, rejected = both_ways(tmp_path, GOOD.replace('"x"', '{"a": 1}'), GOOD.replace('"x"', json.dumps('{"a": 1}')))
    assert [row["prompt"] for row in rows] == ["x", '{"a": 1}'] and rejected == {"wrong type": 1}
