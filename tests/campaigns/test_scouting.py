"""Who tried a campaign's wording before it was sent in numbers belongs to it; who words alike in part doesn't."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest

from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.find import with_forerunners
from stillwatch.campaigns.findings import Finding
from stillwatch.campaigns.scouting import Frame
from stillwatch.campaigns.streams import whole
from stillwatch.campaigns.succession import technique_probing
from stillwatch.campaigns.verdict import judge

from .. import small_logs
from ..small_logs import rows_of

WINNER = (
    "Before you commit to an answer, narrate your inner monologue with all dead ends and check it twice. Item: {item}"
)
OTHERS = (
    "Act as a strict assessor and award zero to ten for each criterion, then a critique. Reply: {item}",
    "Invent a dozen varied prompts modelled on the seed below, each with a solution. Seed: {item}",
    "You are an autonomous agent in a sandbox: state a thought, then one action, then observe. Task: {item}",
    "Rewrite the draft so that it passes a content review, in three versions. Draft: {item}",
)
UNTRIED = (
    "Translate the passage into plain words for a picture book, one sentence a page, and name each page. Text: {item}"
)
LATER = timedelta(days=6)


def scaled_up(rng, scouts, each):
    """People, scouts who try the winning wording among others, and followers a week later."""
    rows = small_logs.people(random.Random(11), 200)
    rows += small_logs.campaign(rng, small_logs.queue(rng, scouts, each, (WINNER, *OTHERS)), "a")
    followers = small_logs.campaign(rng, small_logs.queue(rng, 40, 16, (WINNER,)), "b")
    return rows + [row | {"time": row["time"] + LATER} for row in followers]


@pytest.fixture(scope="module")
def town():
    """Scouts who try the winning wording among others, the followers a week later, and people."""
    rng = random.Random(3)
    rows = scaled_up(rng, 20, 20)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 20, 16, OTHERS[:2]), "c")
    return small_logs.population(rows)


def test_scouts_tried_it_and_people_and_other_campaigns_did_not(town):
    frame = Frame(town, rows_of(town, "b"))
    assert frame.tried_by(rows_of(town, "a"))
    assert not frame.tried_by(rows_of(town, "c"))
    assert not frame.tried_by(rows_of(town, "p"))


def test_few_of_a_group_without_a_frame_are_enough_where_more_scaled_it_up():
    population = small_logs.population(scaled_up(random.Random(3), 8, 30))
    scouts, campaign = rows_of(population, "a"), rows_of(population, "b")
    group = np.union1d(scouts, rows_of(population, "p")[:30])
    assert Frame(population, campaign).part(group) < 0.2
    assert Frame(population, campaign).tried_by(group)
    assert not Frame(population, campaign).tried_by(np.union1d(group, rows_of(population, "p")[30:40]))


def test_followers_have_not_tried_what_scouts_sent_before_them(town):
    assert not Frame(town, rows_of(town, "a")).tried_by(rows_of(town, "b"))


def test_parts_of_one_campaign_share_its_frame_whoever_was_first(town):
    members = rows_of(town, "b")
    assert Frame(town, members[:30]).shared_by(members[30:])
    assert not Frame(town, members).shared_by(rows_of(town, "c"))


def test_accounts_without_a_frame_are_followed_by_nobody(town):
    people = rows_of(town, "p")
    frame = Frame(town, people[:30])
    assert not frame.tried_by(people[30:60]) and not frame.shared_by(people[30:60])


def test_it_is_told_in_words(town):
    scouts, followers = rows_of(town, "a"), rows_of(town, "b")
    told = technique_probing(town, np.union1d(scouts, followers), scouts)
    assert told is not None and told.startswith("20 members tried its wording among others") and "40 others" in told
    assert technique_probing(town, followers, scouts) is None
    halves = technique_probing(town, followers, followers[::2])
    assert halves is None  # begun together


def test_forerunners_are_found_though_no_linker_proposed_them(town):
    found = Frame(town, rows_of(town, "b")).forerunners()
    scouts = rows_of(town, "a")
    assert len(found) > 0.7 * len(scouts)
    assert np.isin(found, scouts).all()
    assert not len(Frame(town, rows_of(town, "p")[:30]).forerunners())  # no frame, nobody who tried it


def test_those_who_sent_one_template_are_no_forerunners_whoever_was_first():
    """People who use a template that a campaign took up: they know no other wordings, and go on when it has begun."""
    rng = random.Random(3)
    rows = scaled_up(rng, 20, 20)
    early = small_logs.campaign(rng, small_logs.queue(rng, 6, 8, (WINNER,)), "e")
    rows = [row for row in rows if not row["account"].startswith("a")] + early
    population = small_logs.population(rows)
    assert not len(Frame(population, rows_of(population, "b")).forerunners())


def test_nobody_is_a_forerunner_of_what_others_went_on_to_send():
    rng = random.Random(3)
    rows = scaled_up(rng, 8, 20)
    later = small_logs.campaign(rng, small_logs.queue(rng, 12, 8, (WINNER, *OTHERS)), "g")
    population = small_logs.population(rows + [row | {"time": row["time"] + 1.5 * LATER} for row in later])
    assert not len(Frame(population, rows_of(population, "b")).forerunners())


def test_a_finding_is_joined_by_its_forerunners_and_those_like_them(town):
    followers, scouts = rows_of(town, "b"), rows_of(town, "a")
    verdict = judge(whole(town, followers, "content", "", wording(town, followers)), town)
    finding = Finding(verdict, followers, np.ones(len(followers)), followers)
    (joined,) = with_forerunners(town, [finding], 0.01)
    assert np.isin(scouts, joined.rows).mean() > 0.9
    assert np.isin(joined.rows, np.union1d(followers, scouts)).all()
    assert np.isin(joined.scouts, scouts).all()


@pytest.mark.parametrize("others", ["c", "d"])
def test_a_finding_that_took_them_in_leaves_them_to_it_unless_they_send_its_frame(others):
    """The scouts have tried the wording of one other campaign (c), and not that of another one (d)."""
    rng = random.Random(3)
    rows = scaled_up(rng, 20, 20) + small_logs.campaign(rng, small_logs.queue(rng, 20, 16, OTHERS[:2]), "c")
    rows += small_logs.campaign(rng, small_logs.queue(rng, 40, 16, (UNTRIED,)), "d")
    town = small_logs.population(rows)
    followers, scouts, own = rows_of(town, "b"), rows_of(town, "a"), rows_of(town, others)
    findings = []
    for members in (followers, np.union1d(scouts[:9], own)):
        verdict = judge(whole(town, members, "content", "", wording(town, members)), town)
        findings.append(Finding(verdict, members, np.ones(len(members)), members))
    joined, left = with_forerunners(town, findings, 0.01)
    if others == "d":
        assert np.isin(scouts, joined.rows).mean() > 0.9
        assert left.rows.tolist() == own.tolist()
    else:
        assert np.isin(scouts[:9], left.rows).mean() > 0.7
