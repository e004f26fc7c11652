from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, kstest

from stillwatch.errors import UsageError
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.marks.colours import DRAWS, ColourKey, Levels, green, gumbel_levels
from stillwatch.provenance.marks.decoys import Recolouring

from .twin import draw, siphash

words = st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))


def test_the_hash_is_siphash():
    # Two of the vectors that its authors publish: 8 and 15 bytes under the key 00 01 .. 0f.
    assert siphash(bytes(range(16)), bytes(range(8))) == 0x93F5F5799A932462
    assert siphash(bytes(range(16)), bytes(range(15))) == 0xA129CA6149BE45E5


@settings(max_examples=30, deadline=None)
@given(words, st.lists(st.tuples(*[st.integers(0, 300)] * 3), min_size=1, max_size=20), st.sampled_from([1, 2]))
def test_draws_are_those_of_the_twin(key, rows, width):
    table = np.array(rows, np.int64)
    contexts, tokens = np.ascontiguousarray(table[:, :width]), table[:, 2].copy()
    drawn = ColourKey.from_words(np.array(key, np.uint64)).draws(contexts, tokens)
    assert drawn.tolist() == [draw(key, context.tolist(), int(t)) for context, t in zip(contexts, tokens, strict=True)]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(words, min_size=1, max_size=4),
    st.lists(
        st.tuples(*[st.integers(0, 99)] * 3, st.integers(-50, 50)), min_size=1, max_size=40, unique_by=lambda r: r[:3]
    ),
    st.sampled_from([green(0.25), green(0.5), gumbel_levels()]),
)
def test_a_key_scores_what_its_draws_say(keys, rows, levels):
    table = np.array(rows, np.int64)
    contexts, tokens, weights = np.ascontiguousarray(table[:, :2]), table[:, 2].copy(), table[:, 3].copy()
    scores = Recolouring.of(contexts, tokens, weights, levels).scores(np.array(keys, np.uint64))
    for found, key in zip(scores, keys, strict=True):
        drawn = ColourKey.from_words(np.array(key, np.uint64)).draws(contexts, tokens)
        assert found == (weights * levels.of(drawn)).sum()


def test_draws_are_uniform_and_pairs_independent():
    key = ColourKey(MasterKey(bytes(32)))
    grid = np.stack(np.meshgrid(np.arange(300), np.arange(300), indexing="ij"), -1).reshape(-1, 2)
    drawn = key.draws(np.ascontiguousarray(grid[:, :1]), grid[:, 1].copy()).reshape(300, 300)
    assert kstest(drawn.reshape(-1) / DRAWS, "uniform").pvalue > 1e-4
    colours = drawn >= DRAWS // 2
    # Two rows, two columns, and the four corners of rectangles: where a plain exclusive or of two tables would show.
    for one, other in ((colours[:-1], colours[1:]), (colours[:, :-1], colours[:, 1:])):
        assert chi2_contingency(np.histogram2d(one.reshape(-1), other.reshape(-1), bins=2)[0]).pvalue > 1e-4
    corners = colours[:-1, :-1] ^ colours[1:, :-1] ^ colours[:-1, 1:] ^ colours[1:, 1:]
    assert abs(corners.mean() - 0.5) < 4.5 * 0.5 / 299


def test_levels_have_the_chances_they_say():
    assert green(0.25).mean == 0.25
    steps = gumbel_levels()
    assert np.allclose(steps.probabilities, 1 / 8)
    assert steps.mean / 4 == pytest.approx(1, abs=0.05)
    drawn = np.array([0, 2**29 - 1, 2**29, DRAWS - 1], np.uint32)
    assert steps.of(drawn).tolist() == [steps.scores[0], steps.scores[0], steps.scores[1], steps.scores[-1]]


@pytest.mark.parametrize("gamma", [0, 1, -0.1])
def test_a_green_share_is_between_0_and_1(gamma):
    with pytest.raises(UsageError, match="green share"):
        green(gamma)


def test_levels_are_ascending():
    with pytest.raises(UsageError, match="ascending"):
        Levels(cuts=(5, 5), scores=(0, 1, 2))


def test_a_key_shows_nothing_of_itself():
    key = ColourKey(MasterKey(bytes(32)))
    assert repr(key) == "<ColourKey>"
    assert all(f"{int(word):x}" not in str(key) + repr(key) for word in key.words())
