"""How much of the members' traffic belongs to the campaign: a reseller's account also serves innocent customers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.campaigns.kernels import hits
from stillwatch.profile.kernels import SAMPLE
from stillwatch.signals.population import Floats, Ints, Population

DRAWS, ATONCE = 400, 20


def belonging(population: Population, rows: Ints, wording: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Which sampled prompts of the members are the campaign's, shape (members, sample).

    With shared wording, those that carry it; where most members carry none, the campaign is its members' whole
    traffic as far as anybody can tell.
    """
    sampled = np.arange(SAMPLE)[None, :] < population.sampled[rows][:, None]
    count: Ints = hits(population.profiles["shingles"], population.sampled, rows, wording)
    carried = (count > 0) & sampled
    if (carried.any(axis=1)).mean() < 0.5:
        return sampled
    return carried


def share_of_traffic(
    population: Population, rows: Ints, mine: npt.NDArray[np.bool_], seed: int
) -> tuple[Floats, Floats]:
    """Share per member, and of all members' exchanges together: (members,) and (estimate, low, high).

    The interval is the 95 % percentile bootstrap over accounts (Efron and Tibshirani 1993).
    """
    per_member = mine.sum(axis=1) / np.maximum(population.sampled[rows], 1)
    if not population.prompts.any():  # without prompts, all that they sent is the campaign's as far as anybody can tell
        per_member = np.ones(len(rows))
    weight = population.exchanges[rows].astype(float)
    random = np.random.default_rng(seed)
    own = per_member * weight
    draws: list[float] = []
    for _ in range(0, DRAWS, ATONCE):  # a campaign may have any number of members
        drawn = random.integers(0, len(rows), (ATONCE, len(rows)))
        draws += (own[drawn].sum(axis=1) / weight[drawn].sum(axis=1)).tolist()
    estimate = float(own.sum() / weight.sum())
    low, high = np.quantile(draws, [0.025, 0.975])
    return per_member, np.array([estimate, min(low, estimate), max(high, estimate)])
