"""What a workspace's file holds is not bounded by the memory that DuckDB may take for it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from stillwatch.profile import Profiles
from stillwatch.workspace import store
from stillwatch.workspace.store import Checkpoint, Store


def test_a_checkpoint_may_hold_more_ids_than_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_MEMORY", "64MB")
    monkeypatch.setattr(store, "_PIECE_BYTES", 8 << 20)
    ids = [np.random.default_rng(seed).integers(0, 2**64, 1 << 18, np.uint64) for seed in range(60)]  # 2 MiB each
    ids.insert(1, np.zeros(0, np.uint64))
    with Store(tmp_path / "w.duckdb") as kept:
        kept.write(Checkpoint(True, {"rows": 60 << 18}, [], Profiles(), np.zeros(0, np.bool_), ids, []))
    with Store(tmp_path / "w.duckdb", read_only=True) as kept:
        assert kept.facts()["ids"] == 60 << 18
        assert np.array_equal(np.sort(np.concatenate(list(kept.ids()))), np.sort(np.concatenate(ids)))


def test_ids_of_a_checkpoint_that_never_came_to_be_are_thrown_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def checkpoint(*ids: int) -> Checkpoint:
        return Checkpoint(False, {}, [], Profiles(), np.zeros(0, np.bool_), [np.array(ids, np.uint64)], ["a line"])

    def held() -> list[int]:
        return sorted(int(each) for ids in kept.ids() for each in ids)

    def fails(_state: object) -> str:
        raise duckdb.IOException("no space left")

    with Store(tmp_path / "w.duckdb") as kept:
        kept.write(checkpoint(1, 2))
        with monkeypatch.context() as broken:
            broken.setattr(store.json, "dumps", fails)
            with pytest.raises(store.StillwatchError, match="no space left"):
                kept.write(checkpoint(3, 4))
        assert held() == [1, 2]
    with Store(tmp_path / "w.duckdb") as kept:
        assert held() == [1, 2]
        kept.write(checkpoint(5))
        assert held() == [1, 2, 5]
        kept.rewind()
        assert held() == []
        assert kept.facts()["ids"] == 0
