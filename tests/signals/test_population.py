"""The population joins what the log and the customer database say, account by account."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest

from stillwatch.profile.kernels import SAMPLE
from stillwatch.profile.layout import BEGINNING
from stillwatch.signals.population import GRID, UNKNOWN, on_grid

from .. import small_logs

DAY = timedelta(days=1)


def rows(*names: str, **fields):
    return [{"time": small_logs.START, "account": name, "prompt": f"hello {name}", **fields} for name in names]


def test_the_account_table_is_joined_by_name():
    accounts = [
        {"account": "c", "payment": "visa", "signup_time": small_logs.START - DAY, "plan": "pro"},
        {"account": "unseen", "payment": "visa"},
        {"account": "a", "payment": "visa", "closed_time": small_logs.START + DAY},
    ]
    population = small_logs.population(rows("a", "b", "c"), accounts)
    assert [population.labels["payment"][code] if code >= 0 else None for code in population.payment] == [
        "visa",
        None,
        "visa",
    ]
    assert population.plan.tolist()[:2] == [UNKNOWN, UNKNOWN]
    assert population.labels["plan"][population.plan[2]] == "pro"
    assert population.signup.tolist()[:2] == [BEGINNING, BEGINNING]
    assert (population.closed > BEGINNING).tolist() == [True, False, False]
    assert population.age_days.tolist() == [pytest.approx(np.nan, nan_ok=True)] * 2 + [1]
    assert {"account.payment", "account.signup_time", "prompt", "time"} <= population.columns
    assert "account.country" not in population.columns


def test_without_a_table_everybody_is_a_customer_of_their_own():
    population = small_logs.population(rows("a", "b", "c"))
    assert len(set(population.principal.tolist())) == 3
    assert (population.payment == UNKNOWN).all()
    assert not any(column.startswith("account.") for column in population.columns)


def test_organizations_of_log_and_table_are_the_same_customers():
    log = rows("a", organization="firm") + rows("b") + rows("c") + rows("d", organization="other")
    population = small_logs.population(log, [{"account": "b", "organization": "firm"}])
    a, b, c, d = population.principal.tolist()
    assert a == b
    assert len({a, c, d}) == 3


def test_the_table_outweighs_the_log():
    log = rows("a", organization="claimed") + rows("b", organization="claimed")
    population = small_logs.population(log, [{"account": "a", "organization": "firm"}])
    assert len(set(population.principal.tolist())) == 2


def test_distinct_prompts_are_counted_and_beyond_the_sample_estimated():
    rng = random.Random(1)
    log = small_logs.exchanges("few", [small_logs.item(rng) for _ in range(SAMPLE - 1)] * 3, rng)
    log += small_logs.exchanges("many", [small_logs.item(rng) for _ in range(4000)], rng)
    population = small_logs.population(log)
    few, many = population.distinct
    assert few == SAMPLE - 1
    assert many == pytest.approx(4000, rel=0.5)
    assert population.visible[0] == 1
    assert population.visible[1] == pytest.approx(SAMPLE / 4000, rel=0.6)


def test_content_has_no_mean_and_absent_prompts_no_content():
    log = [*small_logs.people(random.Random(1), 40), {"time": small_logs.START, "account": "z", "model": "m"}]
    population = small_logs.population(log)
    assert np.abs(population.content[:-1].mean(axis=0)).max() < GRID
    assert (population.content[-1] == 0).all()
    assert np.isnan(population.self_similarity[-1])


def test_products_of_what_accounts_ask_are_exact():
    """So no machine's order of addition decides an answer: single precision says what double precision says."""
    population = small_logs.population(small_logs.people(random.Random(1), 150))
    for vectors in (population.content, population.centre[None, :]):
        assert (vectors / GRID == np.rint(vectors / GRID)).all()
    content, topics = population.content.astype(float), population.topics.astype(float)
    similar = population.content @ population.content.T
    assert (similar == content @ content.T).all() and (
        similar == population.content @ population.content.T.copy()
    ).all()
    assert topics.shape[1] < content.shape[1]
    assert (topics / GRID**2 == np.rint(topics / GRID**2)).all()  # the axes are on the grid, too


def test_rounding_moves_no_coordinate_by_more_than_half_a_step():
    values = np.random.default_rng(2).normal(size=1000).astype(np.float32)
    rounded = on_grid(values)
    assert np.abs(rounded - values).max() <= GRID / 2 and on_grid(values, out=values) is values
    assert (values == rounded).all()


def test_strata_are_powers_of_two():
    log = [row for name, n in (("a", 1), ("b", 3), ("c", 4), ("d", 65)) for row in rows(*[name] * n)]
    assert small_logs.population(log).stratum.tolist() == [0, 1, 2, 6]


def test_a_memo_is_computed_once():
    population = small_logs.population(rows("a"))
    assert population.memo("x", lambda: [1]) is population.memo("x", lambda: [2])
