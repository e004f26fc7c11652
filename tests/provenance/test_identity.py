from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from scipy.stats import binom

from stillwatch.errors import UsageError
from stillwatch.provenance.identity import equality_test, identity_test


def texts(rng, prompts, samples, bias=0.0):
    def one(prompt):
        weights = np.ones(6) + 4 * (np.arange(6) == prompt % 6)
        weights[0] += bias
        return "".join(rng.choice(list("abcdef"), rng.integers(5, 25), p=weights / weights.sum()))

    return [[one(prompt) for _ in range(samples)] for prompt in range(prompts)]


def test_one_model_is_one_model_and_two_are_two():
    rng = np.random.default_rng(1)
    same = equality_test(texts(rng, 12, 8), texts(rng, 12, 8), permutations=499)
    other = equality_test(texts(rng, 12, 8), texts(rng, 12, 8, bias=8.0), permutations=499)
    assert same.p_value > 0.01 and other.p_value == 0.002
    low, high = same.details["under_hypothesis_95"]
    assert low < same.effect < high < other.effect


def test_the_error_rate_holds_for_one_model():
    rng = np.random.default_rng(7)
    values = [equality_test(texts(rng, 4, 4), texts(rng, 4, 4), permutations=99, seed=i).p_value for i in range(250)]
    for level in (0.01, 0.05, 0.2):
        assert sum(p <= level for p in values) <= binom.ppf(0.9999, 250, level)
    assert sum(p <= 0.2 for p in values) > 25


def test_identical_answers_are_no_difference():
    same = [["yes"] * 4] * 5
    assert equality_test(same, same, permutations=99).p_value == 1.0


def test_the_statistic_is_that_of_the_authors_package():
    if importlib.util.find_spec("model_equality_testing") is None:
        pytest.skip("model-equality-testing is not installed: its statistic can't be compared")
    from model_equality_testing.tests import _mmd

    rng = np.random.default_rng(3)
    first, second = rng.integers(97, 100, (2, 6, 20))

    def kernel(x, y, *_):
        return tuple((a[:, None] == b[None]).mean(-1) for a, b in ((x, x), (x, y), (y, y)))

    prompt = np.zeros((6, 1), np.int64)
    theirs = _mmd(np.hstack([prompt, first]), np.hstack([prompt, second]), kernel, normalize=False)
    sides = [[["".join(map(chr, row)) for row in side]] for side in (first, second)]
    assert equality_test(*sides, characters=20, permutations=9).effect == pytest.approx(theirs)


def test_sides_must_match():
    with pytest.raises(UsageError, match="as many"):
        equality_test([["a", "b"]], [["a"]])
    with pytest.raises(UsageError, match="at least 2"):
        identity_test(None, None, ["p"], samples=1)
