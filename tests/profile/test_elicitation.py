"""The elicitation classifier: what its kernel computes, what can't sway it, and that the shipped weights work."""

from __future__ import annotations

import random
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import InputError
from stillwatch.profile.elicitation.kernels import FEATURES, HEAD, PLACES, POWER, TAIL, elicit, features
from stillwatch.profile.elicitation.score import elicitation_logits, feature_rows, shipped_weights
from stillwatch.range import frames
from stillwatch.range.grammar import LANGUAGES, foreign, write_sources

from .twin import hashes, tokens

MASK64 = (1 << 64) - 1


def logit(text: str) -> float:
    return float(elicitation_logits(pa.array([text]))[0])


def twin_features(masked: list[int]) -> set[int]:
    """Distinct words and pairs of neighbouring words, of those that are read."""
    read = masked if len(masked) <= HEAD + TAIL else None
    runs = [read] if read is not None else [masked[:HEAD], masked[-TAIL:]]
    found = set()
    for run in runs:
        for word in run:
            found.add(word % PLACES)
        for left, right in pairwise(run):
            pair = (((left * 0x100000001B3) & MASK64) ^ right) * 0xFF51AFD7ED558CCD & MASK64
            found.add((pair ^ (pair >> 33)) % PLACES)
    return found


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.integers(1, MASK64), max_size=900))
def test_the_kernel_reads_what_the_twin_reads(words):
    seen, out = np.zeros(PLACES, np.bool_), np.empty(FEATURES, np.int32)
    count = features(np.array(words, np.uint64), len(words), seen, out)
    assert set(out[:count].tolist()) == twin_features(words)
    assert len(set(out[:count].tolist())) == count
    assert not seen.any()


@settings(deadline=None)
@given(st.text(max_size=200))
def test_a_logit_is_the_damped_sum_of_signed_squares(text):
    model = shipped_weights()
    masked = hashes(tokens(text.encode("utf-8", "ignore")))[1]
    places = twin_features(masked)
    total = sum(int(w) * abs(int(w)) for w in model.weights[sorted(places)])
    expected = model.bias + model.scale * total / max(len(places), 1) ** POWER
    got = elicitation_logits(pa.array([text.encode("utf-8", "ignore").decode()]))[0]
    assert got == pytest.approx(expected, rel=1e-5, abs=1e-5)


WORDS = st.lists(
    st.sampled_from(["return", "the", "answer", "as", "json", "and", "explain", "why", "12", "7"]),
    min_size=1,
    max_size=30,
)


@settings(deadline=None)
@given(WORDS, st.data())
def test_case_punctuation_numbers_and_repetition_cannot_sway_it(words, data):
    plain = " ".join(words)
    dressed = data.draw(st.sampled_from((", ", " -- ", "\n\n", " | "))).join(
        word.upper() if data.draw(st.booleans()) else word for word in words
    )
    assert logit(dressed) == logit(plain)
    assert logit(plain.replace("12", "99").replace("7", "3")) == logit(plain)
    assert logit(f"{plain} {plain} {plain}") == pytest.approx(logit(f"{plain} {plain}"), abs=1e-6)


def test_the_middle_of_a_long_prompt_is_not_read():
    head, tail = "a " * HEAD, "b " * TAIL
    assert logit(f"{head}x y z {tail}") == logit(f"{head}completely different words {tail}")


def test_columns_of_any_layout_give_the_same():
    texts = ["Think step by step.", None, "", "wie geht's", "请一步一步推理"] * 3
    whole = elicitation_logits(pa.array(texts))
    assert np.isnan(whole[1]) and whole[2] == np.float32(shipped_weights().bias)
    np.testing.assert_array_equal(elicitation_logits(pa.array(texts, pa.large_string())), whole)
    np.testing.assert_array_equal(elicitation_logits(pa.array(texts)[3:11]), whole[3:11])
    np.testing.assert_array_equal(elicitation_logits(pa.chunked_array([texts[:4], texts[4:]])), whole)
    assert len(elicitation_logits(pa.array([], pa.string()))) == 0
    places, ends = feature_rows(pa.array(texts))
    assert ends[-1] == len(places) and ends[2] == ends[1]


def test_only_strings_are_prompts():
    with pytest.raises(InputError, match="strings"):
        elicitation_logits(pa.array([1, 2]))


def test_the_weights_are_small_enough_to_ship():
    path = files("stillwatch.profile.elicitation").joinpath("weights.npz")
    assert len(path.read_bytes()) <= 2_000_000


@pytest.mark.parametrize("purpose", frames.PURPOSES)
def test_the_ranges_wordings_are_told_from_its_customers(purpose):
    """Neither was trained on: the classifier has a grammar of its own."""
    dice = random.Random(5)
    talks = write_sources(random.Random(3))
    customers = [turn for name in ("arena", "programmers", "bank_support") for turns in talks[name] for turn in turns]
    items = [turns[0] for turns in talks["instructions"]]
    asked = []
    for _ in range(300):
        text, system = frames.draw(dice, purpose, always_new=True).dress(dice, dice.choice(items), 1.0)
        asked.append(f"{system}\n{text}" if system else text)
    threshold = shipped_weights().threshold
    assert (elicitation_logits(pa.array(asked)) > threshold).mean() > 0.75
    assert (elicitation_logits(pa.array(dice.sample(customers, 1000))) > threshold).mean() < 0.02


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_no_evidence(language):
    """People who ask for themselves are not flagged for what they speak. The range's requests were not trained on."""
    dice = random.Random(9)
    asked = [foreign(dice, language) for _ in range(300)]
    assert (elicitation_logits(pa.array(asked)) > shipped_weights().threshold).mean() < 0.02


def test_no_words_no_more_than_the_bias():
    model = shipped_weights()
    seen, places = np.zeros(PLACES, np.bool_), np.empty(FEATURES, np.int32)
    got = elicit(np.zeros(1, np.uint64), 0, model.weights, model.scale, model.bias, seen, places)
    assert got == np.float32(model.bias)
