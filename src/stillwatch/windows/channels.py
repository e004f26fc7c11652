"""The statistics of a window, each large where the window is not what the baseline sends.

Every function takes what the baseline knows and the windows' counts, and gives one number a window. None is a p-value:
`baseline.py` calibrates them on windows of the baseline itself.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.special import xlogy

Floats = npt.NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)  #: quantiles at which exceedances are counted


def mean_distance(means: Floats, size: int, centre: Floats, whiten: Floats) -> Floats:
    """Squared whitened distance of the windows' mean point from the baseline's: Hotelling's T squared.

    `means` (windows, d), `whiten` (d, components) with the inverse square root of the baseline's covariance, ridged: a
    spectrally regularised two-sample statistic (Hagrass et al. 2024), which weighs rare directions as much as common
    ones, where plain MMD doesn't.
    """
    distance: Floats = size * (((means - centre) @ whiten) ** 2).sum(axis=1)
    return distance


def exceedance(counts: Floats, size: int, share: Floats, known: int) -> Floats:
    """Higher criticism: the largest standardised excess over several quantiles (Donoho and Jin 2004).

    `counts` (windows, levels) of prompts above each quantile, `share` (levels,) of the baseline's `known` prompts.
    Few prompts far out count as well as many a little out.
    """
    spread = np.sqrt(size * share * (1 - share) * (1 + size / known))
    largest: Floats = ((counts - size * share) / np.maximum(spread, 1e-9)).max(axis=1)
    return largest


def deviances(counts: Floats, known_counts: Floats, size: int, known: int) -> Floats:
    """How surprising it is that `counts` of a window's prompts share a term of which the baseline has `known_counts`.

    Elementwise; the deviance of the binomial split of a term's prompts between window and baseline (Dunning 1993), 0
    where the window has the term in fewer than two prompts or no oftener than expected.
    """
    total = counts + known_counts
    expected = np.maximum(total * (size / (size + known)), 1e-12)
    out: Floats = 2 * (
        xlogy(counts, np.maximum(counts, 1) / expected)
        + xlogy(known_counts, np.maximum(known_counts, 1) / np.maximum(total - expected, 1e-12))
    )
    out[(counts < 2) | (counts <= expected)] = 0
    return out


def burst(counts: csr_matrix, known_counts: Floats, size: int, known: int, floors: tuple[float, ...]) -> list[Floats]:
    """Sums over terms of the deviances beyond each floor: terms that many prompts of the window share and few know.

    `counts` (windows, terms), of a window's prompts with the term; `known_counts` (terms,) of the baseline's `known`.
    """
    shared = counts.data >= 2
    found = np.zeros(len(counts.data))
    found[shared] = deviances(counts.data[shared].astype(np.float64), known_counts[counts.indices[shared]], size, known)
    beyond = [np.maximum(found - floor, 0) for floor in floors]
    return [np.array([value[a:b].sum() for a, b in pairwise(counts.indptr)]) for value in beyond]
