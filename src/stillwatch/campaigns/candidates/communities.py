"""Communities of the nearest-neighbour graph of account vectors, by the Leiden algorithm (Traag et al. 2019)."""

from __future__ import annotations

import graspologic_native as graspologic
import numpy as np
import numpy.typing as npt

from stillwatch.campaigns.kernels import keep_largest

NEIGHBOURS = 10
BLOCK = 1024
EXACT = 16_384  #: rows up to which all pairs are looked at
PROBES = 8  #: cells that a row looks into beyond
SEED = 1
#: Resolutions: fine, so that a campaign comes without its look-alikes; coarse, for one that fine pieces are too small
#: to show.
FINE, COARSE = 6.0, 1.0


def nearest(vectors: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Each row's nearest other rows by cosine and how near: two arrays of shape (rows, neighbours).

    Exact up to `EXACT` rows. Beyond, an inverted file (Jegou et al. 2011) looks into the `PROBES` cells of about
    sqrt(rows) rows whose centres are nearest: the work grows as rows ** 1.5, and no cell is read for more than its
    rows' share. A place without a neighbour holds the row itself, at cosine -1.
    """
    count = len(vectors)
    k = min(NEIGHBOURS, count - 1)
    unit = vectors / (np.sqrt((vectors**2).sum(axis=1, keepdims=True)) + 1e-9)
    near, cosine = np.repeat(np.arange(count)[:, None], k, axis=1), np.full((count, k), -1, np.float32)
    if count <= EXACT:
        everybody = np.arange(count)
        for start in range(0, count, BLOCK):
            rows = everybody[start : start + BLOCK]
            keep_largest(unit[rows] @ unit.T, rows, everybody, near, cosine)
        return near, cosine
    centres = _centres(unit)
    home, probes = np.empty(count, np.int64), np.empty((count, PROBES), np.int64)
    for start in range(0, count, BLOCK):
        block = slice(start, start + BLOCK)
        close = unit[block] @ centres.T
        home[block] = close.argmax(axis=1)
        probes[block] = np.argpartition(-close, PROBES, axis=1)[:, :PROBES]
    held, asking = _rows_of_cells(home[:, None], len(centres)), _rows_of_cells(probes, len(centres))
    for members, askers in zip(held, asking, strict=True):
        for start in range(0, len(askers), BLOCK):
            rows = askers[start : start + BLOCK]
            keep_largest(unit[rows] @ unit[members].T, rows, members, near, cosine)
    return near, cosine


def _centres(unit: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Centres of about sqrt(rows) cells: a few rounds of spherical k-means (Dhillon and Modha 2001) on a sample."""
    random = np.random.default_rng(SEED)
    cells = int(len(unit) ** 0.5)
    sample = unit[random.choice(len(unit), min(len(unit), 32 * cells), replace=False)]
    centres = sample[:cells].copy()
    for _ in range(6):
        home = np.concatenate(
            [(sample[at : at + BLOCK] @ centres.T).argmax(axis=1) for at in range(0, len(sample), BLOCK)]
        )
        order = np.argsort(home, kind="stable")
        used, start = np.unique(home[order], return_index=True)
        centres[used] = np.add.reduceat(sample[order], start, axis=0)
        centres /= np.sqrt((centres**2).sum(axis=1, keepdims=True)) + 1e-9
    return centres


def _rows_of_cells(chosen: npt.NDArray[np.int64], cells: int) -> list[npt.NDArray[np.int64]]:
    """The rows that chose each cell, ascending; `chosen` is (rows, cells chosen)."""
    rows = np.argsort(chosen.ravel(), kind="stable") // chosen.shape[1]
    return np.split(rows, np.cumsum(np.bincount(chosen.ravel(), minlength=cells))[:-1])


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
