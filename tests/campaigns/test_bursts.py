"""Accounts that come together and are gone: proposed, and believed only for what they ask."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest

from stillwatch.campaigns import find
from stillwatch.campaigns.candidates.bursts import LIGHT, STEPS, bursts, held
from stillwatch.campaigns.corroboration import FIRM, corroboration
from stillwatch.campaigns.verdict import judge
from stillwatch.range import frames
from stillwatch.signals import registry

from .. import small_logs
from .conftest import account_table


def brief(rng: random.Random, prompts: list[list[str]], prefix: str, day: int) -> list[small_logs.Row]:
    """Accounts that ask in the two days from that day on, each from an address of its own."""
    rows = []
    for number, each in enumerate(prompts):
        ip = f"{rng.randint(11, 99)}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
        rows += small_logs.exchanges(f"{prefix}{number:04d}", each, rng, days=2, ip=ip, model="large", turns=1)
    return [row | {"time": row["time"] + timedelta(days=day)} for row in rows]


def spike(rng: random.Random, accounts: int = 150, wordings: int = 30) -> list[list[str]]:
    """Four prompts each, in three of many wordings that ask for the reasoning."""
    drawn = [frames.draw(rng, "reasoning", languages=(), always_new=True) for _ in range(wordings)]
    given = [rng.sample(drawn, 3) for _ in range(accounts)]
    return [[rng.choice(own).dress(rng, small_logs.item(rng), 1.0)[0] for _ in range(4)] for own in given]


def launch(rng: random.Random, accounts: int = 150) -> list[list[str]]:
    """As many people who ask four things of their own."""
    voices = [small_logs.person(rng) for _ in range(accounts)]
    return [[next(voice) for _ in range(4)] for voice in voices]


@pytest.fixture(scope="module")
def crowd():
    return small_logs.people(random.Random(11), 300, least=8)


def test_a_burst_is_proposed_and_nothing_else(crowd):
    population = small_logs.population(crowd + brief(random.Random(1), launch(random.Random(1)), "b", 6))
    streams = bursts(population, 8)
    assert streams
    members = {population.profiles.names[row] for row in streams[0].rows}
    assert sum(name.startswith("b") for name in members) >= 100
    assert sum(name.startswith("p") for name in members) <= 15
    for stream in streams:
        assert (np.diff(stream.rows) > 0).all() and stream.mask.any(axis=1).all()


def test_a_burst_of_few_requests_is_proposed_without_those_who_ask_more(crowd):
    rng = random.Random(2)
    busy = [row | {"account": f"q{row['account'][1:]}"} for row in brief(rng, [p * 5 for p in launch(rng)], "b", 6)]
    population = small_logs.population(crowd + busy + brief(rng, launch(rng, 60), "b", 6))
    members = [{population.profiles.names[row] for row in stream.rows} for stream in bursts(population, 8)]
    assert any(sum(name.startswith("q") for name in each) >= 100 for each in members)
    light = next(each for each in members if not any(name.startswith("q") for name in each))
    assert sum(name.startswith("b") for name in light) >= 40
    assert (population.exchanges[small_logs.rows_of(population, "b")] <= LIGHT).all()


def test_a_steady_log_has_none(crowd):
    assert not bursts(small_logs.population(crowd), 8)


def test_nor_has_one_of_two_days():
    assert not bursts(small_logs.population(brief(random.Random(1), launch(random.Random(1)), "b", 0)), 8)


def test_nobody_looks_where_what_is_asked_is_not_known(crowd):
    rows = crowd + brief(random.Random(1), launch(random.Random(1)), "b", 6)
    assert not bursts(small_logs.population([row | {"prompt": None} for row in rows]), 8)


def test_coming_together_is_not_tested_by_when_they_came(crowd):
    stream = bursts(small_logs.population(crowd + brief(random.Random(1), launch(random.Random(1)), "b", 6)), 8)[0]
    tested = {signal.name for signal in registry() if stream.tests(signal)}
    assert {"elicitation", "shared_payment", "shared_address"} <= tested
    assert not tested & {"synchrony", "starts_apart", "ends_apart", "shared_signup", "age_at_first_use"}


def test_a_spike_of_many_wordings_is_found_and_a_launch_is_not(crowd):
    rng = random.Random(3)
    rows = crowd + brief(rng, spike(rng), "s", 4) + brief(rng, launch(rng), "l", 10)
    population = small_logs.population(rows, account_table(rows, rng))
    found = find.find_campaigns(population, 0.01).findings
    named = {population.profiles.names[row] for finding in found for row in finding.rows}
    assert sum(name.startswith("s") for name in named) >= 120
    assert not any(name.startswith("l") for name in named)
    assert "timing" in {finding.verdict.stream.channel for finding in found}
    verdict = next(finding.verdict for finding in found if finding.verdict.stream.channel == "timing")
    assert corroboration(verdict) == "channels"
    assert verdict.explained <= FIRM


def test_a_spike_of_plain_questions_on_one_subject_is_believed(crowd):
    rng = random.Random(4)
    rows = crowd + brief(rng, [[small_logs.item(rng) for _ in range(4)] for _ in range(150)], "s", 4)
    population = small_logs.population(rows, account_table(rows, rng))
    verdict = judge(bursts(population, 8)[0], population)
    assert verdict.stream.rows.tolist() == small_logs.rows_of(population, "s").tolist()
    assert not verdict.purpose and corroboration(verdict) == "channels" and verdict.explained <= FIRM


@pytest.mark.parametrize("seed", range(3))
def test_who_lies_in_a_window_is_what_looking_at_everybody_finds(seed):
    rng = np.random.default_rng(seed)
    first = np.sort(rng.integers(0, 1000, 200))
    last, length = first + rng.integers(0, 60, 200), 60
    places = np.arange(first.min(), last.max() - length + 1, length // STEPS)
    found = held(first, last, places, length)
    assert sum(map(len, found)) > 200
    for at, inside in zip(places, found, strict=True):
        assert inside.tolist() == np.flatnonzero((first >= at) & (last <= at + length)).tolist()
