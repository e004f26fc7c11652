"""E-values are fair bets under the null, and e-BH is what its definition says under any dependence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from stillwatch.calibrate import p_to_e


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
