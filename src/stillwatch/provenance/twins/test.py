"""The twins test of a suspect, with and without log-probabilities.

Each pair gives one number, computed in the engine's order and without looking at the coin: how much better the suspect
predicts the first text than the second. Then the coin gives it its sign. If the suspect did not learn from what was
served, the signs are fair coins given the sizes, for any suspect whatever, and `sign_flip_test` is exact.

What else predicts one text better than the other (its length, the model's own likelihood of it) is taken out with
reference differences over the same pairs, which keeps exactness; see `adjust`. A control model that never saw the
served texts is the best reference: it makes the test several times more powerful.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import UsageError
from stillwatch.progress import Progress
from stillwatch.provenance.errors import TextTooLongError
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.suspects import Suspect
from stillwatch.provenance.twins.collect import ORDER, Twin
from stillwatch.provenance.twins.signflip import adjust, shift_interval, sign_flip_test

Floats: TypeAlias = NDArray[np.float64]
Record: TypeAlias = Callable[[str, dict[str, Any]], None]

_CHUNK = 32
_LONGEST_GRAM = 4
_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured of the pairs, blind to the coins: shape (n,), positive where the first text is favoured."""

    pairs: tuple[str, ...]
    #: What the test uses, references taken out.
    values: Floats
    #: The same in the unit of the effect.
    effects: Floats
    left_out: int


def twins_test(
    suspect: Suspect,
    twins: Sequence[Twin],
    *,
    references: Sequence[Suspect] = (),
    record: Record | None = None,
    progress: Progress | None = None,
) -> TestResult:
    """Test whether the suspect predicts the served texts better than the withheld ones.

    `references` are models that did not learn from the served texts; their differences are taken out. `record` is
    called with the blind measurement before the coins are applied. The effect is in nats per token. Raises
    `NotComputableError` where the suspect gives no log-probabilities, `UsageError` where no pair is left.
    """
    usable = [twin for twin in twins if all(twin.texts)]
    scores = [mean_differences(one, usable, progress=progress) for one in (suspect, *references)]
    kept = np.flatnonzero(np.min([tokens.min(axis=1) for _, tokens in scores], axis=0) > 0)
    if not len(kept):
        raise UsageError("no pair of twins is left to test: each has a text that is empty or too long")
    means = np.column_stack([values[kept] for values, _ in scores])
    tokens = scores[0][1][kept]
    # The difference of two means over t0 and t1 tokens has a variance like 1/t0 + 1/t1: longer pairs weigh more.
    scale = np.sqrt(tokens[:, 0] * tokens[:, 1] / tokens.sum(axis=1))
    known = np.column_stack([means[:, 1:], _own_means([usable[i] for i in kept])])
    lengths = np.log(tokens[:, 0] / tokens[:, 1])[:, None]
    measured = Measured(
        pairs=tuple(usable[i].pair for i in kept),
        values=adjust(means[:, 0] * scale, np.column_stack([known * scale[:, None], lengths * scale[:, None]])),
        effects=adjust(means[:, 0], np.column_stack([known, lengths])),
        left_out=len(twins) - len(kept),
    )
    return _answer(
        "twins",
        suspect,
        [usable[i] for i in kept],
        measured,
        record,
        unit="nats per token",
        details={"references": [one.name for one in references], "tokens": int(tokens.sum())},
    )


def twins_closed_test(
    suspect: Suspect,
    twins: Sequence[Twin],
    *,
    samples: int = 4,
    max_tokens: int = 128,
    temperature: float = 1.0,
    seed: int = 0,
    record: Record | None = None,
    progress: Progress | None = None,
) -> TestResult:
    """Test whether the suspect's own answers are nearer the served texts than the withheld ones.

    For suspects that give text alone; far weaker. Nearness is the overlap in sequences of one to four words that only
    one of the twins has, rare ones counting more. The effect is the surplus of that overlap as a share of all such
    sequences: about one half for a suspect that repeats every served text.
    """
    usable = [twin for twin in twins if all(twin.texts)]
    if not usable:
        raise UsageError("no pair of twins is left to test: the store holds none with two texts that are not empty")
    grams = [tuple(_grams(text) for text in twin.texts) for twin in usable]
    found = Counter(gram for pair in grams for gram in pair[0] | pair[1])
    values = np.zeros(len(usable))
    for round_ in range(samples):
        for start in range(0, len(usable), _CHUNK):
            part = usable[start : start + _CHUNK]
            answers = suspect.generate(
                [twin.prompt for twin in part],
                max_tokens=max_tokens,
                temperature=temperature,
                seed=seed + round_ * len(usable) + start,
            )
            for i, answer in enumerate(answers, start):
                values[i] += _nearer(_grams(answer), grams[i][0], grams[i][1], found, len(usable)) / samples
            if progress:
                progress(f"asking {suspect.name}", round_ * len(usable) + start + len(part), samples * len(usable))
    measured = Measured(
        pairs=tuple(twin.pair for twin in usable), values=values, effects=values, left_out=len(twins) - len(usable)
    )
    return _answer(
        "twins, closed box",
        suspect,
        usable,
        measured,
        record,
        unit="surplus share of distinctive word sequences",
        details={"samples": samples, "max_tokens": max_tokens, "temperature": temperature, "seed": seed},
    )


