"""The exact null law of a keyed statistic.

Under a random key the scores of distinct (context, token) pairs are independent draws of a known lattice law, so a
statistic sum_i w_i S_i with whole weights w_i, fixed before the key is looked at, has a known law too: the convolution
of scaled copies. Its tail is computed by tilting (Esscher) to the observed value and inverting the characteristic
function of the tilted law on a grid, so that a p-value of 1e-40 is as accurate as one of 0.1. Nothing is approximated
but floating-point arithmetic: the check against brute force is in `tests/provenance/marks/test_law.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from stillwatch.provenance.marks.colours import Ints
from stillwatch.provenance.result import SMALLEST_P

_SPREADS = 24  # width of the grid in tilted standard deviations: what wraps around is below 1e-30
_GRID_LIMIT = 1 << 22


@dataclass(frozen=True)
class Lattice:
    """Independent terms: term i takes the whole numbers values[i] with chances[i], counts[i] times over.

    values int64[terms, steps], chances float64[terms, steps] with rows that sum to 1, counts int64[terms].
    """

    values: Ints
    chances: NDArray[np.float64]
    counts: Ints

    def flipped(self) -> Lattice:
        """The law of the negated sum."""
        return Lattice(-self.values, self.chances, self.counts)

    def tilted(self, tilt: float) -> tuple[float, NDArray[np.float64]]:
        """The cumulant log E exp(tilt * sum), and the chances of the tilted law."""
        logs = np.log(self.chances) + tilt * self.values
        tops = logs.max(axis=1)
        weights = np.exp(logs - tops[:, None])
        sums = weights.sum(axis=1)
        return float(self.counts @ (tops + np.log(sums))), weights / sums[:, None]

    def mean(self, chances: NDArray[np.float64]) -> float:
        """Mean of the sum under those chances."""
        return float(self.counts @ (chances * self.values).sum(axis=1))

    def spread(self, chances: NDArray[np.float64]) -> float:
        """Standard deviation of the sum under those chances."""
        means = (chances * self.values).sum(axis=1)
        return math.sqrt(float(self.counts @ (chances * (self.values - means[:, None]) ** 2).sum(axis=1)))


def scaled_terms(weights: Ints, scores: Sequence[int], chances: NDArray[np.float64]) -> Lattice:
    """The law of the terms w_i S_i, equal weights gathered."""
    distinct, counts = np.unique(weights[weights != 0], return_counts=True)
    values = distinct[:, None] * np.array(scores, np.int64)[None]
    return Lattice(values, np.broadcast_to(chances, values.shape), counts.astype(np.int64))


def upper_tail(law: Lattice, observed: int) -> float:
    """P(sum >= observed), ties included: the exact p-value. At least `result.SMALLEST_P`."""
    low, high = (int(law.counts @ edge) for edge in (law.values.min(axis=1), law.values.max(axis=1)))
    if observed <= low:
        return 1.0
    if observed > high:
        # The statistic can't be there: a caller's defect, and never a small p-value.
        raise ValueError(f"{observed} is above the highest possible value {high}")
    if observed == high:
        at_top = np.where(law.values == law.values.max(axis=1, keepdims=True), law.chances, 0).sum(axis=1)
        return max(math.exp(float(law.counts @ np.log(at_top))), SMALLEST_P)
    if observed <= law.mean(law.chances):
        return max(1.0 - upper_tail(law.flipped(), 1 - observed), SMALLEST_P)
    return _tail_above_mean(law, observed)


def _tail_above_mean(law: Lattice, observed: int) -> float:
    tilt = _tilt(law, observed)
    cumulant, tilted = law.tilted(tilt)
    size = 1 << max(8, math.ceil(math.log2(_SPREADS * law.spread(tilted) + 4 * int(np.abs(law.values).max()))))
    if size > _GRID_LIMIT:
        raise ValueError(f"the law needs a grid of {size} points: use coarser weights")
    # Lattice law of (sum - observed) after tilting, on a grid that wraps around: x at index x, -x at size - x.
    steps = np.arange(size // 2 + 1)
    roots = np.exp(2j * np.pi * np.arange(size) / size)  # looked up, since most of the time would go into exp
    log_transform = np.log(roots[-steps * observed & (size - 1)])
    for values, chances, count in zip(law.values, tilted, law.counts, strict=True):
        transform = sum(p * roots[steps * int(v) & (size - 1)] for v, p in zip(values, chances, strict=True))
        with np.errstate(divide="ignore"):
            log_transform += count * np.log(transform)
    # Where a factor vanishes its logarithm is -inf and its phase means nothing.
    whole = np.exp(np.where(np.isfinite(log_transform), log_transform, -np.inf))
    masses = np.maximum(np.fft.irfft(np.conj(whole), size)[: size // 2], 0)
    mass = float(masses @ np.exp(-tilt * np.arange(size // 2)))
    return max(math.exp(cumulant - tilt * observed + math.log(mass)), SMALLEST_P)


def _tilt(law: Lattice, observed: int) -> float:
    """The tilt under which the sum has mean `observed`, which is above its untilted mean and below its maximum."""

    def excess(tilt: float) -> float:
        return law.mean(law.tilted(tilt)[1]) - observed

    top = 1e-6
    while excess(top) < 0:
        top *= 4
        if top > 700:  # `observed` is the maximum to within rounding
            return top
    return float(brentq(excess, 0.0, top, xtol=1e-12))
