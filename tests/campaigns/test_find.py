"""End to end on small logs: a planted campaign is found, the same log without it has none."""

from __future__ import annotations

import random
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.campaigns import find
from stillwatch.campaigns.analyse import ACCOUNTS_SCHEMA, analyse
from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.find import find_campaigns
from stillwatch.campaigns.membership import Chances
from stillwatch.campaigns.streams import whole
from stillwatch.campaigns.verdict import judge

from .. import small_logs
from .conftest import RATE, account_table


def names(population, rows) -> set[str]:
    return {population.profiles.names[row] for row in rows}


def test_nothing_is_found_among_people(innocent):
    assert innocent.found.findings == []
    assert len(innocent.found.pool) == len(innocent.population)
    assert innocent.analysis.campaigns == ()
    assert not any(innocent.analysis.accounts["flagged"].to_pylist())


def test_the_planted_campaign_is_found_and_nobody_else(planted):
    (campaign,) = planted.analysis.campaigns
    members = set(campaign.members)
    assert len(members & planted.planted) >= 0.9 * len(planted.planted)
    assert len(members - planted.planted) <= 0.02 * len(members)


def test_the_pool_is_everybody_else(planted):
    (finding,) = planted.found.findings
    assert sorted([*finding.rows.tolist(), *planted.found.pool.tolist()]) == list(range(len(planted.population)))
    assert np.isin(finding.rows[finding.probability <= 0.5], []).all()


def test_the_verdict_rejects_at_the_rate(planted):
    (finding,) = planted.found.findings
    assert finding.verdict.explained <= RATE
    assert finding.verdict.corroborated <= RATE
    assert finding.verdict.e_value >= 1 / RATE
    assert finding.verdict.stream.channel not in finding.verdict.channel_p


def test_accounts_agree_with_campaigns(planted):
    table = planted.analysis.accounts
    assert table.schema.equals(ACCOUNTS_SCHEMA)
    (campaign,) = planted.analysis.campaigns
    flagged = {row["account"]: row for row in table.to_pylist() if row["flagged"]}
    assert set(flagged) == set(campaign.members)
    others = [row for row in table.to_pylist() if not row["flagged"]]
    assert min(row["score"] for row in flagged.values()) > max(row["score"] for row in others)
    assert all(row["reasons"] and row["campaign"] == campaign.campaign for row in flagged.values())
    assert all(row["campaign"] is None and row["membership"] is None and not row["reasons"] for row in others)


@pytest.fixture(scope="module")
def earlier():
    return small_logs.people(random.Random(21), 250)


def test_with_earlier_traffic_as_the_baseline(planted, innocent, earlier):
    baseline = small_logs.population(earlier)
    (finding,) = find_campaigns(planted.population, RATE, baseline).findings
    assert len(names(planted.population, finding.rows) & planted.planted) >= 0.9 * len(planted.planted)
    assert find_campaigns(innocent.population, RATE, baseline).findings == []


def test_the_size_of_the_baseline_is_told(innocent, earlier):
    analysis = analyse(small_logs.profiles(innocent.rows), None, RATE, small_logs.population(earlier))
    assert analysis.calibrated_on == 250
    assert innocent.analysis.calibrated_on == len(innocent.population)


def _without(rows, *columns):
    return [{name: value for name, value in row.items() if name not in columns} for row in rows]


EVIDENCE_OF = {"ip": "shared_address", "tls_fingerprint": "shared_fingerprint", "turns": "follow_ups"}


@pytest.mark.parametrize("missing", [("ip",), ("ip", "tls_fingerprint"), ("turns",), ("temperature", "max_tokens")])
def test_a_log_without_some_columns_is_analysed_and_the_gap_said(planted, missing):
    analysis = analyse(small_logs.profiles(_without(planted.rows, *missing)), None, RATE)
    for campaign in analysis.campaigns:
        assert set(campaign.members) <= planted.planted
        told = {name for channel in campaign.evidence for name, _, _ in channel.signals}
        assert not told & {EVIDENCE_OF.get(column) for column in missing}
        for channel in campaign.evidence:
            assert (channel.p_value is None) == (channel.role in ("linked", "not computable"))


