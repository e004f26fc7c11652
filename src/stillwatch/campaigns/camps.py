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
    even = np.arange(SAMPLE) % 2 == 0
    able = np.flatnonzero(population.sampled[linked] >= 4)[:MOST]
    if len(able) < LEAST_MEMBERS:
        return [linked]
    camp, centres = _two(_sketches(population, linked[able], even))
    if min(camp.sum(), (~camp).sum()) < LEAST:
        return [linked]
    if not apart(_sketches(population, linked[able], ~even), camp, APART):
        return [linked]
    nearer = population.content[linked].astype(float) @ (centres[1] - centres[0])
    first = nearer > (centres[1] @ centres[1] - centres[0] @ centres[0]) / 2
    return [linked[first], linked[~first]] if first.any() and not first.all() else [linked]


def _sketches(population: Population, rows: Ints, slots: npt.NDArray[np.bool_]) -> Floats:
    """`Population.content` of these accounts, of the prompts in these slots of their samples alone."""
    used = (population.profiles["items"][rows] != EMPTY) & slots
    sums = sign_sums(population.profiles["item_signs"], rows, used).astype(float)
    bits = sums.shape[1]
    mean = sums / (bits**0.5 * np.maximum(used.sum(axis=1), 1))[:, None]
    return np.asarray(mean - population.centre)


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
    discrepancy, alike = _discrepancy(vectors, first)
    if discrepancy < least * alike:
        return False
    random = np.random.default_rng(len(vectors))
    drawn = np.array([_discrepancy(vectors, random.permutation(first))[0] for _ in range(DRAWS)])
    return bool(discrepancy - drawn.mean() > SURELY * drawn.std())


def _discrepancy(vectors: Floats, first: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The unbiased squared discrepancy of two groups of accounts, and how alike two accounts of the first are."""
    (one, two), count = ((vectors[part].sum(axis=0) for part in (first, ~first)), (first.sum(), (~first).sum()))
    square = np.einsum("ij,ij->i", vectors, vectors)
    alike = [
        float(total @ total - square[part].sum()) / (n * (n - 1))
        for total, part, n in zip((one, two), (first, ~first), count, strict=True)
    ]
    return alike[0] + alike[1] - 2 * float(one @ two) / (count[0] * count[1]), alike[0]
