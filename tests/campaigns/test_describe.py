"""The description of the planted campaign: complete, in agreement with the log, redacted and reproducible."""

from __future__ import annotations

import random
import re
from datetime import UTC
from itertools import pairwise

import pytest

from stillwatch.campaigns.describe import describe
from stillwatch.signals import CHANNELS

from .. import small_logs
from .conftest import analysed


@pytest.fixture(scope="module")
def campaign(planted):
    return planted.analysis.campaigns[0]


@pytest.fixture(scope="module")
def rows(planted, campaign):
    members = set(campaign.members)
    return [row for row in planted.rows if row["account"] in members]


def test_the_figures_are_those_of_the_log(campaign, rows):
    assert campaign.exchanges == len(rows)
    assert campaign.first_time == min(row["time"] for row in rows)
    assert campaign.last_time == max(row["time"] for row in rows)
    assert campaign.input_tokens == sum(row["input_tokens"] for row in rows)
    assert campaign.output_tokens == sum(row["output_tokens"] for row in rows)
    low, high = campaign.share[1:]
    assert low <= campaign.share[0] <= high
    assert campaign.campaign_exchanges == pytest.approx(campaign.share[0] * campaign.exchanges, rel=0.01)


def test_the_timeline_holds_every_exchange_once(campaign, rows):
    assert sum(count for _, count in campaign.timeline) == len(rows)
    starts = [start for start, _ in campaign.timeline]
    steps = {later - earlier for earlier, later in pairwise(starts)}
    assert len(steps) == 1
    step = steps.pop()
    for start, count in campaign.timeline:
        assert count == sum(start <= row["time"] < start + step for row in rows)
    assert dict(campaign.timeline)[campaign.peak_time] == max(count for _, count in campaign.timeline)
    assert campaign.peak_time.tzinfo == UTC


def test_members_are_in_order_each_with_a_probability(campaign):
    assert list(campaign.members) == sorted(campaign.members)
    assert all(0.5 < p <= 1 for p in campaign.membership)


def test_the_technique_and_the_frame_are_named(campaign):
    technique = campaign.techniques[0]
    assert (technique.name, technique.atlas) == ("reasoning elicitation", "AML.T0024.002")
    assert 0.9 <= technique.share <= 1
    frames = " ".join(family.frame for family in campaign.families).lower()
    assert "reasoning" in frames and "…" in frames
    for family in campaign.families:
        assert 0 < family.accounts <= len(campaign.members)
        assert family.outside_accounts == 0
        assert 0 < family.exchanges <= campaign.exchanges * 1.05
        assert family.examples


def test_one_evidence_per_channel_in_order(campaign):
    assert tuple(evidence.channel for evidence in campaign.evidence) == CHANNELS
    assert {evidence.role for evidence in campaign.evidence} <= {"linked", "tested", "not computable"}
    for evidence in campaign.evidence:
        assert evidence.summary
        assert (evidence.p_value is not None) == (evidence.role == "tested")


def test_the_shared_cards_are_told_but_not_shown(campaign):
    cards = [value for value in campaign.shared if value.attribute == "means of payment"]
    assert cards
    for card in cards:
        assert "stolen-card" not in card.value
        assert card.members >= 2 and card.others == 0 and card.weight > 0
    assert not any(value.weight for value in campaign.shared if value.others > 100)


def test_links_join_members(campaign):
    assert campaign.links
    for left, right, why, weight in campaign.links:
        assert {left, right} <= set(campaign.members) and left != right
        assert why and weight > 0
    assert [link[3] for link in campaign.links] == sorted((link[3] for link in campaign.links), reverse=True)


def test_the_identity_is_that_of_the_members(planted, campaign):
    assert re.fullmatch(r"c-[0-9a-f]{8}", campaign.campaign)
    (finding,) = planted.found.findings
    assert describe(planted.population, finding).campaign == campaign


def test_personal_data_in_prompts_is_redacted():
    rng = random.Random(12)
    secret = (
        "Think step by step, show the full reasoning. Mail jane.roe@corp.example, key sk-abcdefghijklmnop12. {item}"
    )
    rows = small_logs.people(random.Random(11), 300)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 50, 20, (secret,)))
    campaigns = analysed(rows, random.Random(1)).analysis.campaigns
    assert campaigns
    told = repr(campaigns)
    assert "step by step" in told
    assert "jane.roe" not in told and "sk-abcdef" not in told


def test_without_tokens_none_are_told(planted):
    bare = [{k: v for k, v in row.items() if not k.endswith("_tokens")} for row in planted.rows]
    for campaign in analysed(bare, random.Random(1)).analysis.campaigns:
        assert campaign.input_tokens is None and campaign.output_tokens is None
