"""Matched groups: how a group's signal compares with groups of comparable accounts.

The reference is random groups of accounts from the same strata (volume), outside the group under test. Accounts are
resampled, never exchanges: ten thousand exchanges of one strange customer are one strange customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from stillwatch.signals.population import Floats, Ints, Population
from stillwatch.signals.registry import Signal

DRAWS = 48
LEAST_P = 1e-15  #: smaller tails are beyond what the approximation can promise


@dataclass(frozen=True, slots=True)
class Comparison:
    """One signal of a group beside its expectation in comparable groups."""

    signal: Signal
    value: float
    expected: float
    p_value: float


class Matched:
    """Random groups matched to one group, for all its signals."""

    def __init__(self, population: Population, rows: Ints, reference: Population, pool: Ints | None, seed: int) -> None:
        self.population, self.rows, self.reference = population, rows, reference
        outside = np.arange(len(reference)) if pool is None else pool
        if reference is population:
            outside = np.setdiff1d(outside, rows, assume_unique=True)
        enough = len(outside) >= max(len(rows) / 4, 20)
        self.draws = _draw(population.stratum[rows], reference.stratum, outside, seed) if enough else []

    def compare(self, signal: Signal) -> Comparison | None:
        """The signal's p-value in its own direction; None where it is not computable."""
        if not signal.columns <= self.population.columns & self.reference.columns or not self.draws:
            return None
        if signal.account is not None:
            measure = signal.account
            own = self.population.memo(f"signal {signal.name}", lambda: measure(self.population))[self.rows]
            values = self.reference.memo(f"signal {signal.name}", lambda: measure(self.reference))
            if np.isfinite(own).sum() < 3:
                return None
            value = float(np.nanmean(own))
            reference = np.array([_mean(values[draw]) for draw in self.draws])
        elif signal.group is not None:
            value = signal.group(self.population, self.rows)
            reference = np.array([signal.group(self.reference, draw) for draw in self.draws])
        else:
            return None
        reference = reference[np.isfinite(reference)]
        if not np.isfinite(value) or len(reference) < 8:
            return None
        return Comparison(
            signal, value, float(reference.mean()), _tail(value, reference, signal.direction, len(self.rows))
        )


def _mean(values: Floats) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def _draw(wanted: Ints, stratum: Ints, outside: Ints, seed: int) -> list[Ints]:
    """Groups of the same size from the same strata; where a stratum runs out, from its neighbours."""
    random = np.random.default_rng(seed)
    order = outside[np.argsort(stratum[outside], kind="stable")]
    levels = stratum[order]
    spans = []
    for level, k in zip(*(a.tolist() for a in np.unique(wanted, return_counts=True)), strict=True):
        reach, low, high = 0, 0, 0
        while high - low < min(2 * k, len(order)):
            low, high = np.searchsorted(levels, level - reach), np.searchsorted(levels, level + reach, "right")
            reach += 1
        spans.append((int(low), int(high), min(k, int(high - low))))
    return [
        np.unique(np.concatenate([order[low + random.choice(high - low, k, replace=False)] for low, high, k in spans]))
        for _ in range(DRAWS)
    ]


def _tail(value: float, reference: Floats, direction: str, size: int) -> float:
    """Tail probability with mean and spread estimated from the draws (Student's t for a new draw).

    The spread is kept above what one member more or less would change in a share, so that a signal that is
    constant in every draw can't make a tiny difference certain.
    """
    n = len(reference)
    spread = max(float(reference.std(ddof=1)), abs(float(reference.mean())) * 0.02, 0.25 / size**0.5 * 0.02, 1e-9)
    score = (value - float(reference.mean())) / (spread * (1 + 1 / n) ** 0.5)
    if direction == "low":
        score = -score
    p = float(student.sf(abs(score) if direction == "both" else score, n - 1))
    return max(min(1.0, 2 * p if direction == "both" else p), LEAST_P)
