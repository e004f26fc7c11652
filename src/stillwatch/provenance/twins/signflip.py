"""The exact sign-flip test.

Given n numbers whose signs are, under the null hypothesis, independent fair coins given their sizes, is their sum too
large? The statistic is `T = sum of sign(d_i) * w_i`, where the weight w_i is an integer that depends on the sizes |d|
alone: the normal score of the rank of |d_i| (van der Waerden), on a grid of `levels` steps. The null distribution of T
is therefore that of `sum of s_i * w_i` with fair signs s_i, whatever the data: no normality, no common variance, no
large sample.

- `exact_tail` counts all 2^n sign vectors by dynamic programming over the integer sums (the method by which tables of
  the signed-rank test are made). Only positive numbers are added and halved, so that the relative error is below n *
  2^-52 however small the tail is, down to `SMALLEST_P`: a p-value of 1e-100 is as exact as one of 0.05.
- `chernoff_tail` is for n beyond the budget of that (about 31,000): the bound `min over t of prod cosh(t w_i) exp(-t
  T)` holds for every n, and is larger than the exact value by less than two decimal digits where that matters.

Why normal scores: against shifts they are at least as efficient as the t-test for every distribution (Chernoff and
Savage 1958), and one wild text can't dominate, as it can in a sum of raw losses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import rankdata

from stillwatch.provenance.result import SMALLEST_P

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

#: Additions that the exact tail may take: a few seconds.
BUDGET = 4_000_000_000
_MOST_LEVELS, _FEWEST_LEVELS = 1000, 16


@dataclass(frozen=True)
class SignFlip:
    """The answer: one-sided p-value for "the sum is too large", and what it rests on."""

    p_value: float
    statistic: int
    z: float
    method: str
    levels: int
    used: int


def sign_flip_test(differences: Floats) -> SignFlip:
    """One-sided exact test that the signs of `differences`, shape (n,), are fair coins given their sizes.

    Zeros carry no sign and are left out. With nothing left the p-value is 1.
    """
    kept = np.asarray(differences, np.float64)
    if not np.isfinite(kept).all():
        raise ValueError("differences must be finite")
    kept = kept[kept != 0]
    levels = levels_for(len(kept))
    weights = normal_scores(np.abs(kept), levels)
    statistic = int(np.sum(np.sign(kept).astype(np.int64) * weights))
    spread = math.sqrt(float(np.sum(weights.astype(np.float64) ** 2)))
    exact = _cost(weights) <= BUDGET
    p = exact_tail(weights, statistic) if exact else chernoff_tail(weights, statistic)
    return SignFlip(
        p_value=min(1.0, max(SMALLEST_P, p)),
        statistic=statistic,
        z=statistic / spread if spread else 0.0,
        method="exact by dynamic programming" if exact else "Chernoff bound",
        levels=levels,
        used=len(kept),
    )


def levels_for(count: int) -> int:
    """Steps of the weights' grid: as fine as the budget allows, from the number of differences alone."""
    # Normal scores average a quarter of the largest or less, so that the sums reach count * levels / 4.
    fitting = int(BUDGET * 4 / max(1, count) ** 2)
    return min(_MOST_LEVELS, max(_FEWEST_LEVELS, fitting))


def normal_scores(sizes: Floats, levels: int) -> Ints:
    """Integer weights 1..levels of shape (n,): normal scores of the ranks of `sizes`, ties sharing their mean rank."""
    if not len(sizes):
        return np.zeros(0, np.int64)
    ranks = rankdata(sizes)
    scores = ndtri(0.5 + 0.5 * ranks / (len(sizes) + 1))
    largest = ndtri(0.5 + 0.5 * len(sizes) / (len(sizes) + 1))
    weights: Ints = np.maximum(1, np.rint(levels * scores / largest)).astype(np.int64)
    return weights


def _cost(weights: Ints) -> float:
    return float(len(weights)) * float(weights.sum())


def exact_tail(weights: Ints, statistic: int) -> float:
    """P(sum of s_i * w_i >= statistic) over fair signs, by dynamic programming over the sum of the positive ones."""
    total = int(weights.sum())
    # sum of s_i w_i = 2 * (sum of the positive ones) - total >= statistic
    needed = -((-(statistic + total)) // 2)
    if needed <= 0:
        return 1.0
    if needed > total:
        return 0.0
    chances = np.zeros(total + 1)
    chances[0] = 1.0
    reach = 0
    # Small weights first: the array fills slowly.
    for weight in np.sort(weights).tolist():
        reach += weight
        shifted = chances[: reach - weight + 1] * 0.5
        chances[: reach + 1] *= 0.5
        chances[weight : reach + 1] += shifted
    return float(np.sum(chances[needed:]))


def chernoff_tail(weights: Ints, statistic: int) -> float:
    """An upper bound of the same probability, valid for any number of weights."""
    if statistic <= 0:
        return 1.0
    scaled = weights.astype(np.float64)
    if statistic >= scaled.sum():
        return float(np.exp2(-len(weights)))

    def slope(tilt: float) -> float:
        return float(np.sum(scaled * np.tanh(tilt * scaled))) - statistic

    high = 1.0 / float(scaled.max())
    while slope(high) < 0:
        high *= 2
    tilt = float(brentq(slope, 0.0, high))
    # log cosh x without overflow. Any tilt gives a valid bound; this is nearly the best one.
    exponent = np.sum(np.logaddexp(tilt * scaled, -tilt * scaled) - math.log(2)) - tilt * statistic
    return float(np.exp(exponent))


def shift_interval(differences: Floats, *, level: float = 0.95) -> tuple[float, float, float]:
    """Hodges-Lehmann estimate of the shift and its interval, from the same statistic; in the differences' unit.

    The estimate is the shift whose removal makes the statistic zero; the interval holds the shifts that the two-sided
    test does not reject, with the normal quantile of the statistic's exact variance. Infinite for fewer than six.
    """
    values = np.asarray(differences, np.float64)
    count = len(values)
    if count < 6 or not np.ptp(values):
        middle = float(np.median(values)) if count else 0.0
        return middle, -math.inf, math.inf
    scores = ndtri(0.5 + 0.5 * np.arange(1, count + 1) / (count + 1))
    quantile = float(ndtri(0.5 + level / 2)) * math.sqrt(float(np.sum(scores**2)))

    def surplus(shift: float, target: float) -> float:
        moved = values - shift
        order = np.argsort(np.abs(moved), kind="stable")
        return float(np.sum(np.sign(moved[order]) * scores)) - target

    def solve(target: float) -> float:
        low, high = float(values.min()) - 1e-9, float(values.max()) + 1e-9
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if surplus(middle, target) > 0 else (low, middle)
        return (low + high) / 2

    return solve(0.0), solve(quantile), solve(-quantile)


def adjust(differences: Floats, covariates: Floats) -> Floats:
    """What is left of `differences`, shape (n,), after least squares through the origin on `covariates`, shape (n, k).

    Each row's covariates are differences over the same pair, so that swapping a pair negates both sides. The fit then
    depends on products of the two alone, which a swap leaves unchanged: the residuals' sizes don't depend on the coins,
    and the test stays exact. It takes out what a reference model, or the length, explains.
    """
    usable = covariates[:, np.ptp(covariates, axis=0) > 0] if covariates.size else covariates
    if not usable.size or len(differences) <= 2 * usable.shape[1]:
        return differences
    fit, *_ = np.linalg.lstsq(usable, differences, rcond=None)
    return np.asarray(differences - usable @ fit, np.float64)
