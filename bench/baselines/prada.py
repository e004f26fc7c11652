"""PRADA (Juuti et al., EuroS&P 2019, arXiv 1805.02628), per account.

Of every query the least distance to the account's earlier queries is kept; benign users' distances are close to normal,
a systematic search's are not, so the Shapiro-Wilk statistic, after outliers beyond three standard deviations are
removed, is compared with a threshold. There are no predicted classes to keep apart here, as in arXiv 2606.05725.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.stats import shapiro

from bench.baselines.registry import Floats, Scores, baseline
from bench.baselines.tables import Tables
from bench.baselines.threshold import two_sided

LEAST = 10  #: distances from which the statistic is taken; the paper waits for 100 queries, which few accounts send


@baseline("PRADA per account", source="Juuti et al., EuroS&P 2019, arXiv 1805.02628")
def prada(tables: Tables, normal: Tables) -> dict[str, Scores]:
    """Departure from normality, and, as in arXiv 2606.05725, departure in either direction."""
    own, earlier = _departure(tables), _of_normal(normal)
    return {
        "not normal": Scores(np.nan_to_num(own, nan=-1.0)),
        "either way": Scores(two_sided(own, tables.sampled, earlier, normal.sampled)),
    }


@lru_cache(maxsize=1)
def _of_normal(normal: Tables) -> Floats:
    return _departure(normal)


def _departure(tables: Tables) -> Floats:
    """1 - W of every account; NaN with too few distances."""
    out = np.full(len(tables), np.nan)
    for account in np.flatnonzero(tables.sampled > LEAST):
        vectors = tables.embedding[tables.starts[account] : tables.starts[account + 1]]
        similar = np.tril(vectors @ vectors.T, -1) - 2 * np.triu(np.ones((len(vectors),) * 2, np.float32))
        distance = np.sqrt(np.maximum(2 - 2 * similar[1:].max(axis=1), 0)).astype(float)
        kept = distance[np.abs(distance - distance.mean()) <= 3 * distance.std()]
        if len(kept) >= 3 and np.ptp(kept) > 1e-6:
            out[account] = 1 - shapiro(kept).statistic
    return out
