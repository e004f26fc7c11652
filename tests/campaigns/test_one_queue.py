"""One queue behind many accounts speaks for a campaign, where people are told apart by what they ask."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.corroboration import caution, corroboration
from stillwatch.campaigns.describe import describe
from stillwatch.campaigns.find import find_campaigns
from stillwatch.campaigns.one_queue import fed
from stillwatch.campaigns.streams import Stream, whole
from stillwatch.campaigns.verdict import judge

from .. import small_logs

ACCOUNTS, EACH = 60, 24


def everything(rng: random.Random, accounts: int = ACCOUNTS) -> list[list[str]]:
    """What as many people as there are prompts ask, each once, dealt out at random."""
    asked = [next(small_logs.person(rng)) for _ in range(accounts * EACH)]
    return [asked[at::accounts] for at in range(accounts)]


def nobody(stream: Stream) -> np.ndarray:
    """No account of the log."""
    return np.zeros(len(stream.population), bool)


def stream(rng: random.Random, prompts: list[list[str]], people: list[small_logs.Row]) -> Stream:
    rows = small_logs.campaign(rng, prompts)
    population = small_logs.population(rows + people)
    members = np.array([row for name, row in population.profiles.index.items() if name.startswith("c")])
    return whole(population, members, "content", "", wording(population, members))


@pytest.mark.parametrize("seed", range(3))
def test_a_queue_speaks_for_a_campaign_whatever_it_holds(seed):
    rng = random.Random(seed)
    people = small_logs.people(rng, 300, least=8)
    framed = [
        [f"Answer as a kind and careful assistant would, please: {text}" for text in own] for own in everything(rng)
    ]
    for prompts in (everything(rng), small_logs.queue(rng, ACCOUNTS, EACH, ("{item}",)), framed):
        dealt = stream(rng, prompts, people)
        assert fed(dealt, nobody(dealt))


@pytest.mark.parametrize("seed", range(3))
def test_people_of_their_own_concerns_do_not(seed):
    rng = random.Random(seed)
    prompts = []
    for _ in range(ACCOUNTS):
        voice = small_logs.person(rng)
        prompts.append([next(voice) for _ in range(EACH)])
    own = stream(rng, prompts, small_logs.people(rng, 300, least=8))
    assert not fed(own, nobody(own))


def test_the_look_alikes_of_one_piece_of_a_campaign_are_not_its_others():
    rng = random.Random(0)
    dealt = stream(rng, everything(rng, 8 * ACCOUNTS), small_logs.people(rng, 60, least=8))
    piece = dealt.only(np.arange(0, len(dealt.rows), 8))
    others = nobody(dealt)
    others[np.setdiff1d(dealt.rows, piece.rows)] = True
    assert fed(piece, others)
    assert not fed(piece, nobody(dealt))


@pytest.mark.parametrize("seed", range(3))
def test_it_says_nothing_where_nobody_is_told_apart_by_what_they_ask(seed):
    rng = random.Random(seed)
    people = small_logs.people(rng, 300, least=8)
    asked = [row["prompt"] for row in people]
    rng.shuffle(asked)
    for row, prompt in zip(people, asked, strict=True):
        row["prompt"] = prompt
    dealt = stream(rng, everything(rng), people)
    assert not fed(dealt, nobody(dealt))


def test_it_carries_a_caution_and_needs_explanations_to_fail_surely():
    rng = random.Random(1)
    broad = stream(rng, everything(rng), small_logs.people(rng, 300, least=8))
    verdict = judge(broad, broad.population)
    alone = replace(verdict, corroborated=1.0, corroborated_afar=1.0, purpose=0.0, purpose_p=1.0, fed=True)
    surely = replace(alone, alternatives=tuple(replace(one, p_value=1e-15) for one in verdict.alternatives))
    hardly = replace(alone, alternatives=tuple(replace(one, p_value=1e-9) for one in verdict.alternatives))
    assert corroboration(surely) == "queue" and "one queue" in str(caution(surely))
    assert corroboration(replace(surely, fed=False)) is None
    assert corroboration(hardly) is None


def test_accounts_that_share_nothing_but_the_queue_are_found():
    rng = random.Random(2)
    rows = small_logs.people(rng, 1800, least=12)
    dealt = small_logs.people(rng, ACCOUNTS, prefix="c", least=24)
    for row in dealt:
        row["prompt"] = small_logs.item(rng)
    population = small_logs.population(rows + dealt)
    (finding,) = find_campaigns(population, 0.01).findings
    assert corroboration(finding.verdict) == "queue"
    named = [population.profiles.names[row][0] == "c" for row in finding.rows.tolist()]
    assert sum(named) > 0.9 * ACCOUNTS
    assert sum(named) >= 0.98 * len(named)
    technique = describe(population, finding).campaign.techniques[0]
    assert technique.name == "plain requests, worded as anybody's"
