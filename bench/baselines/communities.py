"""Embeddings and communities: the nearest-neighbour graph of accounts' mean vectors, cut by the Leiden algorithm.

Traag, Waltman and van Eck 2019 on a graph as in coordinated-behaviour detection (Pacheco et al., ICWSM 2021).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bench.baselines.elicitation import rates
from bench.baselines.registry import ALONE, Floats, Ints, Scores, baseline
from bench.baselines.tables import Tables

NEIGHBOURS, SEED = 15, 1
LEAST = 8  #: accounts of a community
RESOLUTIONS = (1.0, 6.0, 20.0)


@baseline("embeddings + Leiden", source="Traag et al. 2019; Pacheco et al., ICWSM 2021")
def embeddings_leiden(tables: Tables, normal: Tables) -> dict[str, Scores]:
    """Communities, the tighter or the larger the more suspicious."""
    found = {}
    for resolution in RESOLUTIONS:
        group, tight = communities(tables, normal, resolution)
        size = np.bincount(group[group >= 0], minlength=1)
        inside = group >= 0
        found[f"tightness at resolution {resolution:g}"] = Scores(np.where(inside, tight[group], -1.0), group)
        found[f"size at resolution {resolution:g}"] = Scores(np.where(inside, size[group], 0.0), group)
    return found


@baseline("embeddings + Leiden + elicitation rate", source="Traag et al. 2019, with the phrases' rate per community")
def embeddings_leiden_elicitation(tables: Tables, normal: Tables) -> dict[str, Scores]:
    """Communities, the more of their members' prompts elicit the more suspicious."""
    found = {}
    for what, alone in zip(("reasoning", "any technique"), rates(tables), strict=True):
        for resolution in RESOLUTIONS:
            group, _ = communities(tables, normal, resolution)
            inside = group >= 0
            asked = np.bincount(group[inside], weights=alone[inside], minlength=1)
            pooled = asked / np.maximum(np.bincount(group[inside], minlength=1), 1)
            score = np.where(inside, pooled[group], 0.0)
            found[f"{what} at resolution {resolution:g}"] = Scores(score, group)
            # Those of a community that elicit themselves: its bystanders are let go.
            own = np.where(inside & (alone > 0.5 * score), score, 0.0)
            found[f"{what} at resolution {resolution:g}, own too"] = Scores(own, group)
    return found


@lru_cache(maxsize=len(RESOLUTIONS))
def communities(tables: Tables, normal: Tables, resolution: float) -> tuple[Ints, Floats]:
    """Community of each account, `ALONE` where it is small, and the mean similarity of neighbours in each."""
    import graspologic_native as graspologic

    able, edges = _neighbours(tables, normal)
    named = [(str(left), str(right), weight) for (left, right), weight in edges.items()]
    _, partition = graspologic.leiden(named, resolution=resolution, iterations=2, use_modularity=True, seed=SEED)
    label = np.full(len(able), ALONE, np.int64)
    for name, community in partition.items():
        label[int(name)] = community
    size = np.bincount(label[label >= 0], minlength=1)
    label[(label >= 0) & (size[label] < LEAST)] = ALONE
    total, seen = np.zeros(len(size)), np.zeros(len(size))
    for (left, right), weight in edges.items():
        if label[left] == label[right] >= 0:
            total[label[left]] += weight
            seen[label[left]] += 1
    group = np.full(len(tables), ALONE, np.int64)
    group[able] = label
    return group, total / np.maximum(seen, 1)


@lru_cache(maxsize=1)
def _neighbours(tables: Tables, normal: Tables) -> tuple[Ints, dict[tuple[int, int], float]]:
    """The accounts with prompts, and the cosine of each pair of them of which one is among the other's nearest."""
    from sklearn.neighbors import NearestNeighbors

    able = np.flatnonzero(tables.sampled > 0)
    vectors = (tables.mean_embedding[able] - normal.embedding.mean(axis=0)).astype(np.float32)
    near = min(NEIGHBOURS + 1, len(able))
    distance, index = NearestNeighbors(n_neighbors=near, metric="cosine").fit(vectors).kneighbors(vectors)
    edges: dict[tuple[int, int], float] = {}
    for left, (others, apart) in enumerate(zip(index.tolist(), distance.tolist(), strict=True)):
        for right, away in zip(others, apart, strict=True):
            if left != right and away < 1:
                edges[min(left, right), max(left, right)] = 1 - away
    return able, edges
