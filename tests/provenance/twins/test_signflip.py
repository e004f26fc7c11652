"""The sign-flip test is exact: counted in full, by dynamic programming, and against what it must not assume."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, wilcoxon

from stillwatch.provenance.result import SMALLEST_P
from stillwatch.provenance.twins import signflip
from stillwatch.provenance.twins.signflip import (
    adjust,
    chernoff_tail,
    exact_tail,
    levels_for,
    normal_scores,
    shift_interval,
    sign_flip_test,
)

DIFFERENCES = st.lists(st.floats(-50, 50).map(lambda x: round(x, 2)), min_size=1, max_size=11)


def enumerated(weights, statistic):
    """All sign vectors, one by one."""
    signs = np.array(list(itertools.product((-1, 1), repeat=len(weights))))
    return float(np.mean(signs @ weights >= statistic))


@settings(max_examples=150, deadline=None)
@given(DIFFERENCES)
def test_the_p_value_is_that_of_full_enumeration(differences):
    values = np.array(differences)
    values = values[values != 0]
    weights = normal_scores(np.abs(values), levels_for(len(values)))
    statistic = int((np.sign(values) * weights).sum())
    answer = sign_flip_test(np.array(differences))
    assert answer.statistic == statistic
    assert answer.p_value == pytest.approx(enumerated(weights, statistic), rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=11), st.integers(-340, 340))
def test_both_tails_against_enumeration(weights, statistic):
    weights = np.array(weights)
    true = enumerated(weights, statistic)
    assert exact_tail(weights, statistic) == pytest.approx(true, rel=1e-12, abs=1e-300)
    assert chernoff_tail(weights, statistic) >= true * (1 - 1e-9)


@pytest.mark.parametrize("count", [50, 400, 2000])
def test_equal_weights_give_the_sign_test_far_into_the_tail(count):
    weights = np.full(count, 7)
    for positive in (count // 2, int(0.6 * count), int(0.8 * count), count):
        expected = float(binom.sf(positive - 1, count, 0.5))
        assert exact_tail(weights, 7 * (2 * positive - count)) == pytest.approx(expected, rel=1e-9, abs=SMALLEST_P)


def test_ranks_as_weights_give_wilcoxons_test():
    rng = np.random.default_rng(3)
    values = rng.normal(0.4, 1, 45)
    ranks = np.argsort(np.argsort(np.abs(values))) + 1
    expected = wilcoxon(values, alternative="greater", method="exact").pvalue
    assert exact_tail(ranks, int((np.sign(values) * ranks).sum())) == pytest.approx(expected, rel=1e-9)


def test_tiny_p_values_are_exact():
    # All of n differences positive: one sign vector of 2^n.
    for count in (30, 300, 1000):
        answer = sign_flip_test(np.random.default_rng(0).uniform(1, 2, count))
        assert answer.p_value == pytest.approx(2.0**-count, rel=1e-9)
        assert answer.method.startswith("exact")
    assert sign_flip_test(np.ones(1200)).p_value == SMALLEST_P


def test_the_bound_for_many_pairs_is_valid_and_close():
    rng = np.random.default_rng(1)
    weights = normal_scores(rng.exponential(size=3000), 64)
    spread = math.sqrt(float((weights.astype(float) ** 2).sum()))
    for z in (0.0, 1.0, 3.0, 6.0, 12.0):
        statistic = int(z * spread)
        exact, bound = exact_tail(weights, statistic), chernoff_tail(weights, statistic)
        assert exact <= bound <= exact * 100
    assert chernoff_tail(weights, int(weights.sum())) == 2.0**-3000


def test_beyond_the_budget_the_bound_takes_over(monkeypatch):
    values = np.random.default_rng(2).normal(0.2, 1, 400)
    exact = sign_flip_test(values)
    monkeypatch.setattr(signflip, "BUDGET", 1000)
    bounded = sign_flip_test(values)
    assert bounded.method == "Chernoff bound" and bounded.levels == 16
    assert exact.p_value < bounded.p_value < 100 * exact.p_value


def rejections(draw, count=400, pairs=40):
    p = np.array([sign_flip_test(draw(np.random.default_rng(seed), pairs)).p_value for seed in range(count)])
    return {rate: int((p <= rate).sum()) for rate in (0.01, 0.05)}


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda rng, n: rng.normal(size=n), id="normal"),
        pytest.param(lambda rng, n: rng.standard_cauchy(n), id="without a variance"),
        pytest.param(lambda rng, n: rng.choice([-1, 1], n) * np.exp(rng.normal(0, 3, n)), id="few decide"),
        pytest.param(lambda rng, n: rng.normal(size=n) * np.linspace(0.1, 9, n), id="each its own spread"),
        pytest.param(lambda rng, n: rng.choice([-2, -1, 0, 1, 2], n).astype(float), id="ties and zeros"),
    ],
)
def test_innocents_are_rejected_at_the_nominal_rate(draw):
    for rate, found in rejections(draw).items():
        low, high = binom.ppf([0.001, 0.999], 400, rate)
        assert found <= high, rate
        assert found >= low - 2, rate  # ties make the test a little conservative


def test_a_broken_null_would_be_noticed():
    """The check above can fail: signs that lean to one side are found out."""
    found = rejections(lambda rng, n: rng.normal(0.25, 1, n))
    assert found[0.05] > binom.ppf(0.999, 400, 0.05)


@given(st.data())
def test_swapping_a_pair_changes_nothing_but_its_sign(data):
    count = data.draw(st.integers(6, 20))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    values, covariates = rng.normal(size=count), rng.normal(size=(count, 2))
    swap = np.where(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), -1, 1)
    np.testing.assert_allclose(
        adjust(values * swap, covariates * swap[:, None]), swap * adjust(values, covariates), atol=1e-9
    )


def test_references_take_out_what_they_explain():
    rng = np.random.default_rng(4)
    shared = rng.normal(0, 1, 300)
    values = shared + rng.normal(0.05, 0.1, 300)
    assert sign_flip_test(values).p_value > 1e-3
    assert sign_flip_test(adjust(values, shared[:, None])).p_value < 1e-6


def test_adjusting_keeps_innocents_exact():
    def draw(rng, n):
        shared = rng.normal(0, 3, (n, 2))
        sign = rng.choice([-1, 1], n)
        blind = adjust(shared @ [1.0, -0.5] + rng.standard_t(3, n) + 0.7, shared)
        return sign * blind  # a preference for the first text of a pair is no preference for the served one

    for rate, found in rejections(draw).items():
        assert found <= binom.ppf(0.999, 400, rate)


def test_the_interval_covers_the_shift():
    covered = 0
    for seed in range(200):
        values = 0.3 + np.random.default_rng(seed).standard_t(3, 60)
        estimate, low, high = shift_interval(values)
        assert low <= estimate <= high
        covered += low <= 0.3 <= high
    assert binomtest(covered, 200, 0.95).pvalue > 1e-3
    assert shift_interval(np.array([1.0, 2.0]))[1:] == (-math.inf, math.inf)


def test_edges():
    assert sign_flip_test(np.zeros(5)).p_value == 1.0
    assert sign_flip_test(np.zeros(0)).used == 0
    assert sign_flip_test(np.array([-1.0])).p_value == 1.0
    assert sign_flip_test(np.array([1.0])).p_value == 0.5
    with pytest.raises(ValueError, match="finite"):
        sign_flip_test(np.array([1.0, np.nan]))
