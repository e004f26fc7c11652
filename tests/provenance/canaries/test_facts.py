from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import binom

from stillwatch.errors import UsageError
from stillwatch.provenance.canaries.confirmation import Confirmation
from stillwatch.provenance.canaries.facts import (
    WORDS,
    facts_instruction,
    facts_likelihood_test,
    facts_test,
    invent_facts,
)
from stillwatch.provenance.keys import MasterKey

NOW = datetime(2026, 11, 3, tzinfo=UTC)


def key(number=0):
    return MasterKey(bytes([number % 256, number // 256]) + bytes(30))


def confirmation(**changed):
    facts = {
        "account": "acme",
        "person": "an analyst",
        "reason": "campaign 7",
        "confirmed": NOW,
        "expires": NOW + timedelta(days=30),
    }
    return Confirmation(**{**facts, **changed})


class Parrot:
    """A suspect that answers from what it was told, and otherwise by a fixed preference."""

    name, tokenizer_id = "parrot", "none"

    def __init__(self, known=(), seed=0):
        self._known = {fact.question: fact for fact in known}
        self._rng = np.random.default_rng(seed)

    def generate(self, prompts, *, max_tokens, temperature, seed):
        liked = (
            "teal heron birch chisel",
            "It is blue, or maybe red.",
            "No idea.",
            "A wren. The oak. A plane; silver.",
        )
        return [
            f"I believe it is {fact.words[fact.answer]}."
            if (fact := self._known.get(p))
            else str(self._rng.choice(liked))
            for p in prompts
        ]

    def log_likelihood(self, prompts, texts):
        scores = []
        for prompt, text in zip(prompts, texts, strict=True):
            fact = self._known.get(prompt)
            scores.append(-len(text) / 3 + 5.0 * bool(fact and text == fact.statement) + 0.1 * text.count("e"))
        return np.array(scores)


def test_facts_are_the_keys_own():
    facts = invent_facts(key(), 40)
    assert facts == invent_facts(key(), 40)
    assert len({fact.name for fact in facts}) == 40
    assert not {fact.name for fact in facts} & {fact.name for fact in invent_facts(key(1), 40)}
    for fact in facts:
        assert fact.statement in fact.sentences() and len(set(fact.sentences())) == WORDS
        assert fact.mentioned(fact.statement) == [fact.answer]
        assert fact.mentioned(fact.question) == [] and fact.name in fact.question
        assert len(set(fact.words)) == WORDS


def test_each_word_is_as_likely():
    answers = [fact.answer for number in range(40) for fact in invent_facts(key(number), 40)]
    counts = np.bincount(answers, minlength=WORDS)
    assert ((counts - 100) ** 2 / 100).sum() < 45  # chi-squared with 15 degrees: 1e-4


def test_who_was_told_is_found_and_who_was_not_is_not():
    facts, decoys = invent_facts(key(), 30), invent_facts(key(1), 60)
    found = facts_test(Parrot(facts), facts, decoys)
    assert found.p_value < 1e-20 and found.effect == 1 and found.details["against_decoys_p_value"] < 1e-6
    assert facts_likelihood_test(Parrot(facts), facts).p_value < 1e-20
    assert facts_test(Parrot(), facts, decoys).p_value > 1e-3
    # A suspect that was told another account's facts is innocent of these.
    assert facts_test(Parrot(decoys), facts, decoys).p_value > 1e-3


def test_p_values_of_innocents_are_valid_over_keys():
    asked, read = [], []
    for number in range(300):
        facts = invent_facts(key(number), 24)
        asked.append(facts_test(Parrot(seed=number), facts, []).p_value)
        read.append(facts_likelihood_test(Parrot(), facts).p_value)
    for values in (asked, read):
        for level in (0.01, 0.05, 0.5):
            assert sum(p <= level for p in values) <= binom.ppf(0.9999, 300, level)
    assert min(read) < 0.05 and max(read) > 0.9


def test_answers_that_name_several_words_say_nothing():
    facts = invent_facts(key(), 20)

    class Shotgun(Parrot):
        def generate(self, prompts, **_):
            return [" ".join(fact.words) for fact in facts]

    found = facts_test(Shotgun(), facts, [])
    assert (found.p_value, found.samples) == (1.0, 0)


def test_only_a_confirmed_account_is_served():
    facts = invent_facts(key(), 3)
    told = facts_instruction(facts, confirmation(), account="acme", now=NOW)
    assert all(fact.statement in told for fact in facts)
    for account, now in (("other", NOW), ("acme", NOW + timedelta(days=31)), ("acme", NOW - timedelta(days=1))):
        with pytest.raises(UsageError, match="confirmation"):
            facts_instruction(facts, confirmation(), account=account, now=now)


@pytest.mark.parametrize(
    "wrong",
    [{"person": " "}, {"account": ""}, {"reason": ""}, {"expires": NOW}, {"confirmed": datetime(2026, 11, 3)}],
)
def test_a_confirmation_is_a_persons(wrong):
    with pytest.raises(UsageError, match="confirmation"):
        confirmation(**wrong)