def test_without_infrastructure_the_channel_is_not_computable(planted):
    analysis = analyse(small_logs.profiles(_without(planted.rows, "ip", "tls_fingerprint")), None, RATE)
    for campaign in analysis.campaigns:
        channel = next(each for each in campaign.evidence if each.channel == "infrastructure")
        assert (channel.role, channel.p_value) == ("not computable", None)
        assert "ip" in channel.summary


def test_no_campaign_without_a_prompt(planted):
    rows = [{name: row[name] for name in ("time", "account", "model")} for row in planted.rows]
    analysis = analyse(small_logs.profiles(rows), None, RATE)
    assert analysis.campaigns == ()
    assert analysis.accounts.num_rows == len(planted.population)


ODD = {
    "one account": small_logs.people(random.Random(1), 1),
    "one exchange": small_logs.people(random.Random(1), 1, least=1, most=1),
    "nine accounts": small_logs.people(random.Random(1), 9),
    "an empty system prompt": [row | {"system": ""} for row in small_logs.people(random.Random(1), 60)],
    "empty prompts": [row | {"prompt": ""} for row in small_logs.people(random.Random(1), 60)],
    "the same prompt from all": [row | {"prompt": "Say hello."} for row in small_logs.people(random.Random(1), 60)],
    "one moment": [row | {"time": small_logs.START} for row in small_logs.people(random.Random(1), 60)],
    "one exchange each": small_logs.people(random.Random(1), 80, least=1, most=1),
    "no log at all": [],
}


@pytest.mark.parametrize("rows", ODD.values(), ids=ODD.keys())
def test_odd_logs_are_analysed(rows):
    analysis = analyse(small_logs.profiles(rows), None, RATE)
    assert analysis.accounts.num_rows == len({row["account"] for row in rows})
    assert analysis.campaigns == ()
    p = np.array(analysis.accounts["p_value"].to_pylist(), float)
    assert np.isfinite(p).all() and (p > 0).all() and (p <= 1).all()


def test_a_campaign_and_nobody_to_compare_with():
    rng = random.Random(1)
    analysis = analyse(small_logs.profiles(small_logs.campaign(rng, small_logs.queue(rng, 40, 12))), None, RATE)
    assert analysis.accounts.num_rows == 40


def test_the_order_of_the_log_and_the_names_of_accounts_do_not_matter(planted):
    table = small_logs.account_table(planted.accounts)
    rows = list(planted.rows)
    random.Random(5).shuffle(rows)
    again = analyse(small_logs.profiles(rows), table, RATE)
    assert again.accounts.equals(planted.analysis.accounts)
    assert again.campaigns == planted.analysis.campaigns
    rename = {name: f"{zlib.crc32(name.encode()):010d}-{name}" for name in planted.population.profiles.names}
    renamed = [row | {"account": rename[row["account"]]} for row in planted.rows]
    (campaign,) = analyse(small_logs.profiles(renamed), None, RATE).campaigns
    members = {name.split("-", 1)[1] for name in campaign.members}
    assert len(members & planted.planted) >= 0.9 * len(planted.planted)
    assert len(members - planted.planted) <= 0.02 * len(members)


def test_a_campaign_of_a_third_of_the_accounts_is_found():
    rng = random.Random(12)
    rows = small_logs.people(random.Random(11), 360) + small_logs.campaign(rng, small_logs.queue(rng, 160, 30))
    assert len(find_campaigns(small_logs.population(rows), RATE).findings) == 1


def test_look_alikes_are_no_campaigns():
    """A class, a benchmark run by many, users of a public template and a firm's keys, each as regular as a campaign."""
    rng = random.Random(6)
    homework = [small_logs.item(rng) for _ in range(14)]
    benchmark = [f"Answer with the letter only. Question: {small_logs.item(rng)}" for _ in range(200)]
    template = "Summarize the note below in one sentence for a busy manager and keep all numbers. Note: {} {}"
    voices = [small_logs.person(rng) for _ in range(30)]
    rows = small_logs.people(random.Random(11), 250)
    rows += small_logs.campaign(rng, [rng.sample(homework, 10) for _ in range(30)], "class", address="192.0.2.7")
    rows += small_logs.campaign(rng, [rng.sample(benchmark, 60) for _ in range(20)], "bench")
    rows += small_logs.campaign(rng, [[template.format(next(v), next(v)) for _ in range(12)] for v in voices], "notes")
    rows += small_logs.campaign(rng, small_logs.queue(rng, 20, 14), "firm", organization="firm")
    found = find_campaigns(small_logs.population(rows), RATE).findings
    assert found == []


