"""Candidates by likeness: accounts whose prompts can't be told apart, though no wording is shared.

Two accounts are joined when the mean similarity of their prompts reaches that of each one's own prompts: the unbiased
squared maximum mean discrepancy (Gretton et al. 2012) between them is about zero, where two people's is not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from stillwatch.campaigns.streams import Stream, whole
from stillwatch.signals.population import Population

LEAST_PROMPTS = 6
NEIGHBOURS = 12
NOISE = 0.075  #: standard deviation of the similarity of two unrelated prompts' sketches
BLOCK = 2048


def likeness(population: Population, least: int, within: npt.NDArray[np.int64] | None = None) -> list[Stream]:
    """Groups of at least `least` accounts that are each other's nearest neighbours and look exchangeable."""
    rows = np.flatnonzero(population.prompts >= LEAST_PROMPTS) if within is None else within
    if len(rows) < least:
        return []
    content = population.content[rows]
    own = population.self_similarity[rows]
    n = population.prompts[rows]
    norm = np.sqrt((content**2).sum(axis=1)) + 1e-9
    unit = content / norm[:, None]
    near = np.empty((len(rows), NEIGHBOURS), np.int64)
    for start in range(0, len(rows), BLOCK):
        block = unit[start : start + BLOCK] @ unit.T
        block[np.arange(len(block)), np.arange(start, start + len(block))] = -2
        near[start : start + BLOCK] = np.argpartition(-block, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    left = np.repeat(np.arange(len(rows)), NEIGHBOURS)
    right = near.ravel()
    similar = np.einsum("ij,ij->i", content[left], content[right])
    noise = NOISE / np.sqrt(n[left] * n[right].astype(float))
    self_noise = NOISE / np.sqrt(np.minimum(n[left], n[right]) ** 2 / 2.0)
    alike = (similar > 4 * noise) & (similar >= 0.75 * np.maximum(own[left], own[right]) - 2 * self_noise)
    edges = coo_array((np.ones(alike.sum()), (left[alike], right[alike])), shape=(len(rows), len(rows))).tocsr()
    mutual = edges.multiply(edges.T)
    shared = (mutual @ mutual).multiply(mutual)  # an edge counts when both ends have another neighbour in common
    count, label = connected_components(shared >= 1 if shared.nnz else mutual, directed=False)
    sizes = np.bincount(label, minlength=count)
    return [
        whole(population, rows[label == group], "content", "prompts that can't be told apart by account")
        for group in np.flatnonzero(sizes >= least)
    ]
