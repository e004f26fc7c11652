"""Whether a linked group is one, or a campaign and innocent accounts that ask much the same.

Accounts that are fed from one work queue ask the same whoever pays for them. So where a fair part of a group is tied by
means of payment, those must ask what the others ask: a two-sample test by the squared maximum mean discrepancy of their
prompts' sketches (Gretton et al. 2012), with its permutation distribution over accounts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.campaigns.membership import paid_for
from stillwatch.signals.population import Floats, Ints, Population

LEAST_TIED, LEAST_OTHERS = 8, 4
APART = 0.15  #: part of what the tied have in common by which the others differ, from which on they are others
SURELY = 4.0  #: standard deviations of the permutation distribution
DRAWS = 100
MOST = 4096  #: accounts that are compared


def like_minds(population: Population, linked: Ints) -> list[Ints]:
    """The linked as they belong together: all, or those that payment ties and the others, who ask something else."""
    paid = paid_for(population, linked)[linked]
    seen = np.flatnonzero(population.sampled[linked] >= 2)[:MOST]
    tied = paid[seen]
    if tied.sum() < LEAST_TIED or (~tied).sum() < LEAST_OTHERS:
        return [linked]
    vectors = population.content[linked[seen]].astype(float)
    discrepancy, alike = _discrepancy(vectors, tied)
    if discrepancy < APART * alike:
        return [linked]
    random = np.random.default_rng(len(linked))
    drawn = np.array([_discrepancy(vectors, random.permutation(tied))[0] for _ in range(DRAWS)])
    apart = discrepancy - drawn.mean() > SURELY * drawn.std()
    return [linked[paid], linked[~paid]] if apart else [linked]


def _discrepancy(vectors: Floats, first: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The unbiased squared discrepancy of two groups of accounts, and how alike two accounts of the first are."""
    (one, two), count = ((vectors[part].sum(axis=0) for part in (first, ~first)), (first.sum(), (~first).sum()))
    square = np.einsum("ij,ij->i", vectors, vectors)
    alike = [
        float(total @ total - square[part].sum()) / (n * (n - 1))
        for total, part, n in zip((one, two), (first, ~first), count, strict=True)
    ]
    return alike[0] + alike[1] - 2 * float(one @ two) / (count[0] * count[1]), alike[0]
