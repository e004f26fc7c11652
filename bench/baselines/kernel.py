"""The kernel of arXiv 2606.05725: the mean of four Gaussians at 0.5, 1, 2 and 4 times the median distance.

Its sums over all pairs are taken through random Fourier features (Rahimi and Recht, NIPS 2007), which turn a squared
maximum mean discrepancy (Gretton et al. 2012) into a distance of means: the paper's twenty reference draws become one
mean over all of the reference.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bench.baselines.tables import Tables

WIDTHS = (0.5, 1.0, 2.0, 4.0)
FEATURES = 128  #: per width
MEDIAN_OF, BLOCK, SEED = 2000, 16_384, 0
Transform = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]


@lru_cache(maxsize=1)
def features(tables: Tables, normal: Tables) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """Features of every embedded prompt, (prompts, features), and the mean feature of the normal ones."""
    transform, centre = _fitted(normal)
    return np.concatenate([transform(block) for block in _blocks(tables.embedding)]), centre


@lru_cache(maxsize=1)
def _fitted(normal: Tables) -> tuple[Transform, npt.NDArray[np.float64]]:
    """The map into features, and their mean over the normal prompts."""
    from scipy.spatial.distance import pdist
    from sklearn.kernel_approximation import RBFSampler

    random = np.random.default_rng(SEED)
    some = random.choice(len(normal.embedding), min(MEDIAN_OF, len(normal.embedding)), replace=False)
    median = float(np.median(pdist(normal.embedding[some])))
    samplers = [
        RBFSampler(gamma=1 / (2 * (width * median) ** 2), n_components=FEATURES, random_state=number).fit(
            normal.embedding[:1]
        )
        for number, width in enumerate(WIDTHS)
    ]

    def transform(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        parts = [sampler.transform(vectors) for sampler in samplers]
        return np.concatenate(parts, axis=1) / np.float32(np.sqrt(len(WIDTHS)))

    total = np.zeros(FEATURES * len(WIDTHS))
    for block in _blocks(normal.embedding):
        total += transform(block).sum(axis=0, dtype=np.float64)
    return transform, total / len(normal.embedding)


def _blocks(vectors: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
    return [vectors[at : at + BLOCK] for at in range(0, len(vectors), BLOCK)]


def discrepancy(
    total: npt.NDArray[np.float64],
    own: npt.NDArray[np.float64],
    count: npt.NDArray[np.int64],
    centre: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Unbiased squared discrepancy of sets from the reference; NaN for a set of one.

    `total` is each set's sum of features, `own` its sum of squared lengths, `count` its size.
    """
    n = count.astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs = ((total**2).sum(axis=1) - own) / (n * (n - 1))
        return np.where(count > 1, pairs - 2 * (total @ centre) / n + centre @ centre, np.nan)
