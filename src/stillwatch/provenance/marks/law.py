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
    """One independent term: it takes the whole numbers `values` with chances `chances`, `count` times over."""

    values: NDArray[np.int64]
    chances: NDArray[np.float64]
    count: int


def scaled_terms(weights: Ints, scores: Sequence[int], chances: NDArray[np.float64]) -> list[Lattice]:
    """The terms w_i S_i, equal weights gathered."""
    distinct, counts = np.unique(weights[weights != 0], return_counts=True)
    steps = np.array(scores, np.int64)
    return [Lattice(int(w) * steps, chances, int(n)) for w, n in zip(distinct, counts, strict=True)]


def upper_tail(terms: Sequence[Lattice], observed: int) -> float:
    """P(sum of the terms >= observed), ties included: the exact p-value. At least `result.SMALLEST_P`."""
    low = sum(int(t.values.min()) * t.count for t in terms)
    high = sum(int(t.values.max()) * t.count for t in terms)
    if observed <= low:
        return 1.0
    if observed > high:
        # The statistic can't be there: a caller's defect, and never a small p-value.
        raise ValueError(f"{observed} is above the highest possible value {high}")
    if observed == high:
        log_p = sum(t.count * math.log(float(t.chances[t.values == t.values.max()].sum())) for t in terms)
        return max(math.exp(log_p), SMALLEST_P)
    if observed <= sum(t.count * _moments(t, 0.0)[0] for t in terms):
        flipped = [Lattice(-t.values, t.chances, t.count) for t in terms]
        return max(1.0 - upper_tail(flipped, 1 - observed), SMALLEST_P)
    return _tail_above_mean(terms, observed)


def _tail_above_mean(terms: Sequence[Lattice], observed: int) -> float:
    tilt = _tilt(terms, observed)
    cumulant = sum(t.count * _cumulant(t, tilt) for t in terms)
    spread = math.sqrt(sum(t.count * _moments(t, tilt)[1] for t in terms))
    reach = max(abs(int(v)) for t in terms for v in (t.values.min(), t.values.max()))
    size = 1 << max(8, math.ceil(math.log2(_SPREADS * spread + 4 * reach)))
    if size > _GRID_LIMIT:
        raise ValueError(f"the law needs a grid of {size} points: use coarser weights")
    # Lattice law of (sum - observed) after tilting, on a grid that wraps around: x at index x, -x at size - x.
    steps = np.arange(size // 2 + 1)
    roots = np.exp(2j * np.pi * np.arange(size) / size)  # looked up, since most of the time would go into exp
    log_transform = np.log(roots[-steps * observed % size])
    for term in terms:
        tilted = np.exp(np.log(term.chances) + tilt * term.values - _cumulant(term, tilt))
        transform = sum(p * roots[steps * int(v) % size] for v, p in zip(term.values, tilted, strict=True))
        with np.errstate(divide="ignore"):
            log_transform += term.count * np.log(transform)
    # Where a factor vanishes its logarithm is -inf and its phase means nothing.
    transform = np.exp(np.where(np.isfinite(log_transform), log_transform, -np.inf))
    chances = np.maximum(np.fft.irfft(np.conj(transform), size)[: size // 2], 0)
    mass = float(chances @ np.exp(-tilt * np.arange(size // 2)))
    return max(math.exp(cumulant - tilt * observed + math.log(mass)), SMALLEST_P)


def _cumulant(term: Lattice, tilt: float) -> float:
    """Log E exp(tilt * S) of one copy of the term."""
    return float(np.logaddexp.reduce(np.log(term.chances) + tilt * term.values))


def _moments(term: Lattice, tilt: float) -> tuple[float, float]:
    """Mean and variance of one copy of the term under the tilted law."""
    weights = np.exp(np.log(term.chances) + tilt * term.values - _cumulant(term, tilt))
    mean = float(weights @ term.values)
    return mean, float(weights @ (term.values - mean) ** 2)


def _tilt(terms: Sequence[Lattice], observed: int) -> float:
    """The tilt under which the sum has mean `observed`, which is above its untilted mean and below its maximum."""

    def excess(tilt: float) -> float:
        return sum(t.count * _moments(t, tilt)[0] for t in terms) - observed

    top = 1e-6
    while excess(top) < 0:
        top *= 2
        if top > 700:  # `observed` is the maximum to within rounding
            return top
    return float(brentq(excess, 0.0, top, xtol=1e-12))