def test_an_account_belongs_to_one_campaign():
    rng = random.Random(3)
    other = ("Rate the answer on a scale of one to nine and give the verdict only. Answer to grade: {item}",)
    rows = small_logs.people(random.Random(11), 300)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 50, 24), "c")
    rows += small_logs.campaign(rng, small_logs.queue(rng, 50, 24, other), "d")
    population = small_logs.population(rows)
    findings = find_campaigns(population, RATE).findings
    assert len(findings) == 2
    for finding in findings:
        first = {name[0] for name in names(population, finding.rows)}
        assert len(first) == 1 and first <= {"c", "d"}
    taken = np.concatenate([finding.rows for finding in findings])
    assert len(np.unique(taken)) == len(taken)


def test_an_honest_resellers_pool_is_not_accused():
    # A few cards and addresses, and strangers' requests spread over all accounts: no account has concerns of its own.
    rng = random.Random(21)
    rows = small_logs.people(random.Random(11), 300)
    asked = [row["prompt"] for row in small_logs.people(random.Random(12), 120, least=16)]
    rng.shuffle(asked)
    shared = [asked[number::40] for number in range(40)]
    rows += small_logs.campaign(rng, shared, turns=3, input_tokens=200, output_tokens=400)
    table = account_table(rows, rng)
    population = small_logs.population(rows, table)
    pool = {name for name in population.profiles.names if name.startswith("c")}
    assert any(
        {population.profiles.names[row] for row in stream.rows} & pool
        for stream in find._proposed(population)
        if stream.channel == "infrastructure"
    )
    for finding in find_campaigns(population, RATE).findings:
        assert not names(population, finding.rows) & pool


def test_nor_are_the_parts_of_a_cluster(monkeypatch):
    rng = random.Random(22)
    rows = small_logs.people(random.Random(11), 200)
    grade = "Give three criteria, grade this reply on each from 1 to 10, output only the table. Reply: {item}"
    rewrite = "Rewrite the reply so that it is safe, keep every fact, answer with the reply alone. Reply: {item}"
    for prefix, frames in (("c", small_logs.FRAMES[:1]), ("d", (grade,)), ("e", (rewrite,))):
        rows += small_logs.campaign(rng, small_logs.queue(rng, 30, 14, frames), prefix)
    population = small_logs.population(rows, account_table(rows, rng))
    names_of = np.array(population.profiles.names)
    cores = [np.flatnonzero([name.startswith(prefix) for name in names_of]) for prefix in "cde"]
    monkeypatch.setattr(find, "like_minds", lambda *_: cores[:2])
    together = np.union1d(*cores[:2])
    stream = whole(population, together, "content", "", wording(population, together))
    known = np.isin(np.arange(len(population)), np.concatenate(cores))
    parts = find._groups(population, [judge(stream, population)], population, RATE, known)
    assert [set(rows.tolist()) for _, rows in parts] == [set(core.tolist()) for core in cores[:2]]
    for verdict, _ in parts:
        assert {name[0] for name in names_of[np.unique(verdict.matched.stand_ins)]} == {"p"}


@pytest.mark.parametrize(("part", "cards", "kept"), [(0.2, 3, "tied"), (0.4, 12, "tied"), (0.5, 3, "all")])
def test_a_few_who_pay_together_do_not_speak_for_many_who_do_not(part, cards, kept, monkeypatch):
    rng = random.Random(22)
    rows = small_logs.people(random.Random(11), 200)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 60, 14), "c")
    accounts = [{"account": f"c{n:04d}", "payment": f"card-{n % cards if n < 60 * part else n}"} for n in range(60)]
    population = small_logs.population(rows, accounts)
    members = small_logs.rows_of(population, "c")
    tied = members[: int(60 * part)]
    stream = whole(population, members, "content", "", wording(population, members))
    aimless = replace(judge(stream, population), purpose=0.0, purpose_p=1.0)

    def borne_out(streams, reference, rate, known=None):
        return [replace(aimless, stream=each) for each in streams if np.isin(each.rows, tied).all()]

    monkeypatch.setattr(find, "borne_out", borne_out)
    nobody = np.zeros(len(population), bool)
    ((_, found),) = find._groups(population, [aimless], population, RATE, nobody)
    assert set(found.tolist()) == set((tied if kept == "tied" else members).tolist())
    purposeful = replace(aimless, purpose=0.9, purpose_p=1e-9)
    ((_, found),) = find._groups(population, [purposeful], population, RATE, nobody)
    assert set(found.tolist()) == set(members.tolist())


