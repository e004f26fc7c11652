"""Conformal p-values of single accounts: how many comparable accounts look at least as suspicious.

The unit of calibration is the account (Bates et al. 2023, arXiv 2104.08279), within its stratum of volume. A single
account's p-value ranks it and adds to nobody's guilt: only campaigns are flagged.
"""

from __future__ import annotations

import numpy as np

from stillwatch.signals import CHANNELS, Population, registry
from stillwatch.signals.population import Floats, Ints

LEAST_STRATUM = 50


def account_p_values(population: Population, pool: Ints) -> Floats:
    """P-value of each account among the accounts in `pool`, shape (accounts,), by all account signals together.

    Every signal gives a rank among the pool of the same stratum; channels combine by the mean of their e-values; the
    result is ranked again, so that the p-value holds whatever the signals' dependence.
    """
    stratum = _strata(population.stratum, pool)
    total, used = np.zeros(len(population)), np.zeros(len(population))
    for channel in CHANNELS:
        ranks = []
        for signal in registry():
            measure = signal.account
            if signal.channel != channel or measure is None or not signal.columns <= population.columns:
                continue
            if not population.uses(channel):
                continue
            values = signal.values(population)
            sides = {"high": (values,), "low": (-values,), "both": (values, -values)}[signal.direction]
            tails = [_ranks(side, stratum, pool) for side in sides]
            ranks.append(np.minimum(1.0, len(tails) * np.fmin.reduce(tails)))
        if ranks:
            p = np.minimum(
                1.0,
                np.fmin.reduce([*ranks, np.ones(len(population))]) * len(ranks),
            )
            total += 0.5 / np.sqrt(p)
            used += 1
    evidence = total / np.maximum(used, 1)
    return np.nan_to_num(_ranks(evidence, stratum, pool), nan=1.0)


def _strata(stratum: Ints, pool: Ints) -> Ints:
    """Strata with too few accounts of the pool are joined to the next larger one."""
    merged = stratum.copy()
    for level in np.unique(stratum):
        if (merged[pool] == level).sum() < LEAST_STRATUM and level < stratum.max():
            merged[merged == level] = level + 1
    return merged


def _ranks(values: Floats, stratum: Ints, pool: Ints) -> Floats:
    """(1 + others in the pool with at least this value) / (1 + their number); NaN stays NaN.

    An account of the pool is not its own company: counted twice, it would look more ordinary than one outside.
    """
    member = np.zeros(len(values), bool)
    member[pool] = True
    out = np.full(len(values), np.nan)
    for level in np.unique(stratum):
        inside = np.flatnonzero((stratum == level) & np.isfinite(values))
        reference = values[pool[stratum[pool] == level]]
        reference = np.sort(reference[np.isfinite(reference)])
        larger = len(reference) - np.searchsorted(reference, values[inside], "left")
        own = member[inside]
        out[inside] = np.minimum(1.0, (1 + larger - own) / (1 + len(reference) - own))
    return out