def mean_differences(
    suspect: Suspect, twins: Sequence[Twin], *, progress: Progress | None = None
) -> tuple[Floats, NDArray[np.int64]]:
    """Mean log-probability a token of the first text less that of the second, shape (n,), and tokens, shape (n, 2).

    Both texts of a pair go into one call, in the engine's order: nothing of how it is made depends on the coin. A pair
    with a text that is too long for the suspect has no tokens here.
    """
    means, counts = np.zeros(len(twins)), np.zeros((len(twins), 2), np.int64)
    for start in range(0, len(twins), _CHUNK):
        part = twins[start : start + _CHUNK]
        values = _scored(suspect, part)
        for i in range(len(part)):
            first, second = values[2 * i], values[2 * i + 1]
            counts[start + i] = len(first), len(second)
            if len(first) and len(second):
                means[start + i] = first.mean() - second.mean()
        if progress:
            progress(f"scoring with {suspect.name}", start + len(part), len(twins))
    return means, counts


def _scored(suspect: Suspect, twins: Sequence[Twin]) -> list[Floats]:
    """Token log-probabilities of both texts of each pair, one after the other."""
    try:
        return suspect.token_log_probabilities(
            [twin.prompt for twin in twins for _ in twin.texts], [text for twin in twins for text in twin.texts]
        )
    except TextTooLongError:
        if len(twins) == 1:
            return [np.zeros(0), np.zeros(0)]
        return [values for twin in twins for values in _scored(suspect, [twin])]


def unblind(pairs: Sequence[str], twins: Sequence[Twin]) -> NDArray[np.int64]:
    """The sign of each pair: +1 where the first text was served. Raises `UsageError` for a pair that is not there."""
    signs = {twin.pair: twin.sign for twin in twins}
    missing = [pair for pair in pairs if pair not in signs]
    if missing:
        raise UsageError(f"{len(missing)} measured pairs are not among the twins")
    return np.array([signs[pair] for pair in pairs], np.int64)


def _answer(
    name: str,
    suspect: Suspect,
    twins: Sequence[Twin],
    measured: Measured,
    record: Record | None,
    *,
    unit: str,
    details: dict[str, Any],
) -> TestResult:
    blind = [float(value) for value in measured.values]
    if record:
        record("measurement", {"test": name, "suspect": suspect.name, "pairs": list(measured.pairs), "values": blind})
    signs = unblind(measured.pairs, twins)
    answer = sign_flip_test(signs * np.asarray(blind))
    effect, low, high = shift_interval(signs * measured.effects)
    return TestResult(
        name=name,
        p_value=answer.p_value,
        effect=effect,
        interval=(low, high) if math.isfinite(low) else None,
        samples=answer.used,
        details={
            "effect_unit": unit,
            "method": answer.method,
            "statistic": answer.statistic,
            "z": answer.z,
            "levels": answer.levels,
            "served_favoured": float(np.mean(signs * measured.values > 0)),
            "left_out": measured.left_out,
            "coins_by_order": sum(twin.coin == ORDER for twin in twins),
            "measurement": hashlib.sha256(np.asarray(blind).tobytes()).hexdigest(),
            **details,
        },
    )


def _own_means(twins: Sequence[Twin]) -> Floats:
    """The served model's own mean log-probability differences, shape (n, 1), zero where the engine didn't say."""
    out = np.zeros((len(twins), 1))
    for i, twin in enumerate(twins):
        if twin.tokens and twin.log_likelihoods and all(twin.tokens):
            out[i] = twin.log_likelihoods[0] / twin.tokens[0] - twin.log_likelihoods[1] / twin.tokens[1]
    return out


def _grams(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return frozenset(
        tuple(words[i : i + size]) for size in range(1, _LONGEST_GRAM + 1) for i in range(len(words) - size + 1)
    )


def _nearer(
    answer: frozenset[tuple[str, ...]],
    first: frozenset[tuple[str, ...]],
    second: frozenset[tuple[str, ...]],
    found: Counter[tuple[str, ...]],
    pairs: int,
) -> float:
    def weight(grams: frozenset[tuple[str, ...]]) -> float:
        # Rarity among the pairs, each counted once whichever of its twins has it.
        return math.fsum(math.log(1 + pairs / found[gram]) for gram in sorted(grams))

    only_first, only_second = first - second, second - first
    whole = weight(only_first) + weight(only_second)
    return (weight(answer & only_first) - weight(answer & only_second)) / whole if whole else 0.0
