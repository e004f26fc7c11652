from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, gamma

from stillwatch.provenance.marks.colours import green, gumbel_levels
from stillwatch.provenance.marks.law import Lattice, scaled_terms, upper_tail
from stillwatch.provenance.result import SMALLEST_P


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=8), st.floats(0.05, 0.95), st.floats(0, 1))
def test_small_laws_are_those_of_brute_force(weights, share, where):
    levels = green(share)
    terms = scaled_terms(np.array(weights), levels.scores, levels.probabilities)
    law: dict[int, float] = {}
    for colours in itertools.product((0, 1), repeat=len(weights)):
        total = sum(w * c for w, c in zip(weights, colours, strict=True))
        chance = float(np.prod([levels.probabilities[c] for c in colours]))
        law[total] = law.get(total, 0) + chance
    low, high = min(law), max(law)
    observed = round(low + where * (high - low))
    expected = sum(chance for total, chance in law.items() if total >= observed)
    found = upper_tail(terms, observed) if len(terms.counts) else 1.0
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-13)


@pytest.mark.parametrize("observed", [900, 1250, 1300, 1400, 1700, 2500, 4999, 5000])
def test_equal_weights_are_binomial_far_into_the_tail(observed):
    levels = green(0.25)
    terms = scaled_terms(np.ones(5000, np.int64), levels.scores, levels.probabilities)
    assert np.log(upper_tail(terms, observed)) == pytest.approx(
        max(binom.logsf(observed - 1, 5000, 0.25), np.log(SMALLEST_P)), rel=1e-6
    )


def test_a_uniform_rank_sum_is_exact():
    law = Lattice(np.arange(3)[None], np.full((1, 3), 1 / 3), np.array([2]))
    assert [upper_tail(law, n) for n in range(5)] == pytest.approx([1, 8 / 9, 6 / 9, 3 / 9, 1 / 9])


def test_the_gumbel_steps_follow_the_continuous_law():
    levels = gumbel_levels()
    terms = scaled_terms(np.ones(2000, np.int64), levels.scores, levels.probabilities)
    spread = float(np.sqrt(2000 * (levels.probabilities @ (np.array(levels.scores) - levels.mean) ** 2)))
    z = 5.0
    stepped = upper_tail(terms, round(2000 * levels.mean + z * spread))
    assert np.log10(stepped) == pytest.approx(np.log10(gamma.sf(2000 + z * 2000**0.5, 2000)), abs=0.4)


def test_what_can_not_be_is_no_small_p_value():
    with pytest.raises(ValueError, match="above the highest"):
        upper_tail(Lattice(np.array([[0, 1]]), np.array([[0.5, 0.5]]), np.array([3])), 4)
