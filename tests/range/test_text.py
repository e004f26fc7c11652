from __future__ import annotations

import random
import zlib
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.range import frames, grammar, vary
from stillwatch.range.pool import Conversation, PromptPool, load_pool
from stillwatch.range.schedule import DAY, Clock
from stillwatch.range.spin import spin


@given(st.text(), st.integers(0, 1000))
def test_variations_never_fail_and_keep_words_of_letters(text: str, seed: int) -> None:
    assert isinstance(vary.person(random.Random(seed), text, 0.5), str)


@given(st.integers(0, 10_000))
def test_spin_leaves_no_choice_open(seed: int) -> None:
    text = spin(random.Random(seed), "{a|b {c|d} [n]} e", grammar.SLOTS)
    assert not set("{}|[]") & set(text)
    assert text.endswith(" e")


def test_spin_survives_a_lone_brace() -> None:
    assert spin(random.Random(1), "{a|b} { c") in {"a { c", "b { c"}


@given(st.integers(0, 10_000), st.sampled_from(frames.PURPOSES))
def test_a_frame_keeps_its_item_and_leaves_no_choice_open(seed: int, purpose: str) -> None:
    dice = random.Random(seed)
    prompt, system = frames.draw(dice, purpose).dress(dice, "THE ITEM", 0.3)
    assert "THE ITEM" in prompt
    assert not set("{}|") & set(f"{prompt}{system}".replace("|>", ""))


def test_campaigns_do_not_share_their_wording() -> None:
    wordings = [frames.draw(random.Random(seed), "reasoning").frames for seed in range(60)]
    leads = [frame.prefix + frame.suffix + (frame.system or "") for made in wordings for frame in made]
    assert len(set(leads)) > 0.95 * len(leads)


@settings(max_examples=25)
@given(st.integers(1, 400), st.integers(0, 99), st.floats(0, 1))
def test_a_queue_has_as_many_distinct_items_as_asked_for(size: int, seed: int, fresh: float) -> None:
    base = tuple(Conversation((f"Tom has {n} apples and eats {n + 3}, how many are left?",)) for n in range(50))
    items = PromptPool({"math_word": base}, True).queue(random.Random(seed), ["math_word"], size, fresh)
    assert len(items) == size
    assert len(set(items)) == size


@settings(max_examples=30)
@given(st.integers(0, 300), st.sampled_from(["person", "office", "service", "nightly", "flat"]), st.integers(0, 9))
def test_arrivals_are_sorted_and_inside_their_period(count: int, style: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = CLOCK.arrivals(rng, count, 5 * DAY, 9 * DAY, style)  # type: ignore[arg-type]
    assert len(times) == count
    assert (np.diff(times) >= 0).all()
    assert count == 0 or (times[0] >= 5 * DAY and times[-1] < 9 * DAY)


CLOCK = Clock.load(None, np.random.default_rng(0))


def test_the_grammar_writes_every_source_a_kind_may_ask_for() -> None:
    pool = load_pool(None, (), 1)
    assert len(pool.sources) >= 20
    assert all(talk.turns[0] for talks in pool.sources.values() for talk in talks)


def test_work_items_of_the_grammar_are_free_of_near_duplicates() -> None:
    items = load_pool(None, (), 1).queue(random.Random(2), ["arena", "math_word", "reasoning_tasks"], 12_000)
    words = [text.split() for text in items]
    keys = [
        tuple(sorted({zlib.crc32(" ".join(w[at : at + 4]).encode()) for at in range(len(w) - 3)})[:3]) for w in words
    ]
    assert len(set(keys)) > 0.99 * len(keys)


def test_one_person_comes_back_to_the_same_words() -> None:
    def words(text: str) -> set[str]:
        return {word for word in text.lower().split() if len(word) > 4}

    dice = random.Random(5)
    people = [grammar.own_concerns(dice) for _ in range(40)]
    talks = [[words(grammar.chat(dice, own)) for _ in range(2)] for own in people]
    within = sum(len(a & b) for a, b in talks)
    between = sum(len(a[0] & b[1]) for a, b in pairwise(talks))
    assert within > 1.5 * between
