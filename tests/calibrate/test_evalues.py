"""E-values are fair bets under the null, and e-BH is what its definition says under any dependence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from stillwatch.calibrate import e_bh, p_to_e


def test_the_expectation_is_one_under_a_uniform_p_value():
    area, error = quad(p_to_e, 0, 1)
    assert area == pytest.approx(1, abs=10 * error + 1e-6)


@pytest.mark.parametrize("steps", [1, 2, 7, 50, 1000])
def test_the_expectation_is_at_most_one_under_ranks(steps):
    assert np.mean([p_to_e(k / steps) for k in range(1, steps + 1)]) <= 1


def test_the_expectation_is_at_most_one_in_simulation():
    p = np.random.default_rng(1).uniform(size=200_000)
    # The variance is infinite: trimmed at the top, the mean must stay below one.
    assert np.mean([p_to_e(each) for each in p if each > 1e-4]) < 1
    assert min(p_to_e(each) for each in p) > 0


@given(st.floats(0, 1), st.floats(0, 1))
def test_smaller_p_values_are_more_evidence(p, q):
    assert (p_to_e(p) - p_to_e(q)) * (p - q) <= 0
    assert np.isfinite(p_to_e(p))


def brute_force(e: list[float], rate: float) -> list[bool]:
    """Wang and Ramdas 2022, by definition: the largest k with k hypotheses of e >= n / (rate k)."""
    n = len(e)
    for k in range(n, 0, -1):
        if sum(value >= n / (rate * k) for value in e) >= k:
            return [value >= n / (rate * k) for value in e]
    return [False] * n


evidence = st.lists(st.floats(0, 1e6) | st.sampled_from([10.0, 20.0, 100.0, 200.0, np.inf]), max_size=24)


@given(evidence, st.sampled_from([0.001, 0.05, 0.1, 0.5]))
@settings(deadline=None)
def test_e_bh_is_its_definition(e, rate):
    assert e_bh(e, rate).tolist() == brute_force(e, rate)


@given(evidence, st.randoms())
@settings(deadline=None)
def test_e_bh_does_not_see_the_order(e, rng):
    order = list(range(len(e)))
    rng.shuffle(order)
    assert e_bh([e[i] for i in order], 0.1).tolist() == e_bh(e, 0.1)[order].tolist()


@pytest.mark.parametrize("rate", [0.0, 1.0, -1.0, 2.0, float("nan")])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="rate"):
        e_bh([1.0], rate)


def _false_discoveries(decide, correlation: float, shift: float = 4.0, rounds: int = 600) -> float:
    """Mean share of false rejections: at least 40 of 60 hypotheses are null, all errors correlate."""
    null = 40 if shift else 60
    rng, share = np.random.default_rng(7), []
    for _ in range(rounds):
        z = correlation**0.5 * rng.normal() + (1 - correlation) ** 0.5 * rng.normal(size=60)
        z[40:] += shift
        rejected = decide(z)
        share.append(rejected[:null].sum() / max(rejected.sum(), 1))
    return float(np.mean(share))


def _from_p(z):
    return np.array([p_to_e(p) for p in norm.sf(z)])


def _likelihood_ratio(z):
    return np.exp(3 * z - 4.5)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("shift", [0.0, 4.0])
@pytest.mark.parametrize("e_values", [_from_p, _likelihood_ratio])
def test_false_discoveries_stay_below_the_rate_under_dependence(e_values, shift, correlation):
    assert _false_discoveries(lambda z: e_bh(e_values(z), 0.1), correlation, shift) <= 0.1


def test_the_same_check_sees_a_control_that_counts_nothing():
    assert _false_discoveries(lambda z: _likelihood_ratio(z) >= 1 / 0.1, 0.0, 0.0) > 0.1
