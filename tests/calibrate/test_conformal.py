"""P-values of single accounts: valid among exchangeable accounts, blind to units, silent where nothing is known."""

from __future__ import annotations

import random

import numpy as np
import pytest

from stillwatch.calibrate import conformal
from stillwatch.calibrate.conformal import account_p_values
from stillwatch.signals import Signal

from .. import small_logs


@pytest.fixture(scope="module")
def town():
    return small_logs.population(small_logs.people(random.Random(3), 300))


def _only(monkeypatch, population, *measures, direction="high", channel="usage"):
    """The registry with these measures alone."""
    signals = tuple(
        Signal(f"made up {number}", channel, direction, frozenset(), "", "", "", account=lambda _, v=values: v)
        for number, values in enumerate(measures)
    )
    monkeypatch.setattr(conformal, "registry", lambda: signals)
    population.__dict__.pop("_memo", None)


def test_they_are_super_uniform_on_accounts_that_did_not_calibrate(town):
    rng = np.random.default_rng(1)
    p = []
    for _ in range(30):
        order = rng.permutation(len(town))
        pool, rest = np.sort(order[:200]), order[200:]
        p += account_p_values(town, pool)[rest].tolist()
    # Thirty splits of 300 accounts are far fewer than 3,000 independent draws.
    for level in (0.3, 0.1, 0.05):
        assert np.mean(np.array(p) <= level) <= level + 3 * (level * (1 - level) / 300) ** 0.5


def test_a_strange_account_stands_out(town):
    rows = small_logs.people(random.Random(3), 300)
    rng = random.Random(1)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 1, 20), "strange")
    population = small_logs.population(rows)
    strange = population.profiles.index["strange0000"]
    p = account_p_values(population, np.delete(np.arange(len(population)), strange))
    assert p[strange] < 0.05


def test_scales_do_not_matter(town, monkeypatch):
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=len(town)), rng.normal(size=len(town))
    pool = np.arange(len(town))
    _only(monkeypatch, town, first, second, direction="both")
    expected = account_p_values(town, pool)
    _only(monkeypatch, town, np.exp(3 * first), np.arctan(second) - 8, direction="both")
    assert account_p_values(town, pool).tolist() == expected.tolist()


def test_high_and_low_are_mirrored(town, monkeypatch):
    values = np.random.default_rng(2).normal(size=len(town))
    pool = np.arange(len(town))
    _only(monkeypatch, town, values, direction="high")
    expected = account_p_values(town, pool)
    _only(monkeypatch, town, -values, direction="low")
    assert account_p_values(town, pool).tolist() == expected.tolist()


def test_what_is_unknown_accuses_nobody(town, monkeypatch):
    values = np.random.default_rng(2).normal(size=len(town))
    values[::3] = np.nan
    pool = np.arange(len(town))
    _only(monkeypatch, town, values)
    p = account_p_values(town, pool)
    assert np.isfinite(p).all() and (p > 0).all() and (p <= 1).all()
    assert p[::3].min() >= np.median(p[np.isfinite(values)])
    _only(monkeypatch, town, np.full(len(town), np.nan))
    assert (account_p_values(town, pool) == 1).all()


def test_a_stratum_with_few_accounts_is_compared_with_the_next(town):
    stratum = np.array([0] * 10 + [1] * 100 + [2] * 100)
    assert conformal._strata(stratum, np.arange(210)).tolist() == [1] * 110 + [2] * 100


def test_ranks_are_the_conformal_ones():
    values = np.array([3.0, 1.0, 2.0, np.nan, 9.0])
    ranks = conformal._ranks(values, np.zeros(5, int), np.array([0, 1, 2, 3]))
    assert ranks[:3].tolist() == [1 / 3, 3 / 3, 2 / 3]
    assert np.isnan(ranks[3])
    assert ranks[4] == 1 / 4
