"""Fit the elicitation classifier: a logistic regression on hashed words and word pairs, its weights kept in 8 bits."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from bench.elicit import phrasings
from bench.elicit.corpus import BARE, BENIGN_GROUPS, ITEMS, Corpus, Prompt
from stillwatch.profile.elicitation.kernels import FEATURES, PLACES, POWER, features
from stillwatch.profile.elicitation.score import Weights
from stillwatch.profile.kernels import LONGEST, tokenize

C = 30.0  #: inverse strength of the ridge penalty; composed wordings are clean, so it may be weak
INNOCENT = ("benign", "bare", "look-alike", "abroad", "babble", "own data")
#: What a prompt weighs, 1 unless it's here: the bare questions of examinations are many and alike.
WEIGHT = {"bare": 0.1}
COMPOSED = 12_000  #: prompts composed for a technique
LEAST = 3  #: prompts that a word or pair must be in, to weigh anything
PEOPLE = ("arena", "oasst", "mt_bench", "arena_hard", "programmers", "coding_sessions", "roles", "red_team_dialogue")
Floats = npt.NDArray[np.float64]


def training_prompts(
    corpus: Corpus, dice: random.Random, each: int, items: tuple[str, ...] | None = None
) -> list[Prompt]:
    """Everything that the classifier may learn from: `each` composed prompts a technique, public templates, innocents.

    `items` are the sets that wordings are put around, each technique's own by default.
    """
    everywhere = items or tuple(dict.fromkeys(source for sources in ITEMS.values() for source in sources))
    prompts = corpus.bare(dice) + corpus.look_alikes(dice, items or (*BARE[:6], "search_questions"), 3 * each // 2)
    prompts += corpus.abroad(dice, items or everywhere, each // 2)
    prompts += corpus.babble(dice, each // 2)
    prompts += corpus.own_data(dice, items or ("instructions", "search_questions"), 210)
    for sources in BENIGN_GROUPS.values():
        prompts += corpus.benign(sources, dice)
    for technique, sources in ITEMS.items():
        prompts += corpus.composed(dice, technique, items or sources, each)
        prompts += corpus.templated(dice, technique, items or sources, 10)
    return prompts + corpus.composed(dice, phrasings.GENERIC, everywhere, 3 * each)


def matrix(texts: Sequence[str]) -> csr_matrix:
    """Features as the kernel has them, each of weight (number of features) ** -POWER; shape (texts, PLACES)."""
    exact, masked = np.empty(LONGEST // 2 + 2, np.uint64), np.empty(LONGEST // 2 + 2, np.uint64)
    seen, places = np.zeros(PLACES, np.bool_), np.empty(FEATURES, np.int32)
    found, ends = [], [0]
    for text in texts:
        data = np.frombuffer(text.encode("utf-8", "ignore")[:LONGEST] or b" ", np.uint8)
        n = tokenize(data, 0, len(data), exact, masked)
        found.append(np.sort(places[: features(masked, n, seen, places)]))
        ends.append(ends[-1] + len(found[-1]))
    values = np.concatenate([np.full(len(row), max(len(row), 1) ** -POWER, np.float32) for row in found])
    return csr_matrix((values, np.concatenate(found), np.array(ends)), shape=(len(found), PLACES))


def fit(rows: csr_matrix, elicits: npt.NDArray[np.bool_], weight: Floats) -> Weights:
    """The model of these rows, each of its weight, without a threshold."""
    from sklearn.linear_model import LogisticRegression

    known = np.flatnonzero(np.bincount(rows.indices, minlength=PLACES) >= LEAST)
    model = LogisticRegression(C=C, solver="liblinear", tol=2e-2, random_state=0)
    model.fit(rows[:, known], elicits, sample_weight=weight)
    weights = np.zeros(PLACES)
    weights[known] = model.coef_[0]
    scale = float(np.abs(weights).max()) / 127**2
    quantised = (np.sign(weights) * np.rint(np.sqrt(np.abs(weights) / scale))).astype(np.int8)
    return Weights(quantised, scale, float(model.intercept_[0]), 0.0, 0.0)


def weights_of(prompts: Sequence[Prompt]) -> Floats:
    """What each prompt weighs in a fit."""
    return np.array([WEIGHT.get(prompt.kind, 1.0) for prompt in prompts])


def logits(rows: csr_matrix, model: Weights) -> Floats:
    """The kernel's logits of a matrix."""
    codes = model.weights.astype(np.float64)
    scores: Floats = model.bias + model.scale * (rows @ (codes * np.abs(codes)))
    return scores


def people(prompts: Sequence[Prompt]) -> npt.NDArray[np.bool_]:
    """Which prompts are real users' own."""
    return np.array([prompt.kind == "benign" and prompt.source in PEOPLE for prompt in prompts])


def unseen_logits(rows: csr_matrix, prompts: Sequence[Prompt]) -> Floats:
    """Logits of the benign prompts, each by a model that saw no set of its group; NaN for the others."""
    elicits = np.array([prompt.kind not in INNOCENT for prompt in prompts])
    source = np.array([prompt.source for prompt in prompts])
    benign = np.array([prompt.kind == "benign" for prompt in prompts])
    weight = weights_of(prompts)
    scores = np.full(len(prompts), np.nan)
    for sources in BENIGN_GROUPS.values():
        group = benign & np.isin(source, sources)
        scores[group] = logits(rows[group], fit(rows[~group], elicits[~group], weight[~group]))
    return scores


def train(folder: Path, *, each: int = COMPOSED, rate: float = 0.014, seed: int = 1) -> Weights:
    """The classifier on everything, with the logit that `rate` of real users' prompts exceed unseen."""
    corpus, dice = Corpus(folder), random.Random(seed)
    prompts = training_prompts(corpus, dice, each)
    rows = matrix([prompt.text for prompt in prompts])
    threshold = float(np.quantile(unseen_logits(rows, prompts)[people(prompts)], 1 - rate))
    model = fit(rows, np.array([prompt.kind not in INNOCENT for prompt in prompts]), weights_of(prompts))
    return Weights(model.weights, model.scale, model.bias, threshold, rate)
