"""The rank of the true key among decoy keys that were never used.

An exact p-value that rests on nothing but that the true key was drawn at random, whatever the suspect, the texts and
the hash.

A rank among D decoys can't be below 1 / (D + 1). So that p < 1e-6 is in reach, the decoys are cheap: the weights of the
pairs are fixed, a decoy only colours them anew, and a kernel scores 10,000 pairs in about 0.1 ms. Most suspects need
few: sampling stops when enough decoys have reached the true key's score, and the p-value of that plan is exact too
(Besag and Clifford, Biometrika 1991).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.marks.colours import ColourKey, Ints, Levels, Words
from stillwatch.provenance.marks.kernels import score_keys

_BATCH = 256
ENOUGH = 50  #: decoys at or above the true key's score, after which no more are drawn


@dataclass(frozen=True)
class Recolouring:
    """Pairs with whole weights, laid out so that a key scores them fast."""

    context_tokens: Ints
    chosen_tokens: Ints
    contexts: Ints
    tokens: Ints
    start: Ints
    weights: Ints
    levels: Levels

    @classmethod
    def of(cls, contexts: Ints, tokens: Ints, weights: Ints, levels: Levels) -> Recolouring:
        """Lay out contexts int64[n, width], tokens int64[n], weights int64[n]; pairs of weight 0 are left out."""
        kept = weights != 0
        contexts, tokens, weights = contexts[kept], tokens[kept], weights[kept]
        context_tokens, coded = np.unique(contexts, return_inverse=True)
        chosen_tokens, chosen = np.unique(tokens, return_inverse=True)
        rows, place = np.unique(coded.reshape(contexts.shape), axis=0, return_inverse=True)
        place = place.reshape(-1)
        order = np.argsort(place, kind="stable")
        start = np.searchsorted(place[order], np.arange(len(rows) + 1)).astype(np.int64)
        return cls(
            context_tokens,
            chosen_tokens,
            np.ascontiguousarray(rows, np.int64),
            chosen.reshape(-1)[order].astype(np.int64),
            start,
            np.ascontiguousarray(weights[order]),
            levels,
        )

    def scores(self, keys: Words) -> Ints:
        """The statistic under each key: int64[n] for uint64[n, 2]."""
        out = np.empty(len(keys), np.int64)
        cuts = np.array(self.levels.cuts, np.uint32)
        score_keys(
            np.ascontiguousarray(keys, np.uint64),
            self.context_tokens,
            self.chosen_tokens,
            self.contexts,
            self.tokens,
            self.start,
            self.weights,
            cuts,
            np.array(self.levels.scores, np.int64),
            out,
        )
        return out

    def score(self, key: ColourKey) -> int:
        """The statistic under one key."""
        return int(self.scores(key.words()[None])[0])


@dataclass(frozen=True)
class Rank:
    """Where the true key stands: `reached` of `drawn` decoys have its score or more; `p_value` is exact."""

    p_value: float
    reached: int
    drawn: int


def rank(observed: int, parts: Sequence[Recolouring], *, decoys: int, seed: int) -> Rank:
    """Rank of the score of all parts among up to `decoys` random keys drawn from `seed`, ties against the true key."""
    generator = np.random.Generator(np.random.PCG64(seed))
    reached = drawn = 0
    while drawn < decoys:
        keys = generator.integers(0, 1 << 64, (min(_BATCH, decoys - drawn), 2), np.uint64)
        hits: NDArray[np.intp] = np.flatnonzero(sum(part.scores(keys) for part in parts) >= observed)
        if reached + len(hits) >= ENOUGH:
            stopped_at = drawn + int(hits[ENOUGH - reached - 1]) + 1
            return Rank(ENOUGH / stopped_at, ENOUGH, stopped_at)
        reached += len(hits)
        drawn += len(keys)
    return Rank((reached + 1) / (drawn + 1), reached, drawn)