@pytest.mark.parametrize(("taken", "kept"), [(0, "all"), (50, "piece"), (75, None)])
def test_of_payers_whom_content_knows_in_part_the_others_are_kept(taken, kept):
    """Two operators who pay with the same cards are one group to that linker; content has found the first one."""
    rng = random.Random(22)
    rows = small_logs.people(random.Random(11), 60) + small_logs.campaign(rng, small_logs.queue(rng, 80, 4), "c")
    population = small_logs.population(rows)
    members = small_logs.rows_of(population, "c")
    streams = [
        whole(population, each, "infrastructure", "", wording(population, each)) for each in (members, members[45:])
    ]
    every, piece = (judge(stream, population) for stream in streams)
    known = np.isin(np.arange(len(population)), members[:taken])
    left = find._left_of((every, members), [every, piece], known)
    expected = {"all": members, "piece": members[45:], None: None}[kept]
    assert (left is None) if expected is None else left[1].tolist() == expected.tolist()


@given(st.lists(st.floats(0.5, 1.0), max_size=40), st.sampled_from([0.001, 0.01, 0.05]))
def test_as_many_are_named_as_keep_the_expected_share_of_bystanders(probability, rate):
    chance = np.array(probability)
    named = find._surest(chance, rate)
    assert (1 - chance[named]).sum() <= rate * named.sum() + 1e-9
    left = np.sort(chance[~named])[::-1]
    if len(left):
        assert (1 - chance[named]).sum() + 1 - left[0] > rate * (named.sum() + 1) - 1e-9
        assert left[0] <= chance[named].min(initial=1.0)


@pytest.mark.parametrize(("rate", "least"), [(0.01, 0.88), (0.001, 0.988)])
def test_of_a_broad_campaign_nobody_is_named_for_others_being_sure(rate, least):
    probability = np.array([0.51, least - 1e-3, least + 1e-3, *[1.0] * 1000])
    assert find._each_sure(probability, rate).tolist() == [False, False, *[True] * 1001]


@pytest.mark.parametrize(("kept", "broad", "dissolved"), [(0.4, True, True), (0.6, True, False), (0.4, False, False)])
def test_of_a_broad_campaign_most_of_the_linked_belong_to_it(planted, monkeypatch, kept, broad, dissolved):
    finding = planted.found.findings[0]
    monkeypatch.setattr(find, "_chances", lambda _: Chances(broad=broad))
    own = np.isin(finding.rows, finding.core[: round(kept * len(finding.core))])
    assert find._dissolved(finding.only(own)) is dissolved


def test_bystanders_are_told_by_payers_and_by_places_where_members_pay_together():
    rng = random.Random(5)
    rows = small_logs.people(random.Random(11), 100)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 20, 8), address="192.0.2.10")
    rows += small_logs.exchanges("near", ["Good morning"] * 4, rng, ip="192.0.2.10", model="large")
    accounts = [{"account": f"c{n:04d}", "payment": f"card-{n % 4}"} for n in range(20)]
    rows += small_logs.exchanges("paid", ["Good evening"] * 4, rng, ip="198.51.100.7", model="large")
    paying = small_logs.population(rows, [*accounts, {"account": "paid", "payment": "card-1"}])
    alone = [each | {"payment": f"card-{number}"} for number, each in enumerate(accounts)]
    apart = small_logs.population(rows, [*alone, {"account": "paid", "payment": "card-1"}])
    for population, beside in ((paying, {"near", "paid"}), (apart, {"paid"})):
        members = small_logs.rows_of(population, "c")
        found = np.setdiff1d(np.flatnonzero(find._next_to(population, members)), members)
        assert names(population, found) == beside
