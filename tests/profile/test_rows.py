"""Profiles come back from their rows as they were, through Parquet and DuckDB, in pieces and in any order."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import InputError
from stillwatch.profile import Profiles
from stillwatch.profile.layout import LABELLED
from stillwatch.profile.rows import ROWS_SCHEMA, from_rows, merge_rows, to_rows

from . import logs, twin
from .test_profiles import Log, busy, cut, profiles_of

few = settings(deadline=None, max_examples=40)


def rows_of(profiles: Profiles) -> pa.Table:
    return pa.Table.from_batches(list(to_rows(profiles)), ROWS_SCHEMA)


def held(profiles: Profiles) -> dict[int, str]:
    """The labels that a profile's lists still hold; others are dropped without loss."""
    hashes = np.unique(np.concatenate([profiles[name].ravel() for name in LABELLED]))
    return {key: name for key, name in profiles.labels.items() if np.uint64(key) in hashes}


def alike(one: Profiles, other: Profiles) -> None:
    assert twin.read(one) == twin.read(other)
    assert one.present == other.present
    assert held(one) == held(other)


@few
@given(logs.log)
def test_rows_hold_all_that_is_known(log: Log) -> None:
    profiles = profiles_of(log)
    alike(from_rows(rows_of(profiles)), profiles)


@few
@given(logs.log, st.randoms(use_true_random=False), st.lists(st.integers(0, 40), max_size=4))
def test_rows_of_pieces_are_the_whole_in_any_order(log: Log, rng: random.Random, places: list[int]) -> None:
    pieces = [rows_of(profiles_of(piece)) for piece in cut(log, places)]
    rng.shuffle(pieces)
    table = pa.concat_tables([ROWS_SCHEMA.empty_table(), *pieces])
    alike(from_rows(table), profiles_of(log))
    alike(merge_rows(pieces), profiles_of(log))


def test_rows_survive_parquet_duckdb_and_slicing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillwatch.profile.rows.CHUNK", 4)
    profiles = profiles_of(busy(2), busy(3))
    rows = rows_of(profiles)
    assert rows.num_rows == len(profiles) == 6
    pq.write_table(rows, tmp_path / "rows.parquet")
    alike(from_rows(pq.read_table(tmp_path / "rows.parquet")), profiles)
    found = duckdb.sql(f"select * from '{tmp_path}/rows.parquet' order by account desc").to_arrow_table()
    alike(from_rows(found), profiles)
    alike(merge_rows([rows.slice(3), rows.slice(0, 3)]), profiles)


def test_labels_are_only_those_that_a_profile_holds() -> None:
    profiles = profiles_of(busy(1))
    profiles.labels[12345] = "of nobody"
    assert 12345 not in from_rows(rows_of(profiles)).labels


def test_a_profile_of_another_version_is_named() -> None:
    rows = rows_of(profiles_of(busy(1)))
    short = rows.set_column(3, "profile", pa.array([b"x" * 100] * rows.num_rows, pa.binary()))
    with pytest.raises(InputError, match="another version"):
        from_rows(short)
    with pytest.raises(InputError, match="another version"):
        from_rows(rows.replace_schema_metadata({"stillwatch.layout": "an earlier one"}))


def test_no_rows_are_empty_profiles() -> None:
    assert len(from_rows(ROWS_SCHEMA.empty_table())) == 0
    assert not np.any(from_rows(ROWS_SCHEMA.empty_table())["prompts"])
