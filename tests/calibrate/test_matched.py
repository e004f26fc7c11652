"""Random groups of innocent accounts look unremarkable by every signal, and the check can tell when they would not."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from stillwatch.calibrate import Matched, matched
from stillwatch.signals import registry

from .. import small_logs
from .conftest import excess, p_values


def test_random_groups_are_unremarkable_by_every_signal(town_p_values):
    assert excess(town_p_values) == {}


def test_every_signal_of_a_full_log_is_compared(town_p_values):
    rare = {"shared_fingerprint"}  # the town has four clients, each too common to link on
    assert set(town_p_values) == {signal.name for signal in registry()} - rare


def test_a_spread_three_times_too_small_would_be_seen(town, monkeypatch):
    honest = matched._tail

    def narrow(value, reference, *rest):
        return honest(value, reference.mean() + (reference - reference.mean()) / 3, *rest)

    monkeypatch.setattr(matched, "_tail", narrow)
    assert excess(p_values(town))


def test_calibrating_on_exchanges_would_be_seen(town):
    """Accounts made of anybody's exchanges are what resampling exchanges compares with."""
    rng = random.Random(1)
    rows = small_logs.people(rng, 400)
    prompts = [row["prompt"] for row in rows]
    rng.shuffle(prompts)
    shuffled = small_logs.population([row | {"prompt": prompt} for row, prompt in zip(rows, prompts, strict=True)])
    assert "self_similarity" in excess(p_values(town, shuffled))


def test_counting_households_as_certain_would_be_seen(town, monkeypatch):
    monkeypatch.setattr(
        matched, "_pairs_tail", lambda value, reference, size: matched._tail(value, reference, "high", size)
    )
    assert {"shared_payment", "shared_signup"} & set(excess(p_values(town)))


@pytest.fixture(scope="module")
def planted():
    rng = random.Random(2)
    rows = small_logs.people(rng, 300) + small_logs.campaign(rng, small_logs.queue(rng, 30, 14))
    return small_logs.population(rows)


def _members(population):
    return np.array([row for name, row in population.profiles.index.items() if name.startswith("c")])


def test_a_planted_group_is_remarkable(planted):
    comparisons = {
        signal.name: Matched(planted, _members(planted), planted, 1).compare(signal) for signal in registry()
    }
    for name in ("technique_cues", "tightness", "shared_network", "life_span", "same_settings"):
        assert comparisons[name].p_value < 1e-3, name
    assert comparisons["technique_cues"].value > comparisons["technique_cues"].expected
    assert comparisons["life_span"].value < comparisons["life_span"].expected


def test_groups_are_drawn_from_others_of_the_same_size(planted):
    rows = _members(planted)
    compared = Matched(planted, rows, planted, 1)
    for draw in compared.draws:
        assert len(draw) == len(np.unique(draw)) == len(rows)
        assert not np.isin(draw, rows).any()
    assert not np.isin(compared.stand_ins, rows).any()


def test_the_same_seed_draws_the_same_groups(planted):
    one, other, different = (Matched(planted, _members(planted), planted, seed).draws for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(one, other, strict=True))
    assert any((a != b).any() for a, b in zip(one, different, strict=True))


def test_earlier_traffic_can_be_the_reference(planted):
    earlier = small_logs.population(small_logs.people(random.Random(9), 300))
    comparison = Matched(planted, _members(planted), earlier, 1).compare(
        next(signal for signal in registry() if signal.name == "tightness")
    )
    assert comparison.p_value < 1e-4


def test_too_few_others_is_no_comparison(planted):
    rows = np.arange(len(planted) - 10)
    compared = Matched(planted, rows, planted, 1)
    assert all(compared.compare(signal) is None for signal in registry())


def test_missing_columns_are_no_comparison(planted):
    rng = random.Random(2)
    bare = [{name: row[name] for name in ("time", "account", "model")} for row in small_logs.people(rng, 60, most=12)]
    population = small_logs.population(bare)
    compared = Matched(population, np.arange(20), population, 1)
    for signal in registry():
        assert (compared.compare(signal) is not None) <= (signal.columns <= {"time", "account", "model"})


def test_a_large_group_in_a_large_log_is_compared_by_some_of_both(planted, monkeypatch):
    monkeypatch.setattr(matched, "MEMBERS", 12)
    monkeypatch.setattr(matched, "POOL", 100)
    population = replace(planted)
    members = _members(population)
    compared = Matched(population, members, population, 1)
    assert len(compared.rows) == 12 and (members[compared.chosen] == compared.rows).all()
    assert all(len(draw) == len(np.unique(draw)) == 12 for draw in compared.draws)
    others = np.unique(np.append(compared.stand_ins.ravel(), compared.draws.ravel()))
    assert len(others) <= 100 and not np.isin(others, members).any()
    tightness = compared.compare(next(signal for signal in registry() if signal.name == "tightness"))
    assert tightness.p_value < 1e-3
