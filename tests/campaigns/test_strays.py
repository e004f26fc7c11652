"""Accounts that came with a burst are the burst's, though another campaign's wording drew them in."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from stillwatch.campaigns.findings import Finding
from stillwatch.campaigns.strays import to_their_bursts
from stillwatch.campaigns.streams import whole
from stillwatch.campaigns.verdict import judge
from stillwatch.signals import Population

from .. import small_logs

LINKED, STRAYS = 30, 12
BURST = range(7, 17)  #: hours of the first day


@pytest.fixture(scope="module")
def population() -> Population:
    """A queue over a fortnight (a), one of a day (b), and single requests: within that day (s), at any time (t).

    Of both there are more in the fortnight after that day: a queue (l) and single requests (u).
    """
    rng = random.Random(5)

    def sent(name: str, count: int, *, burst: bool) -> list[small_logs.Row]:
        prompts = (f"Think it over in steps, then answer: {small_logs.item(rng)}" for _ in range(count))
        return small_logs.exchanges(name, prompts, rng, hours=BURST if burst else range(24), days=1 if burst else 14)

    rows = small_logs.people(random.Random(11), 100)
    for kind, accounts, each, burst in (
        ("a", LINKED, 12, False), ("b", LINKED, 12, True), ("s", STRAYS, 1, True), ("t", STRAYS, 1, False)
    ):  # fmt: skip
        for number in range(accounts):
            rows += sent(f"{kind}{number:02d}", each, burst=burst)
    for kind, accounts, each in (("l", LINKED, 12), ("u", STRAYS, 1)):
        for number in range(accounts):
            later = sent(f"{kind}{number:02d}", each, burst=False)
            rows += [row | {"time": row["time"] + timedelta(days=2)} for row in later]
    return small_logs.population(rows)


def settled(population: Population, linked: str, added: str) -> list[dict[str, int]]:
    """How many of each kind the slow campaign and the burst have, where one linked and added those of these kinds."""
    core = small_logs.rows_of(population, *linked)
    rows = small_logs.rows_of(population, *linked, *added)
    burst = small_logs.rows_of(population, "b")
    verdict = judge(whole(population, core, "content", "", np.zeros(0, np.uint32)), population)
    findings = [Finding(verdict, rows, np.linspace(0.8, 0.99, len(rows)), core)]
    findings += [Finding(verdict, burst, np.full(len(burst), 0.95), burst)]
    after = to_their_bursts(population, findings)
    chance = {int(row): p for finding in findings for row, p in zip(finding.rows, finding.probability, strict=True)}
    for finding in after:
        assert [chance[int(row)] for row in finding.rows] == finding.probability.tolist()
        assert np.isin(finding.core, finding.rows).all()
    names = np.array(population.profiles.names)
    return [dict(Counter(name[0] for name in names[finding.rows])) for finding in after]


def test_strays_go_to_the_burst_that_they_came_with(population):
    assert settled(population, "a", "s") == [{"a": LINKED}, {"b": LINKED, "s": STRAYS}]


def test_those_who_came_at_any_time_stay(population):
    assert settled(population, "a", "t") == [{"a": LINKED, "t": STRAYS}, {"b": LINKED}]


def test_linked_accounts_stay_whenever_they_came(population):
    assert settled(population, "as", "") == [{"a": LINKED, "s": STRAYS}, {"b": LINKED}]


def test_a_campaign_of_the_same_days_keeps_its_own(population):
    assert settled(population, "s", "t")[0] == {"s": STRAYS, "t": STRAYS}


def test_nobody_is_moved_from_a_burst_to_a_longer_campaign(population):
    """Some of a burst's accounts send late what it handed out: that a campaign was on then says nothing."""
    core, late, slow = (small_logs.rows_of(population, kind) for kind in ("b", "u", "l"))
    verdict = judge(whole(population, core, "content", "", np.zeros(0, np.uint32)), population)
    rows = np.union1d(core, late)
    findings = [Finding(verdict, rows, np.full(len(rows), 0.95), core)]
    findings += [Finding(verdict, slow, np.full(len(slow), 0.95), slow)]
    after = to_their_bursts(population, findings)
    assert [finding.rows.tolist() for finding in after] == [rows.tolist(), slow.tolist()]


def test_without_times_nobody_moves(population):
    blind = replace(population, channels=frozenset({"content"}))
    assert settled(blind, "a", "s") == [{"a": LINKED, "s": STRAYS}, {"b": LINKED}]
