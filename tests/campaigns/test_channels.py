"""An analysis of some channels alone: what is left out neither links, nor tests, nor decides who belongs."""

from __future__ import annotations

import random

import pytest

import stillwatch
from stillwatch.campaigns.analyse import analyse
from stillwatch.errors import UsageError
from stillwatch.signals import CHANNELS

from .. import small_logs


@pytest.fixture(scope="module")
def rows():
    rng = random.Random(5)
    return small_logs.people(rng, 200) + small_logs.campaign(rng, small_logs.queue(rng, 40, 12))


def found(rows, channels):
    return analyse(small_logs.profiles(rows), None, 0.01, channels=channels)


def test_all_channels_named_is_the_same_as_none_named(rows):
    assert found(rows, frozenset(CHANNELS)).accounts == found(rows, None).accounts


@pytest.mark.parametrize("left_out", ["timing", "infrastructure", "usage"])
def test_a_channel_left_out_is_not_used_and_says_so(rows, left_out):
    (campaign,) = found(rows, frozenset(CHANNELS) - {left_out}).campaigns
    evidence = {each.channel: each for each in campaign.evidence}
    assert evidence[left_out].role == "not computable"
    assert evidence[left_out].summary == "left out of this analysis"
    assert evidence[left_out].p_value is None and not evidence[left_out].signals
    assert all(each.role != "not computable" for channel, each in evidence.items() if channel != left_out)


def test_without_the_channel_that_links_nothing_is_found(rows):
    assert found(rows, None).campaigns
    assert not found(rows, frozenset(CHANNELS) - {"content"}).campaigns


def test_a_single_accounts_p_value_is_of_these_channels_alone(rows):
    busy = [row | {"output_tokens": 90_000} if row["account"] == "p0000" else row for row in rows]
    p_values = [
        found(each, channels).accounts.column("p_value").to_pylist()
        for channels in (frozenset({"content"}), frozenset({"usage"}))
        for each in (rows, busy)
    ]
    assert p_values[0] == p_values[1]
    assert p_values[2] != p_values[3]


def test_an_unknown_channel_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no channel called vibes; known: content"):
        stillwatch.scan(tmp_path / "log.parquet", channels=["content", "vibes"])
