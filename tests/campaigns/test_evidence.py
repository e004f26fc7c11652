"""What is known of accounts, as log-likelihood ratios of members against others."""

from __future__ import annotations

import random

import numpy as np
import pytest

from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.evidence import (
    MEETINGS,
    as_those_told,
    counted_ratio,
    discriminant,
    habit_ratio,
    met,
    nearness,
    numbered,
    peculiarity,
    peculiarity_ratio,
    said,
)
from stillwatch.campaigns.streams import whole
from stillwatch.profile.kernels import EMPTY

from .. import small_logs
from ..small_logs import rows_of


@pytest.fixture(scope="module")
def population():
    """A campaign of forty, and people."""
    rng = random.Random(5)
    rows = small_logs.people(random.Random(11), 300)
    return small_logs.population(rows + small_logs.campaign(rng, small_logs.queue(rng, 40, 14)))


def test_a_queue_that_asks_all_once_has_no_meetings_and_those_who_draw_on_common_material_have():
    """Who asks what members ask is less likely of a queue that gives nothing twice, and likelier of one that does."""
    asked = np.arange(1, 1 + 60 * 12).reshape(60, 12)  # sixty accounts, each with prompts of its own
    members = np.arange(20)
    asked[20:40, 0] = asked[np.arange(20), 5]  # of the outsiders every other one asks what a member asks
    asked[40, 3] = 0
    common = met(asked, members)
    assert common.tolist() == [0] * 20 + [1] * 20 + [0] * 20, "members of a queue that never repeats itself don't meet"
    eligible, inside = np.append(common[:20], [0, 1]), np.append(np.ones(20, bool), [False, False])
    alone, meeting = counted_ratio(eligible, common[20:], inside)[20:]
    assert meeting < -2 and 0 < alone < 1
    dealt = np.concatenate([asked[members], asked[members]])  # all of it twice
    common = met(dealt, np.arange(40))
    assert (common == MEETINGS).all()
    eligible, inside = np.append(common, [0, MEETINGS]), np.append(np.ones(40, bool), [False, False])
    alone, meeting = counted_ratio(eligible, np.zeros(20, int), inside)[40:]
    assert meeting > 2 and alone < -2


def test_prompts_are_numbered_and_none_is_zero():
    items = np.array([[9, 4, EMPTY], [4, EMPTY, EMPTY]], np.uint64)
    assert numbered(items).tolist() == [[2, 1, 0], [1, 0, 0]]
    assert met(numbered(items), np.array([0])).tolist() == [0, 1]
    assert met(np.zeros((3, 0), np.int64), np.array([0, 1])).tolist() == [0, 0, 0]


def test_nearness_leaves_a_member_out_of_its_own_centre():
    rng = np.random.default_rng(1)
    vectors, members = rng.normal(size=(12, 6)), np.array([1, 4, 5, 9])
    for row, near in enumerate(nearness(vectors, members)):
        centre = vectors[members[members != row]].mean(axis=0)
        expected = vectors[row] @ centre / np.linalg.norm(vectors[row]) / np.linalg.norm(centre)
        assert near == pytest.approx(expected, abs=1e-6)


def test_the_habit_of_a_single_exchange_speaks_less_against_its_account():
    habit = np.concatenate((np.full(40, 0.4), [0.0, 0.0, 0.4, 0.4], np.zeros(200)))
    inside = np.arange(44) < 40
    many = habit_ratio(habit, inside, np.full(44, 10**6))
    few = habit_ratio(habit, inside, np.ones(44))
    assert (many[40:42] < -2).all()
    assert few[40:42] == pytest.approx(many[40:42] / 2, rel=1e-4)
    assert (many[42:] > 2).all()
    assert few[42:] == pytest.approx(many[42:])


def test_a_purse_says_no_more_than_those_who_can_be_told_by_what_they_do():
    everybody = np.ones(100, bool)
    sure, doubtful = np.full(100, 9.0), np.zeros(100)
    some = np.where(np.arange(100) < 25, -9.0, 9.0)
    prompts = np.full(100, 8)
    assert as_those_told(sure, everybody, prompts) > 6
    assert as_those_told(some, everybody, prompts) == pytest.approx(np.log(3), abs=0.02)
    assert as_those_told(doubtful, everybody, prompts) == 0
    # Who sent a single prompt is no witness; and who pays otherwise was not asked.
    assert as_those_told(some, everybody, np.where(some < 0, 1, prompts)) > 6
    assert as_those_told(some, some > 0, prompts) > 6


