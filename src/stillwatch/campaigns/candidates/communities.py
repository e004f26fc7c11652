"""Communities of the nearest-neighbour graph of account vectors, by the Leiden algorithm (Traag et al. 2019)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import graspologic_native as graspologic
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from stillwatch.campaigns.kernels import keep_largest, keep_largest_of_both
from stillwatch.signals.population import on_grid

NEIGHBOURS = 10
BLOCK = 512
EXACT = 8192  #: rows up to which all pairs are looked at
CELL, MOST = 256, 1024  #: rows of a cell beyond that, on average and at most
MOST_CELLS = 4096  #: so up to a million rows cells stay of that size; then they grow to `MOST`, and are cut
PROBES = 8  #: cells that a row looks into
SEED = 1
#: Resolutions: fine, so that a campaign comes without its look-alikes; coarse, for one that fine pieces are too small
#: to show.
FINE, COARSE = 6.0, 1.0


def nearest(vectors: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Each row's nearest other rows by cosine and how near: two arrays of shape (rows, neighbours).

    Exact up to `EXACT` rows. Beyond, an inverted file (Jegou et al. 2011): a row looks into the `PROBES` cells whose
    centres are nearest. There are `MOST_CELLS` cells at most, and one of more than `MOST` rows is cut, however alike
    they are, so that no row is ever compared with more than `MOST_CELLS` centres and `PROBES` * `MOST` rows. A place
    without a neighbour holds the row itself, at cosine -1.
    """
    count = len(vectors)
    k = min(NEIGHBOURS, count - 1)
    unit = _unit(vectors)
    near, cosine = np.repeat(np.arange(count)[:, None], k, axis=1), np.full((count, k), -1, np.float32)
    if count <= EXACT:
        everybody = np.arange(count)
        blocks = [everybody[start : start + BLOCK] for start in range(0, count, BLOCK)]
        for number, rows in enumerate(blocks):
            for others in blocks[:number]:
                keep_largest_of_both(unit[rows] @ unit[others].T, rows, others, near, cosine)
            keep_largest(unit[rows] @ unit[rows].T, rows, rows, near, cosine)
        return near, cosine
    probes = _probes(unit, _centres(unit))
    cells = int(probes.max()) + 1
    for members, askers in zip(_rows_of_cells(probes[:, :1], cells), _rows_of_cells(probes, cells), strict=True):
        for held, asking in _pieces(unit, members, askers):
            inside = unit[held].T
            for start in range(0, len(asking), BLOCK):
                rows = asking[start : start + BLOCK]
                keep_largest(unit[rows] @ inside, rows, held, near, cosine)
    return near, cosine


def _centres(unit: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Centres of cells of about `CELL` rows: a few rounds of spherical k-means (Dhillon and Modha 2001) on a sample."""
    random = np.random.default_rng(SEED)
    cells = min(max(len(unit) // CELL, PROBES), MOST_CELLS)
    sample = unit[random.choice(len(unit), min(len(unit), 16 * cells), replace=False)]
    centres = sample[:cells].copy()
    for _ in range(4):
        home = np.concatenate(
            [(sample[at : at + BLOCK] @ centres.T).argmax(axis=1) for at in range(0, len(sample), BLOCK)]
        )
        order = np.argsort(home, kind="stable")
        used, start = np.unique(home[order], return_index=True)
        centres[used] = _unit(np.add.reduceat(sample[order], start, axis=0))
    return centres


def _unit(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Vectors of about unit length, on the grid."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=float)) + 1e-9
    return on_grid(vectors / lengths.astype(np.float32)[:, None])


def _probes(unit: npt.NDArray[np.float32], centres: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """The `PROBES` nearest centres of each row, the nearest of all first, shape (rows, probes)."""
    everybody, names = np.arange(len(unit)), -1 - np.arange(len(centres))  # names that no row has
    probes, close = np.zeros((len(unit), PROBES), np.int64), np.full((len(unit), PROBES), -2, np.float32)
    for start in range(0, len(unit), BLOCK):
        rows = everybody[start : start + BLOCK]
        keep_largest(unit[rows] @ centres.T, rows, names, probes, close)
    best = close.argmax(axis=1)
    probes[everybody, best], probes[:, 0] = probes[:, 0], probes[everybody, best]
    return -1 - probes


def _rows_of_cells(chosen: npt.NDArray[np.int64], cells: int) -> list[npt.NDArray[np.int64]]:
    """The rows that chose each cell, ascending; `chosen` is (rows, cells chosen)."""
    rows = np.argsort(chosen.ravel(), kind="stable") // chosen.shape[1]
    return np.split(rows, np.cumsum(np.bincount(chosen.ravel(), minlength=cells))[:-1])


def _pieces(
    unit: npt.NDArray[np.float32], members: npt.NDArray[np.int64], askers: npt.NDArray[np.int64]
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """A cell as pieces of at most `MOST` rows, each with those who ask there: cut along the line of two of its rows.

    Members of equal place on the line fall into one piece or the next by their order; all others ask where they fall.
    """
    if len(members) <= MOST:
        return [(members, askers)]
    centre = on_grid(unit[members].mean(axis=0, dtype=float)).astype(np.float32)
    far = unit[members[int((unit[members] @ centre).argmin())]]
    axis = far - unit[members[int((unit[members] @ far).argmin())]]
    along = unit[members] @ axis
    cuts = np.array_split(np.argsort(along, kind="stable"), -(-len(members) // MOST))
    piece = np.empty(len(members), np.int64)
    for number, part in enumerate(cuts):
        piece[part] = number
    asked = np.searchsorted(along[[part[0] for part in cuts[1:]]], unit[askers] @ axis, "right")
    place = np.minimum(np.searchsorted(members, askers), len(members) - 1)
    inside = members[place] == askers
    asked[inside] = piece[place[inside]]
    return [(members[np.sort(part)], askers[asked == number]) for number, part in enumerate(cuts)]


def communities(
    left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], weight: npt.NDArray[np.floating], least: int
) -> list[tuple[npt.NDArray[np.int64], bool]]:
    """Groups of at least `least` nodes, and whether they are of the coarse partition, the fine ones first.

    An edge given in both directions counts with its mean weight twice. Coarse groups that are also fine are left out.
    """
    if not len(left):
        return []
    count = int(max(left.max(), right.max())) + 1
    directed = csr_array((weight, (left, right)), shape=(count, count))
    edges = csr_array(directed + directed.T)
    edges.sort_indices()
    with ThreadPoolExecutor(2) as pool:
        fine, coarse = pool.map(lambda resolution: _partition(edges, resolution, least), (FINE, COARSE))
    known = {group.tobytes() for group in fine}
    return [(group, False) for group in fine] + [(group, True) for group in coarse if group.tobytes() not in known]


def _partition(edges: csr_array, resolution: float, least: int) -> list[npt.NDArray[np.int64]]:
    _, found = graspologic.leiden_csr(
        edges.indptr.astype(np.int64),
        edges.indices.astype(np.int32),
        edges.data.astype(np.float64),
        edges.shape[0],
        resolution=resolution,
        iterations=2 if edges.shape[0] <= EXACT else 1,  # the second mends details, at the price of the first
        use_modularity=True,
        seed=SEED,
    )
    nodes, label = (np.fromiter(part, np.int64, len(found)) for part in (found.keys(), found.values()))
    order = np.lexsort((nodes, label))
    nodes, label = nodes[order], label[order]
    groups = np.split(nodes, np.flatnonzero(np.diff(label)) + 1)
    return sorted((g for g in groups if len(g) >= least), key=lambda g: (-len(g), int(g[0])))
