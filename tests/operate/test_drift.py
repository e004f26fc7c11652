"""Drift: no warning where nothing changed, one where the customers did, and never over a trifle."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy.stats import binom, ks_2samp

from stillwatch.operate.drift import RATE, TOLERANCE, _Sides, measure_drift
from stillwatch.operate.measures import measures
from stillwatch.operate.wording import drift_lines
from stillwatch.signals import registry

from .. import small_logs


def population(seed: int, count: int = 400, **changes):
    """People, some of them changed: `changes` are fields that four in ten of them have in every exchange."""
    rows = small_logs.people(random.Random(seed), count)
    for row in rows:
        if int(row["account"][1:]) % 10 < 4:
            row.update(changes)
    return small_logs.population(rows)


@pytest.fixture(scope="module")
def usual():
    return population(1)


@pytest.fixture(scope="module")
def halves(usual):
    """Sixty ways to cut one world in two."""
    found = []
    for seed in range(60):
        first = np.random.default_rng(seed).random(len(usual)) < 0.5
        found.append(measure_drift(usual, usual, np.flatnonzero(~first), np.flatnonzero(first)))
    return found


def test_halves_of_one_world_warn_no_more_often_than_the_rate(halves):
    # What a test that warns at its rate would exceed once in a million times.
    assert sum(drift.warning for drift in halves) <= binom.isf(1e-6, len(halves), RATE)


def test_p_values_of_halves_are_valid_before_the_tolerance_and_not_all_one(halves):
    least = [min(s.p_value for s in drift.signals) for drift in halves]
    for level in (RATE, 0.1, 0.25, 0.5):
        assert sum(p <= level for p in least) <= binom.isf(1e-6, len(halves), level)
    assert sum(p <= 0.5 for p in least) >= binom.ppf(1e-6, len(halves), 0.5)


@pytest.mark.parametrize(
    ("changes", "signal", "direction"),
    [
        ({"turns": 9}, "follow_ups", "higher"),
        ({"output_tokens": 4000}, "tokens_made", "higher"),
        ({"input_tokens": 1}, "tokens_read", "lower"),
        ({"prompt": "hello"}, "prompt_words", "lower"),
    ],
)
def test_a_changed_mix_is_seen_and_named(usual, changes, signal, direction):
    today = population(2, **changes)
    drift = measure_drift(usual, today, np.arange(len(today)))
    assert drift.warning
    moved = {s.signal: s for s in drift.signals if s.moved}
    assert moved[signal].direction == direction
    assert moved[signal].distance > TOLERANCE
    facts = drift.facts()
    assert facts["warning"] and facts["advice"]
    assert [s["signal"] for s in facts["signals"] if s["moved"]] == list(moved)


def test_other_people_of_the_same_kind_do_not_warn(usual):
    today = population(3)
    assert not measure_drift(usual, today, np.arange(len(today))).warning


def test_only_the_rows_given_count(usual):
    today = population(4, turns=9, output_tokens=4000)
    ordinary = np.array([row for row, name in enumerate(today.profiles.names) if int(name[1:]) % 10 >= 4])
    assert not measure_drift(usual, today, ordinary).warning


def test_a_certain_trifle_is_no_warning():
    rng = np.random.default_rng(5)
    size = 20_000
    today = np.arange(2 * size) >= size
    values = rng.random(2 * size) + 0.03 * today
    sides = _Sides(np.arange(2 * size), today, np.ones(2 * size, np.int64), rng)
    distances = sides.distances(values, by_volume=True)
    assert distances[1:].max() < distances[0] < TOLERANCE


def test_the_distance_is_that_of_kolmogorov_and_smirnov():
    rng = np.random.default_rng(6)
    values = np.round(rng.normal(size=500), 1)
    today = rng.random(500) < 0.4
    sides = _Sides(np.arange(500), today, np.ones(500, np.int64), rng)
    expected = ks_2samp(values[today], values[~today])
    assert sides.distances(values, by_volume=False)[0] == pytest.approx(expected.statistic)
    before, now, at, below_before, below_now = sides.figures(values, by_volume=False)
    assert below_before == pytest.approx((values[~today] <= at).mean())
    assert below_now == pytest.approx((values[today] <= at).mean())
    assert abs(below_now - below_before) == pytest.approx(expected.statistic)
    for median, side in ((before, values[~today]), (now, values[today])):
        assert (side <= median).mean() >= 0.5 > (side < median).mean()


def test_volume_alone_moves_nothing_else():
    """A value that depends on volume, on two sides that differ in volume: compared at like volume it is the same."""
    rng = np.random.default_rng(7)
    volume = np.concatenate([rng.geometric(0.05, 1500), rng.geometric(0.02, 1500)])
    today = np.arange(3000) >= 1500
    values = np.log(volume) + 0.5 * rng.normal(size=3000)
    sides = _Sides(np.arange(3000), today, volume, rng)
    assert sides.distances(values, by_volume=False)[0] > 0.3
    assert sides.distances(values, by_volume=True)[0] < TOLERANCE


def test_accounts_of_one_customer_move_together():
    """Forty customers with fifty like accounts each are forty observations: two thousand would make this certain."""
    rng = np.random.default_rng(8)
    customer = np.repeat(np.arange(40), 50)
    today = customer >= 20
    values = rng.normal(size=40)[customer] + 0.01 * rng.normal(size=2000)
    sides = _Sides(customer, today, np.full(2000, 10), rng)
    distances = sides.distances(values, by_volume=True)
    assert ks_2samp(values[today], values[~today]).pvalue < 1e-6
    assert (distances[1:] >= distances[0]).mean() > 0.02


def test_every_signal_of_accounts_is_watched_or_says_why_not(usual):
    drift = measure_drift(usual, usual, np.arange(len(usual)))
    told = {s.signal for s in drift.signals} | drift.left_out.keys()
    assert {signal.name for signal in registry() if signal.account is not None} <= told
    assert told == {measure.name for measure in measures()}
    assert "account.signup_time" in drift.left_out["age_at_first_use"]


def test_periods_of_other_lengths_are_not_compared_by_what_depends_on_them(usual):
    short = small_logs.population(
        [row for row in small_logs.people(random.Random(9), 400) if row["time"].day in (5, 6, 7)]
    )
    drift = measure_drift(usual, short, np.arange(len(short)))
    assert {"life_span", "requests", "round_the_clock"} <= drift.left_out.keys()
    assert not drift.warning


def test_another_subject_is_seen_without_an_order_and_without_a_word():
    """The same people, four in ten of whom now ask about one thing in its own words."""
    usual, rows = small_logs.people(random.Random(1), 400), small_logs.people(random.Random(2), 400)
    rng = random.Random(3)
    for row in rows:
        if int(row["account"][1:]) % 10 < 4:
            words = rng.sample(["mortgage", "rate", "lender", "escrow", "deed", "broker", "tenant", "lease"], 5)
            row["prompt"] = " ".join(words)
    today = small_logs.population(rows)
    drift = measure_drift(small_logs.population(usual), today, np.arange(len(today)))
    moved = {s.signal: s.direction for s in drift.signals if s.moved}
    assert "elsewhere" in moved.values()
    told = "\n".join(drift_lines(drift.facts()))
    assert "ask about other things" in told and "mortgage" not in told


def test_too_few_to_say_is_said(usual):
    drift = measure_drift(usual, usual, np.arange(20))
    assert not drift.warning and drift.signals == () and "fewer than" in drift.note
