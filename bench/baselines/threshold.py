"""One way of setting every method's threshold: on innocent accounts of other worlds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
RATE = 0.003  #: of innocent accounts flagged
LIKE = 200  #: innocent accounts of like size that a value is compared with


def threshold(innocent: Floats, rate: float = RATE) -> float:
    """The least value of a score with at most `rate` of these innocent accounts above it."""
    ordered = np.sort(innocent)
    return float(ordered[len(ordered) - 1 - int(rate * len(ordered))])


def two_sided(value: Floats, size: Ints, normal: Floats, normal_size: Ints) -> Floats:
    """Distance from what innocent accounts of like size show, in their standard deviations; 0 where NaN.

    Without the comparison by size, accounts with few prompts would fill both tails by their noise.
    """
    known = np.flatnonzero(np.isfinite(normal))
    known = known[np.argsort(normal_size[known], kind="stable")]
    own = np.flatnonzero(np.isfinite(value))
    out = np.zeros(len(value))
    if not len(known):
        return out
    width = min(LIKE, len(known))
    first, last = (np.searchsorted(normal_size[known], size[own], side) for side in ("left", "right"))
    begin = np.clip((first + last - width) // 2, 0, len(known) - width)
    total, square = (np.concatenate(([0.0], np.cumsum(normal[known] ** power))) for power in (1, 2))
    mean = (total[begin + width] - total[begin]) / width
    spread = np.sqrt(np.maximum((square[begin + width] - square[begin]) / width - mean**2, 1e-12))
    out[own] = np.abs(value[own] - mean) / spread
    return out
