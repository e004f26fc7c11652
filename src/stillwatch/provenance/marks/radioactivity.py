"""Radioactivity: whether the suspect has inherited the bias of a key.

The statistic is T(k) = sum over pairs of w * score_k(pair), with weights w from `pairs.py` that no key entered. If the
suspect, the reference and the audit texts are independent of the true key k, then T(k) is one draw from the law of
T(random key), which is known twice over:

- **by computation**: distinct pairs have independent scores, so the law is a convolution (`law.py`). Exact at any size
  of p; assumes that the keyed hash is a pseudorandom function.
- **by rank** among decoy keys (`decoys.py`): assumes only that the true key was drawn at random like the decoys, and
  can't go below 1 / (decoys + 1).

The p-value of the result is the computed one. The rank stands beside it, and takes its place where the two disagree by
more than chance, so that a defect of the hash can only ever weaken a finding. A binomial test of the green share over
all scored tokens is *not* valid: the tokens of a pair share one draw, and the true spread is several times the
binomial one. `python -m bench provenance` shows both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from stillwatch.errors import UsageError
from stillwatch.provenance.marks.colours import ColourKey, Ints, Levels
from stillwatch.provenance.marks.decoys import Rank, Recolouring, rank
from stillwatch.provenance.marks.law import scaled_terms, upper_tail
from stillwatch.provenance.marks.pairs import Pairs
from stillwatch.provenance.marks.settings import MarkSettings
from stillwatch.provenance.result import TestResult

DECOYS = 1_000_000  #: enough for a rank to reach p < 1e-6
_WORK = 2 * 10**10  # pairs scored for one rank at most, some minutes: with more than 20,000 pairs, fewer decoys
_LARGEST = 128  # whole weight of the heaviest pair
#: Whole weights: two steps an octave, so that the law has few distinct terms; a step loses under 1 % of the power.
_STEPS = np.unique(np.round(2.0 ** (np.arange(2 * int(math.log2(_LARGEST)) + 1) / 2)).astype(np.int64))
_CAP = 12.0  # a pair weighs at most this many root mean squares: no handful of pairs decides
_DISAGREE = 1e-6  # chance of the rank that we see, or a worse one, if the computed law were right


@dataclass(frozen=True)
class Scored:
    """A key's score against the law of a random key's, in whole units of the statistic."""

    observed: int
    mean: float
    spread: float
    p_value: float


def whole_weights(weights: NDArray[np.float64]) -> Ints:
    """Weights as small whole numbers, int64[n]: capped, then rounded to half octaves; the statistic is defined by them.

    They are a function of the data alone, so the test stays exact; small ones become 0.
    """
    if not len(weights) or not np.any(weights):
        return np.zeros(len(weights), np.int64)
    if not np.all(np.isfinite(weights)):
        raise UsageError("a weight is not a finite number: the suspect gave no proper log-probabilities")
    sizes = np.abs(weights) / np.abs(weights).max()
    limit = min(1.0, _CAP * float(np.sqrt(np.mean(sizes[sizes != 0] ** 2))))
    scaled = np.minimum(sizes / limit, 1.0) * _LARGEST
    edges = np.concatenate([[0.5], np.sqrt(_STEPS[:-1] * _STEPS[1:])])
    steps = np.concatenate([[0], _STEPS])[np.searchsorted(edges, scaled, side="right")]
    whole: Ints = (np.sign(weights) * steps).astype(np.int64)
    return whole


#: The pairs on one layer's positions (`attribution.provider_pairs`, `group_pairs`), and the key of that layer.
Layer: TypeAlias = tuple[Pairs, ColourKey]


def score(weights: Ints, levels: Levels, observed: int) -> Scored:
    """An observed statistic of pairs with those whole weights, and its exact p-value under random keys."""
    scores = np.array(levels.scores, np.float64)
    variance = float(levels.probabilities @ scores**2) - levels.mean**2
    mean = levels.mean * float(weights.sum())
    spread = math.sqrt(variance * float((weights.astype(np.float64) ** 2).sum()))
    law = scaled_terms(weights, levels.scores, levels.probabilities)
    return Scored(observed, mean, spread, upper_tail(law, observed) if len(law.counts) else 1.0)


def radioactivity_test(
    pairs: Pairs, key: ColourKey, settings: MarkSettings, *, name: str, seed: int, decoys: int = DECOYS
) -> TestResult:
    """Test whether the pairs' weights go with the key's colours more than with a random key's.

    `pairs`: those on the positions of the key's layer. At most `decoys` decoys are drawn, and fewer where the pairs are
    very many; 0 leaves out the rank. The effect is the mean score of a pair by weight, less its expectation, in
    standard deviations of a score (the weighted correlation of weight and colour), with a 95 % interval.
    """
    return layers_test([(pairs, key)], settings, name=name, seed=seed, decoys=decoys)


def layers_test(
    layers: Sequence[Layer], settings: MarkSettings, *, name: str, seed: int, decoys: int = DECOYS
) -> TestResult:
    """`radioactivity_test` of several layers together, which have no pair in common, each under its own key.

    For whom the suspect is said to have learnt from: the provider's key and that group's speak to one question.
    """
    for pairs, _ in layers:
        _require_width(pairs, settings)
    weights = whole_weights(np.concatenate([pairs.weights for pairs, _ in layers]))
    parts = np.split(weights, np.cumsum([len(pairs.weights) for pairs, _ in layers])[:-1])
    laid_out = [
        Recolouring.of(pairs.contexts, pairs.tokens, part, settings.levels)
        for (pairs, _), part in zip(layers, parts, strict=True)
    ]
    observed = sum(part.score(key) for (_, key), part in zip(layers, laid_out, strict=True))
    scored = score(weights, settings.levels, observed)
    count = int(np.count_nonzero(weights))
    most = min(decoys, _WORK // max(1, count))
    # One decoy colours all layers: distinct pairs are as independent under it as under a decoy for each.
    ranked = rank(observed, laid_out, decoys=most, seed=seed) if most else None
    p_value, agree = _reconciled(scored.p_value, ranked)
    root = math.sqrt(max(1, count))
    z = (observed - scored.mean) / scored.spread if scored.spread else 0.0
    details: dict[str, Any] = {
        "effect_unit": "correlation of weight and colour",
        "z": z,
        "law_p_value": scored.p_value,
        "pairs": count,
        "tokens": layers[0][0].scored,
        "mark": settings.as_dict(),
    }
    if ranked:
        details |= {
            "rank_p_value": ranked.p_value,
            "decoys": ranked.drawn,
            "decoys_at_or_above": ranked.reached,
            "decoys_seed": str(seed),
            "law_and_rank_agree": agree,
        }
    return TestResult(
        name=name,
        p_value=p_value,
        effect=z / root,
        interval=((z - 1.96) / root, (z + 1.96) / root),
        samples=count,
        details=details,
    )


def deduplicated_test(pairs: Pairs, key: ColourKey, settings: MarkSettings, *, name: str) -> TestResult:
    """The literature's test: the share of green among the distinct pairs that the suspect said, each counted once.

    `pairs` are counts (`generated_pairs`). Exact: distinct pairs have independent colours, so the count is binomial
    (and the Gumbel score a sum of independent steps). It has the power of the *set* of pairs alone, and a student
    inherits frequencies first: at small exposure it sees nothing.
    """
    _require_width(pairs, settings)
    laid_out = Recolouring.of(pairs.contexts, pairs.tokens, np.ones(len(pairs.tokens), np.int64), settings.levels)
    scored = score(laid_out.weights, settings.levels, laid_out.score(key))
    count = max(1, len(pairs.tokens))
    effect, half = (scored.observed - scored.mean) / count, 1.96 * scored.spread / count
    return TestResult(
        name=name,
        p_value=scored.p_value,
        effect=effect,
        interval=(effect - half, effect + half),
        samples=len(pairs.tokens),
        details={
            "effect_unit": "excess mean score of a distinct pair",
            "tokens": pairs.scored,
            "mark": settings.as_dict(),
        },
    )


def _reconciled(law: float, ranked: Rank | None) -> tuple[float, bool]:
    """The p-value to report, and whether the rank bears the law out."""
    if ranked is None:
        return law, True
    # As many decoys as this, or more, at or above the true key although each is so with chance `law`?
    surprise = float(binom.sf(ranked.reached - 1, ranked.drawn, law)) if ranked.reached else 1.0
    return (law, True) if surprise > _DISAGREE else (max(law, ranked.p_value), False)


def _require_width(pairs: Pairs, settings: MarkSettings) -> None:
    if pairs.width != settings.context_width:
        raise UsageError(
            f"the pairs have contexts of {pairs.width} tokens, and the mark was served with {settings.context_width}"
        )