def test_prompts_dealt_from_one_pool_are_as_far_from_it_as_chance_has_it(population):
    members, people = rows_of(population, "c"), rows_of(population, "p")
    rows = np.concatenate((members, people))
    far = peculiarity(population, rows, np.arange(len(members)))
    own, others = far[: len(members)], far[len(members) :]
    assert abs(own.mean()) < 0.5
    assert np.quantile(others, 0.1) > own.max()
    half = peculiarity(population, rows, np.arange(0, len(members), 2))[1 : len(members) : 2]
    assert abs(half.mean()) < 0.5, "of accounts that are not known as members, too"


@pytest.fixture(scope="module")
def alike():
    """Members who ask of everything, and others who ask of a part of that."""
    rng = random.Random(3)
    prompts = [small_logs.item(rng) for _ in range(2400)]
    some = [prompt for prompt in prompts if prompt.startswith(("A ", "If "))]  # two of four forms
    rows = small_logs.campaign(rng, [rng.sample(prompts, 12) for _ in range(60)])
    rows += small_logs.campaign(rng, [rng.sample(some, 12) for _ in range(60)], prefix="o")
    return small_logs.population(rows)


def test_what_is_asked_more_of_tells_members_from_those_who_ask_as_nearly(alike):
    members, others = rows_of(alike, "c"), rows_of(alike, "o")
    rows = np.concatenate((members, others))
    places = np.arange(len(rows))
    learned, unknown = places[places % 2 == 0], places[places % 2 == 1]
    own = places < len(members)
    score = discriminant(alike, rows, learned[own[learned]], learned[~own[learned]])
    for told in (learned, unknown):  # nobody is told by a line drawn through its own prompts: both are told as well
        assert (score[told[own[told]]][:, None] > score[told[~own[told]]]).mean() > 0.8


def test_where_sides_are_drawn_at_random_a_discriminant_tells_them_no_better_than_chance(alike):
    rows = rows_of(alike, "c")
    sides = np.random.default_rng(2).permutation(len(rows))
    score = discriminant(alike, rows, sides[:30], sides[30:])
    assert abs((score[sides[:30]][:, None] > score[sides[30:]]).mean() - 0.5) < 0.15


def test_a_discriminant_of_nobody_says_nothing(alike):
    rows = rows_of(alike, "c")
    places = np.arange(len(rows))
    for members, outsiders in ((places[:0], places), (places, places[:0]), (places[:1], places[1:])):
        assert np.isnan(discriminant(alike, rows, members, outsiders)).any()
    assert np.isnan(discriminant(alike, rows, places, places[:0])).all()


def test_many_prompts_as_the_members_ask_say_more_than_few():
    sampled = np.concatenate([[6, 12, 32, 32, 0], np.full(40, 24), np.full(100, 20)])
    chance = np.random.default_rng(1).normal(0, 0.1, 40)
    concerned = np.linspace(0.02, 2.0, 100)
    odd = np.concatenate([[0.0, 0.0, 0.0, 1.5, np.nan], chance, concerned])
    inside = np.append(np.zeros(5, bool), np.ones(40, bool))
    few, some, many, far, unknown = peculiarity_ratio(odd, sampled, inside)[:5]
    assert 0 < few < some < many
    assert far < -3
    assert unknown == 0
    assert not peculiarity_ratio(odd * np.nan, sampled, inside).any(), "where no prompt is known"
    assert not peculiarity_ratio(odd[:45], sampled[:45], inside).any(), "where there is nobody else"


def test_a_system_prompt_of_the_campaigns_own_is_its_wording():
    rng = random.Random(5)
    told = {"system": "Answer as the reference solution of a data set would. Number every step."}
    asked = [row["prompt"] for row in small_logs.people(random.Random(12), 12, least=14)]
    bare = [asked[number::12] for number in range(12)]
    rows = small_logs.people(random.Random(11), 300)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 40, 14), "c", **told)
    rows += small_logs.campaign(rng, bare, "b", **told)
    rows += small_logs.campaign(rng, bare, "d", system="You are the assistant of a bakery.")
    population = small_logs.population(rows)
    core = rows_of(population, "c")
    stream = whole(population, core, "content", "", wording(population, core))
    carried = {prefix: said(population, stream, rows_of(population, prefix)) for prefix in "cbdp"}
    assert (carried["c"] == 2).all() and (carried["b"] == 2).all()
    assert not carried["d"].any() and not carried["p"].any()
