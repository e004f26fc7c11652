"""What a key says of a (context, token) pair: its draw, and the colour or score that follows from it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import UsageError
from stillwatch.provenance.keys import Key
from stillwatch.provenance.marks.kernels import context_draws, fill_table, pair_draws

Ints: TypeAlias = NDArray[np.int64]
Words: TypeAlias = NDArray[np.uint64]
Draws: TypeAlias = NDArray[np.uint32]

DRAWS = 1 << 32  #: a draw is a whole number in [0, DRAWS)
_TOKEN_LIMIT = 1 << 56  # the byte above holds the token's role


class ColourKey:
    """The colouring that one key gives. Made from a `Key` (serving, testing) or from two bare words (decoys)."""

    __slots__ = ("__words",)

    def __init__(self, key: Key) -> None:
        self.__words = np.frombuffer(key.derive("colours").secret()[:16], "<u8").astype(np.uint64)

    @classmethod
    def from_words(cls, words: Words) -> ColourKey:
        """The colouring under the two 64-bit words: what a decoy is."""
        key = cls.__new__(cls)
        key.__words = np.array(words, np.uint64).reshape(2)
        return key

    def __repr__(self) -> str:
        return "<ColourKey>"

    def words(self) -> Words:
        """The key itself as uint64[2]. Never log, print or store it."""
        return self.__words.copy()

    def tables(self, vocabulary: int, width: int) -> Words:
        """uint64[1 + width, vocabulary]: the word of each token when it is chosen, then at each place before it."""
        if not 0 < vocabulary < _TOKEN_LIMIT:
            raise UsageError(f"a vocabulary of {vocabulary} tokens can't be coloured")
        tokens = np.arange(vocabulary, dtype=np.int64)
        out = np.empty((1 + width, vocabulary), np.uint64)
        for role in range(1 + width):
            fill_table(self.__words[0], self.__words[1], role, tokens, out[role])
        return out

    def draws(self, contexts: Ints, tokens: Ints) -> Draws:
        """Draw of each pair, uint32[n]: contexts int64[n, width] with the nearest token first, tokens int64[n]."""
        size = int(max(contexts.max(initial=0), tokens.max(initial=0))) + 1
        out = np.empty(len(tokens), np.uint32)
        pair_draws(self.tables(size, contexts.shape[1]), contexts, tokens, out)
        return out

    def context_draws(self, contexts: Ints) -> Draws:
        """Draw of each context alone, uint32[n]."""
        size = int(contexts.max(initial=0)) + 1
        out = np.empty(len(contexts), np.uint32)
        context_draws(self.tables(size, contexts.shape[1]), contexts, out)
        return out


@dataclass(frozen=True)
class Levels:
    """How a draw is scored: `scores[i]` where i of the ascending `cuts` are at or below it. All whole numbers.

    Whole scores make the null law of a statistic a lattice law, which `law.upper_tail` computes exactly.
    """

    cuts: tuple[int, ...]
    scores: tuple[int, ...]

    def __post_init__(self) -> None:
        edges = (0, *self.cuts, DRAWS)
        if len(self.scores) != len(self.cuts) + 1 or any(a >= b for a, b in itertools.pairwise(edges)):
            raise UsageError("levels need ascending cuts between 0 and 2^32, and one score more than cuts")

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Chance of each score under a random key, float64[len(scores)]; multiples of 2^-32, so exact."""
        return np.diff(np.array([0, *self.cuts, DRAWS], np.float64)) / DRAWS

    @property
    def mean(self) -> float:
        """Expected score of a pair under a random key."""
        return float(self.probabilities @ np.array(self.scores))

    def of(self, draws: Draws) -> Ints:
        """Score of each draw, int64[n]."""
        return np.array(self.scores, np.int64)[np.searchsorted(np.array(self.cuts, np.uint64), draws, side="right")]


def green(gamma: float) -> Levels:
    """A pair is green (score 1) with chance `gamma`, else red (0)."""
    if not 0 < gamma < 1:
        raise UsageError(f"the green share gamma must be between 0 and 1, not {gamma}")
    return Levels(cuts=(DRAWS - round(gamma * DRAWS),), scores=(0, 1))


def gumbel_levels(count: int = 8, scale: int = 4) -> Levels:
    """The Gumbel score -log(1 - u) in `count` equally likely steps, in units of 1/scale.

    Each step has its mean score over the step (Aaronson's statistic has 1 on average; so has this one, but for
    rounding). Eight such steps keep 86 % of the information of the continuous score.
    """
    edges = [i / count for i in range(count + 1)]

    def below(u: float) -> float:  # integral of -log(1 - u)
        return u + (1 - u) * math.log(1 - u) if u < 1 else 1.0

    means = [(below(b) - below(a)) * count for a, b in itertools.pairwise(edges)]
    return Levels(
        cuts=tuple(i * DRAWS // count for i in range(1, count)), scores=tuple(round(m * scale) for m in means)
    )
