"""Findings that pay with the same means, or take in the same accounts, are one campaign; a few in common don't do."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest

from stillwatch.campaigns.findings import Finding, disjoint, of_one_mind, one_operator
from stillwatch.campaigns.streams import whole
from stillwatch.campaigns.verdict import judge

from .. import small_logs


@pytest.fixture(scope="module")
def planted():
    """Two work queues of unlike wording, thirty accounts each, and their verdicts."""
    rng = random.Random(3)
    other = ("Give three criteria, grade this reply on each from 1 to 10, output only the table. Reply: {item}",)
    rows = small_logs.people(random.Random(11), 300)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 30, 14, small_logs.FRAMES[:1]), "a")
    rows += small_logs.campaign(rng, small_logs.queue(rng, 30, 14, other), "b")
    return rows


def joined(rows, cards) -> list[set[str]]:
    """The accounts of each finding, where `cards` names the account's means of payment."""
    names = sorted({row["account"] for row in rows})
    population = small_logs.population(rows, [{"account": name, "payment": cards(name)} for name in names])
    accounts = np.array(population.profiles.names)
    sides = [np.flatnonzero([name.startswith(side) for name in accounts]) for side in "ab"]
    verdict = judge(whole(population, sides[0], "content", "", np.zeros(0, np.uint32)), population)
    findings = [Finding(verdict, side, np.full(len(side), 0.9), side[:20]) for side in sides]
    return [set(accounts[finding.rows]) for finding in one_operator(population, findings)]


def test_findings_with_one_purse_are_joined(planted):
    (whole,) = joined(planted, lambda name: f"card-{int(name[1:]) % 6}" if name[0] in "ab" else name)
    assert len(whole) == 60


def test_findings_that_pay_apart_stay_apart(planted):
    both = joined(planted, lambda name: f"{name[0]}-{int(name[1:]) % 6}" if name[0] in "ab" else name)
    assert [len(side) for side in both] == [30, 30]


def test_a_few_accounts_in_the_wrong_finding_do_not_join_two(planted):
    def cards(name: str) -> str:
        if name in ("b0000", "b0001"):
            return f"a-{int(name[1:])}"
        return f"{name[0]}-{int(name[1:]) % 6}" if name[0] in "ab" else name

    assert len(joined(planted, cards)) == 2


def test_without_an_account_table_nothing_is_joined(planted):
    assert len(joined(planted, lambda _: None)) == 2


@pytest.mark.parametrize(("windows", "campaigns"), [({"a": (3, 9), "b": (3, 9)}, 1), ({"a": (3, 9), "b": (3, 7)}, 2)])
def test_findings_that_wake_at_once_are_joined(planted, windows, campaigns):
    """Each account asks for an hour on each of two days that are its side's."""
    rng = random.Random(5)
    rows = []
    for row in planted:
        if row["account"][0] in windows:
            day = rng.choice(windows[row["account"][0]])
            row = row | {"time": small_logs.START + timedelta(days=day, hours=4, seconds=3600 * rng.random())}
        rows.append(row)
    assert len(joined(rows, lambda name: name)) == campaigns


def claims(planted, *sides: tuple[range, range], cards=lambda number: number) -> list[set[int]]:
    """What is left of findings with these linked and added accounts; `cards` names a number's means of payment."""
    names = sorted({row["account"] for row in planted})
    paying = [{"account": name, "payment": str(cards(number))} for number, name in enumerate(names)]
    population = small_logs.population(planted, paying)
    verdict = judge(whole(population, np.arange(60), "content", "", np.zeros(0, np.uint32)), population)
    findings = []
    for core, added in sides:
        rows = np.union1d(core, added)
        findings.append(Finding(verdict, rows, np.full(len(rows), 0.95), np.array(core)))
    return [set(finding.rows.tolist()) for finding in of_one_mind(population, findings, 8)]


def test_a_campaign_that_was_linked_in_pieces_is_one(planted):
    pieces = (range(20), range(60, 80)), (range(20, 40), range(62, 82)), (range(40, 60), range(61, 80))
    (found,) = claims(planted, *pieces)
    assert found == set(range(82))


def test_two_that_take_in_the_same_accounts_and_pay_apart_are_two(planted):
    pieces = (range(20), range(60, 80)), (range(20, 40), range(60, 80))
    assert len(claims(planted, *pieces, cards=lambda number: number % 5)) == 1
    assert len(claims(planted, *pieces, cards=lambda number: (number // 20, number % 5))) == 2
    # Who pays one by one has no purse.
    assert len(claims(planted, *pieces, cards=lambda number: number % 5 if number < 20 else number)) == 1


def test_two_that_take_in_the_same_accounts_on_days_of_their_own_are_two(planted):
    names = sorted({row["account"] for row in planted})
    later = [
        row | {"time": row["time"] + timedelta(days=40)} if row["account"] in names[20:40] else row for row in planted
    ]
    pieces = (range(20), range(60, 80)), (range(20, 40), range(60, 80))
    assert [len(claims(rows, *pieces)) for rows in (planted, later)] == [1, 2]


def test_findings_that_take_in_some_of_the_same_accounts_stay_apart(planted):
    assert claims(planted, (range(20), range(60, 80)), (range(20, 40), range(70, 95))) == [
        {*range(20), *range(60, 80)},
        {*range(20, 40), *range(70, 95)},
    ]


def test_what_one_finding_was_linked_by_is_no_claim_of_another(planted):
    assert len(claims(planted, (range(20), range(20, 40)), (range(20, 40), range(20)))) == 2


def test_a_handful_of_accounts_joins_nothing(planted):
    assert len(claims(planted, (range(20), range(60, 66)), (range(20, 40), range(60, 66)))) == 2


def test_who_is_claimed_twice_goes_where_it_was_linked_or_is_more_alike(planted):
    population = small_logs.population(planted)
    names = population.profiles.names
    a, b = (np.flatnonzero([str(name).startswith(side) for name in names]) for side in "ab")
    verdict = judge(whole(population, a, "content", "", np.zeros(0, np.uint32)), population)
    both = np.union1d(a, b)
    # Each claims everybody, the wrong one a little more surely, but for one that it had linked.
    sides = [(a[:15], np.isin(both, b)), (np.append(b[:15], a[-1]), np.isin(both, a))]
    findings = [Finding(verdict, both, np.where(wrong, 0.99, 0.97), core) for core, wrong in sides]
    one, other = (set(finding.rows.tolist()) for finding in disjoint(population, findings, 8))
    assert one == set(a[:-1].tolist())
    assert other == {*b.tolist(), a[-1]}


def test_a_finding_that_others_leave_too_little_of_is_none(planted):
    population = small_logs.population(planted)
    verdict = judge(whole(population, np.arange(30), "content", "", np.zeros(0, np.uint32)), population)
    rows = np.arange(30)
    findings = [Finding(verdict, rows, np.full(30, 0.9), core) for core in (rows[:25], rows[:0])]
    (left,) = disjoint(population, findings, 26)
    assert left.rows.tolist() == rows.tolist()
    assert disjoint(population, [], 8) == []
