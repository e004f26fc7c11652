from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from stillwatch.errors import UsageError
from stillwatch.provenance.ancestry import agreement_test, ancestry_test


class Fixed:
    tokenizer_id = "none"

    def __init__(self, name, outputs):
        self.name, self._outputs = name, outputs

    def generate(self, prompts, *, max_tokens, temperature, seed):
        assert (max_tokens, temperature) == (1, 0.0)
        return list(self._outputs)


def vocabulary(rng, count):
    return [str(one) for one in rng.integers(0, 5, count)]


def test_a_descendant_agrees_with_its_parent_more_than_with_every_control():
    rng = np.random.default_rng(0)
    ours, first, second = (vocabulary(rng, 400) for _ in range(3))
    child = [a if rng.random() < 0.7 else b for a, b in zip(ours, vocabulary(rng, 400), strict=True)]
    controls = [Fixed("first", first), Fixed("second", second)]
    found = ancestry_test(Fixed("child", child), Fixed("ours", ours), controls, ["p"] * 400)
    assert found.p_value < 1e-9 and found.interval[0] > 0.3
    assert found.details["rank_p_value"] == pytest.approx(1 / 3)
    other = ancestry_test(Fixed("other", vocabulary(rng, 400)), Fixed("ours", ours), controls, ["p"] * 400)
    assert other.p_value > 1e-3
    # Nearer to a control than to us.
    near = ancestry_test(Fixed("near", first), Fixed("ours", ours), controls, ["p"] * 400)
    assert near.p_value > 0.99 and near.details["nearest_control"] == "first"


def test_the_error_rate_holds_where_neither_is_nearer():
    rng = np.random.default_rng(4)
    values = []
    for _ in range(400):
        agree = rng.random((2, 150)) < rng.random(150)  # prompts differ in how predictable they are
        values.append(agreement_test(agree[0], agree[1:], names=["c"]).p_value)
    for level in (0.01, 0.05, 0.2):
        assert sum(p <= level for p in values) <= binom.ppf(0.9999, 400, level)
    assert sum(p <= 0.2 for p in values) > 40


def test_silence_is_no_agreement():
    found = ancestry_test(Fixed("s", [""] * 9), Fixed("o", [""] * 9), [Fixed("c", ["a"] * 9)], ["p"] * 9)
    assert found.p_value == 1.0 and found.details["agreement_with_parent"] == 0


def test_controls_and_prompts_are_needed():
    with pytest.raises(UsageError, match="control"):
        ancestry_test(Fixed("s", []), Fixed("o", []), [], ["p"])
    with pytest.raises(UsageError, match="prompts"):
        ancestry_test(Fixed("s", []), Fixed("o", []), [Fixed("c", [])], [])
