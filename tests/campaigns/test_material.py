"""Material that people have in common: how often they coincide, and what tells a class from a queue."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from stillwatch.calibrate import Comparison
from stillwatch.campaigns.alternatives import hopeless, independent_customers
from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.material import _coincidences, common, same_material, surely_common, word_for_word
from stillwatch.campaigns.streams import Stream, whole
from stillwatch.profile.kernels import EMPTY
from stillwatch.signals.registry import named

from .. import small_logs


def _sharing(rng: random.Random, accounts: int, each: int, pool: int) -> tuple[Stream, list[set[str]]]:
    """Accounts that each draw `each` items from one pool, as a stream, and what they drew."""
    items = [small_logs.item(rng) for _ in range(pool)]
    drawn = [rng.sample(items, each) for _ in range(accounts)]
    population = small_logs.population(small_logs.campaign(rng, drawn))
    stream = whole(population, np.arange(len(population)), "content", "", np.zeros(0, np.uint32))
    return stream, [set(d) for d in drawn]


def _counted(stream: Stream, covered: float):
    return _coincidences(stream, stream.population.profiles["items"][stream.rows], covered)


@pytest.mark.parametrize("seed", range(3))
def test_coincidences_are_pairs_of_customers_with_an_item_in_common(seed):
    stream, drawn = _sharing(random.Random(seed), 25, 12, 60)
    assert _counted(stream, 0.2).seen == sum(len(a & b) for a, b in combinations(drawn, 2))


@pytest.mark.parametrize(("each", "pool"), [(12, 60), (100, 500), (400, 800)])
def test_as_many_are_seen_as_expected_of_independent_users(each, pool):
    """Also where the samples hold only a part of what was sent."""
    seen, expected = 0.0, 0.0
    for seed in range(6):
        found = _counted(_sharing(random.Random(seed), 20, each, pool)[0], each / pool)
        seen, expected = seen + found.seen, expected + found.expected
    assert seen == pytest.approx(expected, rel=0.15)


def test_samples_are_coordinated():
    """A pair sees its common items at the rate of the less visible account, whichever comes first."""
    rng = random.Random(5)
    items = [small_logs.item(rng) for _ in range(400)]
    rows = small_logs.exchanges("big", items, rng) + small_logs.exchanges("small", items[:20], rng)
    population = small_logs.population(rows)
    stream = whole(population, np.arange(2), "content", "", np.zeros(0, np.uint32))
    keys = [set(k[k != EMPTY].tolist()) for k in population.profiles["items"]]
    assert _counted(stream, 0.5).seen == len(keys[0] & keys[1])
    assert _counted(stream, 0.5).expected == pytest.approx(400 * 20 * population.visible.min() / (210 / 0.5), rel=0.35)


def test_two_keys_of_one_customer_are_no_coincidence():
    rng = random.Random(6)
    items = [small_logs.item(rng) for _ in range(10)]
    rows = [row for i in range(5) for row in small_logs.exchanges(f"k{i}", items, rng, organization="firm")]
    population = small_logs.population(rows)
    stream = whole(population, np.arange(5), "content", "", np.zeros(0, np.uint32))
    assert _counted(stream, 0.5).seen == 0


@pytest.mark.parametrize(
    ("share", "purposeful", "refuted"), [(0.3, True, True), (0.3, False, False), (0.4, False, True)]
)
def test_a_few_who_pay_alike_speak_for_all_only_where_all_ask_for_answers(share, purposeful, refuted):
    stream, _ = _sharing(random.Random(3), 25, 12, 1500)
    paid = Comparison(named("shared_payment"), share, 0.0, 1e-9)
    assert (same_material(stream, paid, purposeful, strangers=1.0).p_value < 0.01) == refuted
    assert same_material(stream, None, purposeful, strangers=1.0).p_value > 0.01


def test_who_asks_as_anybody_does_may_have_covered_less_of_a_pool():
    stream, _ = _sharing(random.Random(3), 40, 12, 6000)
    asked, aimed = (same_material(stream, None, purposeful, strangers=1.0).p_value for purposeful in (False, True))
    assert asked > aimed


@pytest.mark.parametrize("purposeful", [False, True])
def test_who_have_more_in_common_than_strangers_are_a_class_only_where_they_cover_as_much(purposeful):
    loosely, _ = _sharing(random.Random(3), 40, 12, 1500)
    closely, _ = _sharing(random.Random(3), 40, 12, 60)
    assert same_material(loosely, None, purposeful, strangers=1.0).p_value > 0.01
    refuted = same_material(loosely, None, purposeful, strangers=1e-13)
    assert refuted.p_value < 0.01 and "as much else in common" in refuted.why_rejected
    assert same_material(closely, None, purposeful, strangers=1e-13).p_value > 0.01


def test_what_strangers_would_not_share_is_looked_at_before_a_stream_is_given_up():
    loosely, _ = _sharing(random.Random(3), 40, 12, 1500)
    closely, _ = _sharing(random.Random(3), 40, 12, 60)
    assert common(loosely, 0.01) and common(closely, 0.01)
    assert surely_common(closely, 0.01) and hopeless(closely, 0.01)
    assert not surely_common(loosely, 0.01)
    # Nothing but the coincidences decides here: the items are nobody's own.
    assert independent_customers(loosely).p_value <= 0.01 and not hopeless(loosely, 0.01)


STEPS = (
    "go on",
    "the tests failed, look again",
    "yes, apply that",
    "run it once more",
    "show me the diff",
    "undo that",
)


def test_what_everybody_says_is_no_material_of_payers_who_are_tied_for_sure():
    rng = random.Random(4)
    asked = [[*each, *STEPS] for each in small_logs.queue(rng, 60, 8)]
    others = [list(STEPS) for _ in range(300)]
    rows = small_logs.campaign(rng, asked) + small_logs.campaign(rng, others, "x") + small_logs.people(rng, 100)
    population = small_logs.population(rows)
    members = small_logs.rows_of(population, "c")
    by_content = whole(population, members, "content", "", wording(population, members))
    untied = replace(by_content, channel="infrastructure")
    tied = replace(untied, chance=1e-15)
    for stream in (by_content, untied):
        assert word_for_word(stream).seen >= 1700 * len(STEPS)
        assert same_material(stream, None, False, 1.0).p_value == 1.0
    assert word_for_word(tied).seen == 0
    assert same_material(tied, None, False, 1.0).p_value < 1e-6


def test_the_material_of_a_class_is_its_own_however_they_pay():
    rng = random.Random(4)
    homework = [small_logs.item(rng) for _ in range(14)]
    rows = small_logs.campaign(rng, [rng.sample(homework, 10) for _ in range(60)]) + small_logs.people(rng, 300)
    population = small_logs.population(rows)
    members = small_logs.rows_of(population, "c")
    stream = whole(population, members, "infrastructure", "", wording(population, members))
    assert same_material(replace(stream, chance=1e-15), None, False, 1.0).p_value == 1.0
