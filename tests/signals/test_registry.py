"""What every registered signal promises, whichever it is."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest

from stillwatch.exchange import ACCOUNT_SCHEMA, EXCHANGE_SCHEMA
from stillwatch.signals import CHANNELS, Population, registry
from stillwatch.signals.registry import Signal, account_signal

from .. import small_logs

COLUMNS = {*EXCHANGE_SCHEMA.names, *(f"account.{name}" for name in ACCOUNT_SCHEMA.names)}
SIGNALS = registry()
every = pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)


def measure(signal: Signal, population: Population, rows) -> np.ndarray:
    """The values of these accounts, or the one value of the group that they are."""
    if signal.account is not None:
        return signal.account(population)[rows]
    return signal.group(population, np.asarray(rows)[None, :])


def log(count: int = 60):
    rng = random.Random(4)
    rows = small_logs.people(rng, count)
    names = sorted({row["account"] for row in rows})
    accounts = [
        {
            "account": name,
            "payment": f"card{number // 2}",
            "email_domain": f"firm{number // 3}.example",
            "signup_time": small_logs.START - timedelta(hours=number),
        }
        for number, name in enumerate(names)
    ]
    for row in rows:
        row["tls_fingerprint"] += str(int(row["account"][1:]) // 5)
    return rows, accounts


@pytest.fixture(scope="module")
def town() -> Population:
    return small_logs.population(*log())


def test_there_are_signals_of_every_channel():
    assert {signal.channel for signal in SIGNALS} == set(CHANNELS)
    assert [CHANNELS.index(signal.channel) for signal in SIGNALS] == sorted(
        CHANNELS.index(signal.channel) for signal in SIGNALS
    )


@every
def test_it_says_what_it_is(signal):
    assert signal.columns and signal.columns <= COLUMNS
    assert signal.direction in ("high", "low", "both")
    assert signal.meaning and signal.benign and signal.reference
    assert (signal.account is None) != (signal.group is None)
    assert signal.level == ("account" if signal.account else "group")


@every
def test_it_speaks_of_a_full_log(signal, town):
    values = measure(signal, town, np.arange(len(town)))
    assert np.isfinite(values).any()
    assert not np.isinf(values).any()


@every
def test_it_is_deterministic(signal, town):
    rows = np.arange(0, 60, 2)
    again = small_logs.population(*log())
    assert np.array_equal(measure(signal, town, rows), measure(signal, again, rows), equal_nan=True)


@every
def test_neither_the_order_nor_the_names_of_accounts_matter(signal, town):
    rows, accounts = log()
    rng = random.Random(9)
    names = town.profiles.names
    other = dict(zip(names, rng.sample([f"x{n:03d}" for n in range(60)], 60), strict=True))
    renamed = small_logs.population(
        [row | {"account": other[row["account"]]} for row in rng.sample(rows, len(rows))],
        [row | {"account": other[row["account"]]} for row in rng.sample(accounts, len(accounts))],
    )
    chosen = np.arange(5, 45)
    same = np.array([renamed.profiles.index[other[names[row]]] for row in chosen])
    assert measure(signal, town, chosen) == pytest.approx(
        measure(signal, renamed, same), rel=1e-5, abs=1e-6, nan_ok=True
    )


@every
@pytest.mark.parametrize("count", [0, 1])
def test_a_population_of_none_or_one_breaks_nothing(signal, count):
    population = small_logs.population(*log(count))
    if signal.account is not None:
        values = signal.account(population)
        assert values.shape == (count,)
        assert not np.isinf(values).any()


@pytest.mark.parametrize("signal", [s for s in SIGNALS if s.columns - {"time"}], ids=lambda signal: signal.name)
def test_it_is_not_computable_without_its_columns(signal):
    """Without any of its columns a signal knows nothing; that must be NaN, never a zero that says "innocent"."""
    rows, accounts = log()
    needed = {column.removeprefix("account.") for column in signal.columns if column.startswith("account.")}
    bare = [{k: v for k, v in row.items() if k not in signal.columns} for row in rows]
    table = [{k: v for k, v in row.items() if k not in needed} for row in accounts]
    population = small_logs.population(bare, table)
    assert not signal.columns & population.columns
    assert np.isnan(measure(signal, population, np.arange(len(population)))).all()


@pytest.mark.parametrize("signal", [s for s in SIGNALS if s.group], ids=lambda signal: signal.name)
def test_several_groups_at_once_are_each_group_alone(signal, town):
    groups = np.stack([np.random.default_rng(seed).permutation(60)[:12] for seed in range(6)])
    alone = [signal.group(town, group[None, :])[0] for group in groups]
    assert signal.group(town, groups) == pytest.approx(alone, rel=1e-9, abs=1e-12, nan_ok=True)
    assert signal.group(town, groups[:, ::-1]) == pytest.approx(alone, rel=1e-5, abs=1e-6, nan_ok=True)


def test_two_signals_of_one_name_are_refused():
    with pytest.raises(ValueError, match="novelty"):

        @account_signal("content", "high", "prompt", benign="", reference="")
        def novelty(population):
            """Nothing."""

    assert registry() == SIGNALS
