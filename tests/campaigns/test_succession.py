"""Ban-and-replace and the move to a new model, on small logs where the truth is known."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest

from stillwatch.campaigns.succession import model_pivot, succession

from .. import small_logs

DAY = timedelta(days=1)


def replaced(rng: random.Random, *, wait: float, closed: bool = True):
    """Twenty accounts are closed on day six; twenty others begin `wait` days later (negative: spread over all days)."""
    rows, accounts = small_logs.people(random.Random(1), 60), []
    for number in range(40):
        second = number >= 20
        begin = 0.0 if not second else 6 + wait if wait >= 0 else rng.random() * 13
        times = [small_logs.START + DAY * (begin + rng.random() * (5.9 if not second else 1)) for _ in range(6)]
        rows += [{"time": t, "account": f"c{number:02d}", "prompt": small_logs.item(rng)} for t in times]
        gone = small_logs.START + DAY * 6 if closed and not second else None
        accounts.append({"account": f"c{number:02d}", "closed_time": gone})
    population = small_logs.population(rows, accounts)
    return population, np.array([row for name, row in population.profiles.index.items() if name.startswith("c")])


def test_a_pool_that_takes_over_is_told_with_figures():
    told = succession(*replaced(random.Random(1), wait=0.2))
    assert told is not None
    assert "20 members were closed" in told and "10 May 2026" in told


@pytest.mark.parametrize("options", [{"wait": -1.0}, {"wait": 0.2, "closed": False}, {"wait": 6.0}])
def test_no_take_over_no_tale(options):
    assert succession(*replaced(random.Random(1), **options)) is None


def test_without_an_account_table_nothing_is_told():
    population = small_logs.population(small_logs.people(random.Random(1), 40))
    assert succession(population, np.arange(20)) is None


def pivoted(share: float, everybody: float = 0.1):
    """On day seven a model appears; this share of the campaign's and of everybody else's exchanges moves to it."""
    rng, rows = random.Random(1), []
    for number in range(100):
        name = f"c{number:02d}" if number < 40 else f"p{number:02d}"
        for _ in range(12):
            day = rng.random() * 14
            moves = rng.random() < (share if number < 40 else everybody)
            model = "new-model" if day >= 7 and moves else "old-model"
            rows.append(
                {"time": small_logs.START + DAY * day, "account": name, "model": model, "prompt": small_logs.item(rng)}
            )
    rows.append({"time": small_logs.START + DAY * 7, "account": "p99", "model": "new-model", "prompt": "first"})
    population = small_logs.population(rows)
    return population, np.array([row for name, row in population.profiles.index.items() if name.startswith("c")])


def test_a_pivot_is_told_with_figures():
    told = model_pivot(*pivoted(0.6))
    assert told is not None
    assert "new-model" in told and "24 hours" in told


def test_what_everybody_does_is_no_pivot():
    assert model_pivot(*pivoted(0.6, 0.6)) is None
    assert model_pivot(*pivoted(0.1, 0.1)) is None


def test_without_models_nothing_is_told():
    rows = [{k: v for k, v in row.items() if k != "model"} for row in small_logs.people(random.Random(1), 40)]
    assert model_pivot(small_logs.population(rows), np.arange(20)) is None
