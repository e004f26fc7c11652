"""Attackers imitate customers: what a drawn habit keeps, and that metadata does not win."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.range import WorldSpec, build_world, cheap_win_check
from stillwatch.range.habits import Habits
from stillwatch.range.pool import load_pool
from stillwatch.range.registry import BENIGN, load_kinds
from stillwatch.range.schedule import DAY
from stillwatch.range.town import Town


@pytest.fixture(scope="module")
def town() -> Town:
    load_kinds()
    spec = WorldSpec.of("quiet", accounts=400, exchanges=12_000)
    town = Town(spec, load_pool(None, (), spec.seed), None)
    BENIGN["chat"].build(town, 300, 9000)
    BENIGN["batch"].build(town, 40, 3000)
    return town


@settings(deadline=None, max_examples=20)
@given(begin=st.integers(0, 12), length=st.floats(0.5, 12), mean=st.floats(3, 120), seed=st.integers(0, 99))
def test_habits_lie_within_window_and_life_and_come_to_the_mean(
    town: Town, begin: int, length: float, mean: float, seed: int
) -> None:
    first = town.first + begin * DAY
    last = min(town.last, first + int(length * DAY))
    drawn = town.habits().draw(np.random.default_rng(seed), 80, mean, first, last)
    for habit in drawn:
        assert len(habit.times) == len(habit.chain) == len(habit.models) > 0
        assert (np.diff(habit.times) >= 0).all()
        assert habit.times[-1] < last
        assert habit.times[0] >= min(max(first, habit.customer.signup), last - 1)
    assert np.mean([len(habit.times) for habit in drawn]) == pytest.approx(mean, rel=0.6)


def test_no_account_repeats_the_customer_it_imitates_to_the_second(town: Town) -> None:
    drawn = town.habits().draw(np.random.default_rng(1), 50, 40, town.first, town.last)
    sent = {one.customer.number: set((one.times // 1_000_000).tolist()) for one in town.sent}
    repeated = [len(sent[habit.customer.number] & set((habit.times // 1_000_000).tolist())) for habit in drawn]
    assert sum(repeated) < 0.02 * sum(len(habit.times) for habit in drawn)


def test_accounts_bought_early_imitate_customers_of_that_time(town: Town) -> None:
    before = town.first
    drawn = town.habits().draw(np.random.default_rng(2), 200, 30, town.first, town.last, before=before, most=60)
    assert all(habit.customer.signup < before for habit in drawn)
    assert max(len(habit.times) for habit in drawn) <= 60


def test_the_innocent_alone_are_imitated(town: Town) -> None:
    customer = town.open("spike", "person", campaign="spike-1", malicious=True)
    town.send(customer, town.when(customer, 5), ["a"] * 5, mission=True)
    drawn = Habits(town.sent).draw(np.random.default_rng(3), 300, 5, town.first, town.last)
    assert all(not habit.customer.malicious for habit in drawn)


def test_metadata_does_not_win(tmp_path: Path) -> None:
    kinds = ("multilingual", "cot_bulk", "ban_and_replace")
    spec = WorldSpec.of("standard", accounts=1500, exchanges=20_000, campaign_kinds=kinds)
    build_world(spec, tmp_path)
    wins = cheap_win_check(tmp_path)
    assert set(wins.auc) == set(kinds)
    assert wins.worst_auc < 0.75
    assert wins.hard
