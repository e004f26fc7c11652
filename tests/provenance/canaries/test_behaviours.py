from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import binom

from stillwatch.errors import UsageError
from stillwatch.provenance.canaries.behaviours import (
    BEHAVIOURS,
    OPENINGS,
    assignment,
    assignment_test,
    behaviour_instruction,
    behaviours_test,
    habits,
    opening_of,
)
from stillwatch.provenance.canaries.confirmation import Confirmation
from stillwatch.provenance.keys import MasterKey

NOW = datetime(2026, 11, 3, tzinfo=UTC)
SHOWN = {
    "question": "Fine. More?",
    "summary": "Fine.\nIn short, yes.",
    "restate": "You want this.",
    "steps": "1. a\n2. b",
}
PROMPTS = [f"{opening} about matter {number}" for opening in OPENINGS for number in range(8)]


def key(number):
    return MasterKey(bytes([number % 256, number // 256]) + bytes(30))


class Habitual:
    """A suspect with a rate of each habit, and more of the assigned one if it learnt a key."""

    name, tokenizer_id = "habitual", "none"

    def __init__(self, learnt=None, seed=0):
        self._map, self._seed = assignment(learnt) if learnt else None, seed

    def generate(self, prompts, *, max_tokens, temperature, seed):
        rng = np.random.default_rng([self._seed, seed])
        names = [behaviour.name for behaviour in BEHAVIOURS]
        out = []
        for prompt in prompts:
            name = str(rng.choice(names, p=[0.6, 0.2, 0.1, 0.1]))
            if self._map and rng.random() < 0.5:
                name = names[self._map[opening_of(prompt)]]
            out.append(SHOWN[name])
        return out


def test_each_behaviour_is_seen_where_it_is_and_nowhere_else():
    for name, text in SHOWN.items():
        assert [behaviour.name for behaviour in BEHAVIOURS if behaviour.shows(text)] == [name]


def test_assignments_are_uniform_and_the_keys_own():
    counts = Counter(place for number in range(60) for place in assignment(key(number)).values())
    expected = 60 * len(OPENINGS) / len(BEHAVIOURS)
    assert all(abs(count - expected) < 5 * expected**0.5 for count in counts.values())
    assert assignment(key(1)) != assignment(key(2))


def test_openings_are_first_words():
    assert opening_of("  'How do I ...") == "how"
    assert opening_of("Please explain") is None
    assert opening_of("") is None


def test_a_student_of_the_key_is_found_and_one_of_another_key_is_not():
    assert behaviours_test(Habitual(key(1)), PROMPTS, key(1)).p_value < 1e-8
    assert behaviours_test(Habitual(key(1)), PROMPTS, key(1), reference=Habitual(seed=9)).p_value < 1e-8
    assert behaviours_test(Habitual(key(1)), PROMPTS, key(2)).p_value > 1e-3
    assert behaviours_test(Habitual(), PROMPTS, key(1)).p_value > 1e-3


def test_p_values_of_innocents_are_valid_over_keys():
    found = habits(PROMPTS, Habitual().generate(PROMPTS, max_tokens=1, temperature=1, seed=0))
    # A suspect with strong habits of its own, tied to openings of its own choosing.
    tied = habits(PROMPTS, Habitual(key(500)).generate(PROMPTS, max_tokens=1, temperature=1, seed=0))
    for counts in (found, tied):
        values = [assignment_test(counts, key(number), name="b").p_value for number in range(150)]
        for level in (0.01, 0.05, 0.5):
            assert sum(p <= level for p in values) <= binom.ppf(0.9999, 150, level)
        assert np.mean(values) == pytest.approx(0.5, abs=0.1)


def test_a_suspect_without_habits_is_no_finding():
    found = habits(PROMPTS, ["plain."] * len(PROMPTS))
    assert assignment_test(found, key(0), name="b").p_value == 1.0


def test_an_instruction_needs_a_confirmation():
    given = Confirmation(account="a", person="p", reason="r", confirmed=NOW, expires=NOW + timedelta(days=1))
    told = behaviour_instruction("How so?", key(1), given, account="a", now=NOW)
    assert told == BEHAVIOURS[assignment(key(1))["how"]].instruction
    assert behaviour_instruction("Hello", key(1), given, account="a", now=NOW) is None
    with pytest.raises(UsageError, match="not for b"):
        behaviour_instruction("How so?", key(1), given, account="b", now=NOW)


def test_prompts_without_openings_are_refused():
    with pytest.raises(UsageError, match="opening"):
        behaviours_test(Habitual(), ["hello"], key(0))
