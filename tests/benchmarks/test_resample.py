"""Resampled populations: rows put side by side are what profiling their accounts alone would give."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.calibration import bounds
from bench.resample import profiled, quiet_population, together
from stillwatch.engines.local import COLUMNS, profile_log
from stillwatch.logs import open_logs
from stillwatch.profile.layout import LAYOUT
from stillwatch.signals import build_population


@pytest.fixture(scope="module")
def worlds(quiet, attacked):
    return [profiled(quiet), profiled(attacked)]


def test_rows_of_profiles_are_the_profiles_of_their_accounts(worlds, attacked, tmp_path):
    world = worlds[1]
    rows = np.concatenate([world.kinds["chat"], next(iter(world.campaigns.values()))])
    names = {world.profiles.names[row] for row in rows.tolist()}
    log = pq.read_table(attacked / "exchanges.parquet")
    kept = log.filter(pc.is_in(log["account"], pa.array(sorted(names))))
    pq.write_table(kept, tmp_path / "part.parquet")
    alone = profile_log(open_logs([tmp_path / "part.parquet"], columns=COLUMNS))
    drawn, accounts = together([(world, rows)])
    for each in (alone, drawn):
        each.sort()
    assert drawn.names == alone.names
    assert drawn.organizations == alone.organizations
    for name in LAYOUT:
        assert (drawn[name] == alone[name]).all(), name
    assert len(build_population(drawn, accounts)) == len(names)


def test_a_quiet_population_has_every_kind_once_and_nobody_guilty(worlds):
    random = np.random.default_rng(1)
    seen = set()
    for _ in range(10):
        parts = quiet_population(worlds, random)
        profiles, _ = together(parts)
        assert len(set(profiles.names)) == len(profiles)
        assert len(parts) == len({kind for world in worlds for kind in world.kinds})
        guilty = {
            world.profiles.names[row] for world in worlds for rows in world.campaigns.values() for row in rows.tolist()
        }
        assert not guilty & set(profiles.names)
        seen.add(tuple(sorted(profiles.names)))
    assert len(seen) == 10


@given(st.integers(0, 200))
def test_bounds_hold_the_share_and_are_exact_at_the_ends(found):
    low, high = bounds(found, 200)
    assert low <= found / 200 <= high
    if found == 0:
        assert (low, high) == (0, pytest.approx(1 - 0.025 ** (1 / 200)))
