"""Candidates by likeness: accounts whose prompts can't be told apart, though no wording is shared.

Two accounts are joined when the mean similarity of their prompts reaches that of each one's own prompts: the unbiased
squared maximum mean discrepancy (Gretton et al. 2012) between them is about zero, where two people's is not.
"""

from __future__ import annotations

import numpy as np

from stillwatch.campaigns.camps import camps
from stillwatch.campaigns.candidates.communities import communities, nearest
from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.kernels import products
from stillwatch.campaigns.streams import Stream, whole
from stillwatch.signals.population import LEAST_SAMPLED, Population

PIECES = 0.1  #: share of a coarse community's accounts that are in fine ones, from which on it is left out
NOISE = 0.0625  #: standard deviation of the similarity of two unrelated prompts' sketches


def likeness(population: Population, least: int) -> list[Stream]:
    """Communities of at least `least` accounts that are each other's nearest neighbours and look exchangeable."""
    rows = np.flatnonzero(population.sampled >= LEAST_SAMPLED)
    if len(rows) < least:
        return []
    own, n = population.self_similarity[rows], population.sampled[rows]
    near, _ = nearest(population.topics[rows])
    left, right = np.repeat(np.arange(len(rows)), near.shape[1]), near.ravel()
    similar = products(population.content, rows, near).ravel()
    noise = NOISE / np.sqrt(n[left] * n[right].astype(float))
    own_noise = NOISE * 2 / np.minimum(n[left], n[right])
    alike = (left != right) & (similar > 3 * noise) & (similar >= 0.75 * np.maximum(own[left], own[right]) - own_noise)
    groups = communities(left[alike], right[alike], np.ones(alike.sum()), least)
    why = "prompts that don't tell accounts apart"
    # A coarse community is a mixture of all who ask that kind of thing, but for one that fine pieces are too small for.
    fine = np.zeros(len(rows), bool)
    fine[np.concatenate([group for group, coarse in groups if not coarse] or [np.zeros(0, np.int64)])] = True
    kept = [(rows[group], coarse) for group, coarse in groups if not coarse or fine[group].mean() < PIECES]
    apart = [(camp, coarse) for members, coarse in kept for camp in camps(population, members) if len(camp) >= least]
    return [
        whole(population, members, "content", why, wording(population, members), coarse) for members, coarse in apart
    ]
