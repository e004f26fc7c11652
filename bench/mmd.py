"""The detector of arXiv 2606.05725: benign-calibrated maximum mean discrepancy on prompt embeddings, window by window.

Kernel: mean of four RBFs whose widths are 0.5, 1, 2 and 4 times the median distance of benign prompts. The score of a
window is the mean unbiased MMD squared over 20 reference draws of the window's size. As published, the threshold is the
95th percentile of single draws against each other; `matched` instead takes the 99.7th of the score itself on benign
windows. All windows are scored at once from one kernel matrix, with the same result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.embeddings import Points

DRAWS, NULLS = 20, 600
Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def kernel(left: Points, right: Points, median: float) -> Points:
    """Mean of the four RBF kernels, shape (left, right)."""
    distance = np.maximum(2 - 2 * left @ right.T, 0) / (2 * median**2)  # vectors of length one
    out = np.zeros_like(distance)
    for factor in (0.5, 1.0, 2.0, 4.0):
        out += np.exp(-distance / np.float32(factor**2))
    return out / 4


def indicator(rows: Rows, points: int) -> Points:
    """Shape (points, windows): how often each point is in each window."""
    out = np.zeros((points, len(rows)), np.float32)
    for window, chosen in enumerate(rows):
        np.add.at(out[:, window], chosen, 1)
    return out


def within(gram: Points, chosen: Points, size: int) -> Floats:
    """Mean kernel over pairs of different members of each window."""
    total = np.einsum("pw,pw->w", chosen, gram @ chosen, dtype=np.float64)
    diagonal = chosen.T @ np.diagonal(gram)
    return (total - diagonal) / (size * (size - 1))


@dataclass(frozen=True, slots=True)
class Mmd:
    """The calibrated detector of one reference and window size."""

    size: int
    reference: Points
    median: float
    draws: Points  #: indicator of the reference draws
    inside: Floats  #: mean kernel within each draw
    published: float
    matched: float

    def scores(self, gram: Points, across: Points, rows: Rows) -> Floats:
        """Scores of windows: `gram` of the prompts among themselves, `across` to the reference."""
        chosen = indicator(rows, len(gram))
        cross = (chosen.T @ (across @ self.draws)).astype(np.float64) / self.size**2
        return (within(gram, chosen, self.size)[:, None] + self.inside - 2 * cross).mean(axis=1)


def calibrate(benign: Points, size: int, rng: np.random.Generator) -> Mmd:
    """The detector with `benign` as its reference; half of it also makes the benign windows of `matched`."""
    pairs = rng.integers(0, len(benign), (2000, 2))
    median = float(np.median(np.linalg.norm(benign[pairs[:, 0]] - benign[pairs[:, 1]], axis=1)))
    gram = kernel(benign, benign, median)
    subsets = [rng.permutation(len(benign))[: 2 * size] for _ in range(NULLS)]
    left, right = (
        indicator(np.stack([s[part] for s in subsets]), len(benign)) for part in (slice(0, size), slice(size, None))
    )
    cross = np.einsum("pw,pw->w", left, gram @ right, dtype=np.float64) / size**2
    null = within(gram, left, size) + within(gram, right, size) - 2 * cross
    published = float(np.quantile(null, 0.95))

    def drawn(rows: Rows, count: int) -> Rows:
        return np.stack([rng.permutation(rows)[:size] for _ in range(count)])

    first, second = np.array_split(rng.permutation(len(benign)), 2)
    half = indicator(drawn(first, DRAWS), len(benign))
    half_inside = within(gram, half, size)
    windows = indicator(drawn(second, NULLS), len(benign))
    cross = (windows.T @ (gram @ half)).astype(np.float64) / size**2
    scores = (within(gram, windows, size)[:, None] + half_inside - 2 * cross).mean(axis=1)
    draws = indicator(drawn(np.arange(len(benign)), DRAWS), len(benign))
    return Mmd(size, benign, median, draws, within(gram, draws, size), published, float(np.quantile(scores, 0.997)))
