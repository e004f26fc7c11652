"""Two camps in a group of accounts: what one half of their prompts says, the other half has to know.

Accounts that are fed from one work queue ask the same, so that dividing them by what they asked tells nothing of what
else they ask. Camps are found by k-means on one half of everybody's sample and tested on the other, by the squared
maximum mean discrepancy of the prompts' sketches (Gretton et al. 2012) with its permutation distribution over accounts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.profile.kernels import EMPTY, SAMPLE
from stillwatch.signals.kernels import sign_sums
from stillwatch.signals.population import Floats, Ints, Population

LEAST = 4  #: accounts of a camp
LEAST_MEMBERS = 12  #: of a group that is looked at
#: Part of what accounts have in common by which camps differ: those of one queue differ by nothing, those of owners
#: with concerns of their own by little.
APART = 0.18
SURELY = 4.0  #: standard deviations of the permutation distribution
DRAWS = 100
MOST = 4096  #: accounts that are compared
ROUNDS = 8  #: of moving accounts to the camp that they are nearer to


def camps(population: Population, linked: Ints) -> list[Ints]:
    """All, or the two camps that they are in."""
    able = np.flatnonzero(population.sampled[linked] >= 4)[:MOST]
    if len(able) < LEAST_MEMBERS:
        return [linked]
    one, other = _halves(population, linked[able])
    camp, centres = _two(one)
    if min(camp.sum(), (~camp).sum()) < LEAST or not apart(other, camp, APART):
        return [linked]
    nearer = population.content[linked].astype(float) @ (centres[1] - centres[0])
    first = nearer > (centres[1] @ centres[1] - centres[0] @ centres[0]) / 2
    return [linked[first], linked[~first]] if first.any() and not first.all() else [linked]


def _halves(population: Population, rows: Ints) -> tuple[Floats, Floats]:
    """`Population.content` of these accounts by every other prompt of their samples, and by the others alone."""
    even = (population.profiles["items"][rows] != EMPTY) & (np.arange(SAMPLE) % 2 == 0)
    sums = sign_sums(population.profiles["item_signs"], rows, even).astype(float)
    unit, count = sums.shape[1] ** 0.5, even.sum(axis=1)
    all_sums = (population.content[rows] + population.centre) * (unit * population.sampled[rows])[:, None]
    left = np.maximum(population.sampled[rows] - count, 1)
    one, other = sums / (unit * np.maximum(count, 1))[:, None], (all_sums - sums) / (unit * left)[:, None]
    return np.asarray(one - population.centre), np.asarray(other - population.centre)


def _two(vectors: Floats) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Which of two camps each is in (k-means, from the leading principal axis), and the camps' centres, (2, bits)."""
    centred = vectors - vectors.mean(axis=0)
    along = centred[np.argmax(np.einsum("ij,ij->i", centred, centred))]
    for _ in range(ROUNDS):  # power iteration, as near as is needed to begin
        along = (centred @ along) @ centred
        along /= np.sqrt(along @ along) + 1e-12
    camp = centred @ along > 0
    centres = np.zeros((2, vectors.shape[1]))
    for _ in range(ROUNDS):
        if camp.all() or not camp.any():
            break
        centres = np.stack((vectors[~camp].mean(axis=0), vectors[camp].mean(axis=0)))
        moved = vectors @ (centres[1] - centres[0]) > (centres[1] @ centres[1] - centres[0] @ centres[0]) / 2
        if (moved == camp).all():
            break
        camp = moved
    return camp, centres


def apart(vectors: Floats, first: npt.NDArray[np.bool_], least: float) -> bool:
    """Whether the first ask something else than the others, by that part of what they have in common or more."""
    (discrepancy,), (alike,) = _discrepancy(vectors, first[None, :])
    if discrepancy < least * alike:
        return False
    random = np.random.default_rng(len(vectors))
    drawn = _discrepancy(vectors, random.permuted(np.repeat(first[None, :], DRAWS, axis=0), axis=1))[0]
    return bool(discrepancy - drawn.mean() > SURELY * drawn.std())


def _discrepancy(vectors: Floats, first: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The unbiased squared discrepancy of two groups of accounts, and how alike two accounts of the first are.

    `first` (draws, accounts) says who is in the first; either result is of shape (draws,).
    """
    square = np.einsum("ij,ij->i", vectors, vectors)
    sums, alike, counts = [], [], []
    for chosen in (first.astype(float), (~first).astype(float)):
        total, count = chosen @ vectors, chosen.sum(axis=1)
        alike.append((np.einsum("ij,ij->i", total, total) - chosen @ square) / (count * (count - 1)))
        sums.append(total)
        counts.append(count)
    between = np.einsum("ij,ij->i", *sums) / (counts[0] * counts[1])
    return alike[0] + alike[1] - 2 * between, alike[0]
