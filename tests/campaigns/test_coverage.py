"""A queue of everything that people ask speaks for a campaign, where people are told apart by what they ask."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.corroboration import caution, corroboration
from stillwatch.campaigns.coverage import covers
from stillwatch.campaigns.streams import Stream, whole
from stillwatch.campaigns.verdict import judge

from .. import small_logs

ACCOUNTS, EACH = 60, 24


def everything(rng: random.Random) -> list[list[str]]:
    """What as many people as there are prompts ask, each once, dealt out at random."""
    asked = [next(small_logs.person(rng)) for _ in range(ACCOUNTS * EACH)]
    return [asked[at::ACCOUNTS] for at in range(ACCOUNTS)]


def stream(rng: random.Random, prompts: list[list[str]], people: list[small_logs.Row]) -> Stream:
    rows = small_logs.campaign(rng, prompts)
    population = small_logs.population(rows + people)
    members = np.array([row for name, row in population.profiles.index.items() if name.startswith("c")])
    return whole(population, members, "content", "", wording(population, members))


@pytest.mark.parametrize("seed", range(3))
def test_a_queue_of_everything_speaks_for_a_campaign(seed):
    rng = random.Random(seed)
    assert covers(stream(rng, everything(rng), small_logs.people(rng, 300, least=8)))


@pytest.mark.parametrize("seed", range(3))
def test_people_of_their_own_concerns_do_not(seed):
    rng = random.Random(seed)
    prompts = []
    for _ in range(ACCOUNTS):
        voice = small_logs.person(rng)
        prompts.append([next(voice) for _ in range(EACH)])
    assert not covers(stream(rng, prompts, small_logs.people(rng, 300, least=8)))


@pytest.mark.parametrize("seed", range(3))
def test_a_queue_with_a_theme_or_a_frame_does_not(seed):
    rng = random.Random(seed)
    people = small_logs.people(rng, 300, least=8)
    assert not covers(stream(rng, small_logs.queue(rng, ACCOUNTS, EACH, ("{item}",)), people))
    framed = [
        [f"Answer as a kind and careful assistant would, please: {text}" for text in own] for own in everything(rng)
    ]
    assert not covers(stream(rng, framed, people))


@pytest.mark.parametrize("seed", range(3))
def test_it_says_nothing_where_nobody_is_told_apart_by_what_they_ask(seed):
    rng = random.Random(seed)
    people = small_logs.people(rng, 300, least=8)
    asked = [row["prompt"] for row in people]
    rng.shuffle(asked)
    for row, prompt in zip(people, asked, strict=True):
        row["prompt"] = prompt
    assert not covers(stream(rng, everything(rng), people))


def test_it_carries_a_caution_and_needs_explanations_to_fail_surely():
    rng = random.Random(1)
    broad = stream(rng, everything(rng), small_logs.people(rng, 300, least=8))
    verdict = judge(broad, broad.population)
    alone = replace(verdict, corroborated=1.0, corroborated_afar=1.0, purpose=0.0, purpose_p=1.0)
    surely = replace(alone, alternatives=tuple(replace(one, p_value=1e-15) for one in verdict.alternatives))
    hardly = replace(alone, alternatives=tuple(replace(one, p_value=1e-9) for one in verdict.alternatives))
    assert corroboration(surely) == "coverage" and "about everything" in str(caution(surely))
    assert corroboration(hardly) is None
    assert corroboration(replace(surely, stream=replace(broad, coarse=True))) is None
