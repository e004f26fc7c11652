"""Communities of the nearest-neighbour graph of account vectors, by the Leiden algorithm (Traag et al. 2019)."""

from __future__ import annotations

import graspologic_native as graspologic
import numpy as np
import numpy.typing as npt

from stillwatch.campaigns.kernels import largest

NEIGHBOURS = 10
BLOCK = 1024
SEED = 1
#: Resolutions: fine, so that a campaign comes without its look-alikes; coarse, for one that fine pieces are too small
#: to show.
FINE, COARSE = 6.0, 1.0


def nearest(vectors: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Each row's nearest other rows by cosine and how near: two arrays of shape (rows, neighbours)."""
    count = len(vectors)
    k = min(NEIGHBOURS, count - 1)
    unit = vectors / (np.sqrt((vectors**2).sum(axis=1, keepdims=True)) + 1e-9)
    near, cosine = np.empty((count, k), np.int64), np.empty((count, k), np.float32)
    for start in range(0, count, BLOCK):
        block = slice(start, start + BLOCK)
        near[block], cosine[block] = largest(unit[block] @ unit.T, start, k)
    return near, cosine


def communities(
    left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], weight: npt.NDArray[np.floating], least: int
) -> list[tuple[npt.NDArray[np.int64], bool]]:
    """Groups of at least `least` nodes, and whether they are of the coarse partition, the fine ones first.

    An edge given in both directions counts with its mean weight twice. Coarse groups that are also fine are left out.
    """
    order = np.lexsort((np.maximum(left, right), np.minimum(left, right)))
    low, high = np.minimum(left, right)[order], np.maximum(left, right)[order]
    first = np.ones(len(order), bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    total = np.add.reduceat(weight[order], np.flatnonzero(first)) if len(order) else weight
    names = list(map(str, range(int(high.max()) + 1))) if len(order) else []
    edges = [
        (names[a], names[b], w)
        for a, b, w in zip(low[first].tolist(), high[first].tolist(), total.tolist(), strict=True)
    ]
    if not edges:
        return []
    fine = _partition(edges, FINE, least)
    known = {group.tobytes() for group in fine}
    coarse = [group for group in _partition(edges, COARSE, least) if group.tobytes() not in known]
    return [(group, False) for group in fine] + [(group, True) for group in coarse]


def _partition(edges: list[tuple[str, str, float]], resolution: float, least: int) -> list[npt.NDArray[np.int64]]:
    _, found = graspologic.leiden(edges, resolution=resolution, iterations=2, use_modularity=True, seed=SEED)
    nodes = np.array([int(name) for name in found], np.int64)
    label = np.fromiter(found.values(), np.int64, len(found))
    order = np.lexsort((nodes, label))
    nodes, label = nodes[order], label[order]
    groups = np.split(nodes, np.flatnonzero(np.diff(label)) + 1)
    return sorted((g for g in groups if len(g) >= least), key=lambda g: (-len(g), int(g[0])))
