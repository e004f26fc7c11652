from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import UsageError
from stillwatch.provenance.errors import NotComputableError
from stillwatch.provenance.marks.pairs import Pairs, centred, excess, generated_pairs, read_pairs


def numbers(text):
    return [int(one) for one in text.split()]


def as_dict(pairs):
    return {
        (*context.tolist(), int(token)): float(weight)
        for context, token, weight in zip(pairs.contexts, pairs.tokens, pairs.weights, strict=True)
    }


def test_pairs_are_counted_nearest_token_first():
    pairs = generated_pairs(["", ""], ["1 2 3 1 2", "7"], encode=numbers, width=1)
    assert as_dict(pairs) == {(1, 2): 2, (2, 3): 1, (3, 1): 1}
    wide = generated_pairs([""], ["1 2 3"], encode=numbers, width=2)
    assert as_dict(wide) == {(2, 1, 3): 1}


def test_what_stands_in_the_own_prompt_is_not_scored():
    pairs = generated_pairs(["9 1 2", "5 6"], ["1 2 3", "1 2 3"], encode=numbers, width=1)
    assert as_dict(pairs) == {(1, 2): 1, (2, 3): 2}
    assert pairs.scored == 3


tokens = st.lists(st.integers(0, 5), min_size=3, max_size=30).map(lambda row: " ".join(map(str, row)))


@settings(max_examples=40, deadline=None)
@given(st.lists(tokens, min_size=1, max_size=4), st.lists(tokens, min_size=1, max_size=4))
def test_an_excess_is_the_difference_of_shares_after_each_context(mine, theirs):
    ours = generated_pairs([""] * len(mine), mine, encode=numbers, width=1)
    other = generated_pairs([""] * len(theirs), theirs, encode=numbers, width=1)
    a, b = as_dict(ours), as_dict(other)
    found = as_dict(excess(ours, other))
    for context in range(6):
        n = sum(v for k, v in a.items() if k[0] == context)
        m = sum(v for k, v in b.items() if k[0] == context)
        for token in range(6):
            pair = (context, token)
            wanted = (a.get(pair, 0) / n - b.get(pair, 0) / m) * n * m / (n + m) if n and m else 0.0
            assert found.get(pair, 0.0) == pytest.approx(wanted, abs=1e-12)
    assert not excess(ours, ours).weights.size


class Reader:
    """A suspect that finds every token as likely as it is told."""

    tokenizer_id = "t"

    def __init__(self, name, values):
        self.name, self._values = name, values

    def token_log_probabilities(self, prompts, texts):
        return [np.array(one) for one in self._values]


def test_reading_sums_what_the_suspect_finds_likelier():
    base = Reader("base", [[-1.0, -1.0, -1.0, -1.0]])
    suspect = Reader("suspect", [[-1.0, -0.5, -1.5, -1.0]])
    pairs = read_pairs(suspect, [base], ["p"], ["4 5 6 5"], encode=numbers, width=1)
    assert pairs.scored == 3
    # Equal values of the reference are split among bins by order, so a bin of one token is centred to nothing.
    assert set(as_dict(pairs)) == {(4, 5), (5, 6), (6, 5)}


def test_a_suspect_that_cuts_otherwise_is_not_compared():
    base = Reader("base", [[-1.0, -1.0]])
    with pytest.raises(NotComputableError, match="otherwise"):
        read_pairs(Reader("other", [[-1.0]]), [base], ["p"], ["4 5"], encode=numbers, width=1)


def test_reading_needs_a_reference():
    with pytest.raises(UsageError, match="reference"):
        read_pairs(Reader("s", [[-1.0]]), [], ["p"], ["4"], encode=numbers, width=1)


def test_a_suspect_that_is_weaker_throughout_has_no_excess():
    rng = np.random.default_rng(0)
    theirs = -rng.exponential(2, 4000)
    assert np.abs(centred(1.7 * theirs - 0.4, theirs)).mean() < 0.15
    assert abs(centred(theirs - 3, theirs)).max() < 1e-12


def test_widths_must_be_equal():
    one = Pairs(np.zeros((1, 1), np.int64), np.zeros(1, np.int64), np.ones(1), 1)
    two = Pairs(np.zeros((1, 2), np.int64), np.zeros(1, np.int64), np.ones(1), 1)
    with pytest.raises(UsageError, match="widths"):
        excess(one, two)
