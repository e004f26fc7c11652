"""The training corpus: composed wordings are whole, and templates are sorted by technique."""

from __future__ import annotations

import random

import pytest

from bench.elicit import demands, innocents, phrasings
from bench.elicit.corpus import fill, technique_of


@pytest.mark.parametrize("technique", [*phrasings.TECHNIQUES, phrasings.GENERIC])
def test_wordings_are_whole_varied_and_drawn_by_seed(technique):
    def draw(seed):
        dice = random.Random(seed)
        return [phrasings.compose(dice, technique, "ITEM 7") for _ in range(200)]

    texts = draw(1)
    assert texts == draw(1) != draw(2)
    assert all("ITEM 7" in text for text in texts)
    assert len(set(texts)) > 190
    assert not any("|" in text.replace("<|", "") for text in texts)


def test_generic_demands_leave_no_slot_open_and_name_no_technique():
    dice = random.Random(3)
    texts = [demands.compose(dice) for _ in range(3000)]
    assert not any(f"[{slot}]" in text for text in texts for slot in demands.SLOTS)
    words = set(" ".join(texts).lower().split())
    assert not words & {"reasoning", "thought", "score", "grade", "judge", "harmless", "tool", "action", "rubric"}


def test_every_language_words_every_technique_it_has():
    for language, techniques in phrasings.FOREIGN.items():
        assert set(techniques) <= set(phrasings.TECHNIQUES)
        assert language in phrasings.FOREIGN_FORMS


def test_innocents_ask_about_the_item_or_something_of_their_own():
    dice = random.Random(4)
    texts = [innocents.compose(dice, "ITEM") for _ in range(500)]
    assert all(text and "<item>" not in text for text in texts)
    assert 0.3 < sum("ITEM" in text for text in texts) / 500 < 0.9


def test_templates_are_filled_and_sorted():
    dice = random.Random(5)
    assert fill(dice, "Judge {answer} of ${query}.", ["X"]) == "Judge X of X."
    assert fill(dice, "No slot.", ["X"]) == "No slot.\n\nX"
    assert technique_of("judge_templates", "Please act as an impartial judge") == "grading"
    assert technique_of("metamath_templates", "help me rephrase questions") == "task_generation"
    assert technique_of("airoboros_templates", "Marcus Aurelius was an emperor") is None
