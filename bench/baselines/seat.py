"""SEAT (Zhang, Chen and Wagner, AISec 2021), per account: pairs of queries that are more similar than benign ones.

Its encoder is trained adversarially on the victim's own images; there is none for prompts, so, as in arXiv 2606.05725,
the similarity is the cosine of sentence vectors and the bound the 99th percentile of innocent pairs.
"""

from __future__ import annotations

import numpy as np

from bench.baselines.registry import Floats, Scores, baseline
from bench.baselines.tables import Tables
from bench.baselines.threshold import two_sided

PAIRS, QUANTILE, SEED = 200_000, 0.99, 0


@baseline("SEAT per account", source="Zhang, Chen and Wagner, AISec 2021")
def seat(tables: Tables, normal: Tables) -> dict[str, Scores]:
    """Share and number of similar pairs, and a share that is unusual either way."""
    random = np.random.default_rng(SEED)
    left, right = random.integers(0, len(normal.sample), (2, PAIRS))
    apart = normal.owner[normal.sample[left]] != normal.owner[normal.sample[right]]
    cosine = np.einsum("ij,ij->i", normal.embedding[left[apart]], normal.embedding[right[apart]])
    bound = float(np.quantile(cosine, QUANTILE))
    count, share = _similar(tables, bound)
    return {
        "share of pairs": Scores(np.nan_to_num(share, nan=0.0)),
        "number of pairs": Scores(count),
        "share, either way": Scores(two_sided(share, tables.sampled, _similar(normal, bound)[1], normal.sampled)),
    }


def _similar(tables: Tables, bound: float) -> tuple[Floats, Floats]:
    """Number and share of an account's pairs above the bound; NaN share under two prompts."""
    count = np.zeros(len(tables))
    for account in np.flatnonzero(tables.sampled >= 2):
        vectors = tables.embedding[tables.starts[account] : tables.starts[account + 1]]
        count[account] = (np.count_nonzero(vectors @ vectors.T > bound) - len(vectors)) / 2
    pairs = tables.sampled * (tables.sampled - 1) / 2
    return count, np.where(pairs > 0, count / np.maximum(pairs, 1), np.nan)
