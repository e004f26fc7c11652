"""Groups dealt at random from innocent populations, and what the calibration says of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pytest

from stillwatch.calibrate import Matched
from stillwatch.signals import Population, registry

from .. import small_logs

GROUPS, SIZE = 120, 20
LEVELS = (0.2, 0.05, 0.01, 0.001, 1e-5)
Table = dict[str, npt.NDArray[np.float64]]


def with_accounts(rows: list[small_logs.Row], rng: random.Random) -> Population:
    """The log beside a customer database in which one account in ten shares a card with the one before."""
    table, card = [], ""
    for name in sorted({row["account"] for row in rows}):
        if not card or rng.random() > 0.1:
            card = f"card of {name}"
        domain = rng.choice(["mail.example"] * 8 + [f"{name}.example", f"firm{rng.randrange(150)}.example"])
        signup = small_logs.START - timedelta(hours=rng.randrange(24 * 200))
        table.append({"account": name, "payment": card, "email_domain": domain, "signup_time": signup})
    return small_logs.population(rows, table)


def p_values(population: Population, reference: Population | None = None) -> Table:
    """P-values of random groups, by signal."""
    rng, found = np.random.default_rng(0), {}
    for seed in range(GROUPS):
        rows = np.sort(rng.choice(len(population), SIZE, replace=False))
        matched = Matched(population, rows, reference or population, seed)
        for signal in registry():
            comparison = matched.compare(signal)
            if comparison is not None:
                found.setdefault(signal.name, []).append(comparison.p_value)
    return {name: np.array(values) for name, values in found.items()}


def excess(found: Table) -> dict[str, str]:
    """The signals that call random groups remarkable too often, and how often; none if the calibration holds."""
    out = {}
    for name, p in found.items():
        for level in LEVELS:
            share = float((p <= level).mean())
            if share > level + 3.5 * (level * (1 - level) / len(p)) ** 0.5 + 1 / len(p):
                out[name] = f"{share:.3f} of the groups have p <= {level}"
    return out


@pytest.fixture(scope="session")
def town() -> Population:
    rng = random.Random(1)
    return with_accounts(small_logs.people(rng, 400), rng)


@pytest.fixture(scope="session")
def town_p_values(town: Population) -> Table:
    return p_values(town)


Measure = Callable[[Population], Table]
