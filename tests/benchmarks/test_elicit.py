"""The training corpus: composed wordings are whole, and templates are sorted by technique."""

from __future__ import annotations

import gzip
import json
import random

import numpy as np
import pytest

from bench.elicit import abroad, babble, demands, foreign, innocents, phrasings
from bench.elicit.corpus import Corpus, fill, technique_of
from bench.elicit.fit import LEAST, fit, logits, matrix
from stillwatch.profile.elicitation.kernels import PLACES


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


def test_every_language_words_techniques_demands_and_what_people_ask_for_themselves():
    assert set(foreign.OPENINGS) == set(foreign.FORMS) == set(foreign.PATTERNS) == set(abroad.LANGUAGES)
    for techniques in foreign.OPENINGS.values():
        assert set(techniques) <= set(phrasings.TECHNIQUES)


@pytest.mark.parametrize("language", abroad.LANGUAGES)
@pytest.mark.parametrize("compose", [foreign.demand, abroad.compose])
def test_other_languages_are_whole_varied_and_drawn_by_seed(compose, language):
    def draw(seed):
        dice = random.Random(seed)
        return [compose(dice, language) for _ in range(300)]

    texts = draw(1)
    assert texts == draw(1) != draw(2)
    assert len(set(texts)) > 150
    assert not any(set(text) & set("{}|") for text in texts)
    slots = ("n", *abroad.SLOTS[language], *foreign.SLOTS[language])
    assert not any(f"[{slot}]" in text for text in texts for slot in slots)


def test_babble_is_common_words_of_the_language_in_the_seeds_order():
    pytest.importorskip("wordfreq", reason="an extra, `bench`")
    texts = babble.compose(random.Random(1), "hi", 200)
    assert texts == babble.compose(random.Random(1), "hi", 200) != babble.compose(random.Random(2), "hi", 200)
    words = " ".join(texts).split()
    assert "के" in words and words.count("के") > words.count("उत्तर")
    assert " " not in "".join(babble.compose(random.Random(1), "zh", 20))


def test_international_sets_are_read_where_they_are(tmp_path):
    (tmp_path / "prompts").mkdir()
    assert Corpus(tmp_path).international() == {}
    with gzip.open(tmp_path / "prompts" / "chat_zh.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.write(json.dumps({"turns": ["你好", "再见"], "lang": "zh"}) + "\n")
    assert Corpus(tmp_path).international() == {("chat_zh", "zh"): ["你好", "再见"]}


def test_a_language_of_both_sides_is_no_evidence_and_rare_words_weigh_nothing():
    dice = random.Random(6)
    asked = [abroad.compose(dice, "hi") for _ in range(300)]
    wanted = [f"{foreign.demand(dice, 'hi')} {foreign.demand(dice, 'hi')}" for _ in range(300)]
    rare = "zyzzyva"
    rows, elicits = matrix([*wanted, *asked, f"{rare} {wanted[0]}"]), np.arange(601) % 601 < 300
    elicits[600] = True
    model = fit(rows, elicits, np.ones(601))
    scores = logits(matrix([*asked[:100], *wanted[:100]]), model)
    assert (scores[:100] < 0).mean() > 0.95 and (scores[100:] > 0).mean() > 0.95
    assert model.weights[matrix([rare]).indices[0]] == 0
    seen = np.bincount(rows.indices, minlength=PLACES)
    assert not model.weights[seen < LEAST].any()
    alone = fit(matrix(wanted + ["hello there"] * 300), np.arange(600) < 300, np.ones(600))
    assert (logits(matrix(asked), alone) > 0).mean() > 0.5  # what happens without innocents who speak it


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
