"""Members are kept, whoever merely stands beside them is not."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.membership import (
    MEETINGS,
    ORDINARY,
    Chances,
    _as_those_told,
    _counted_ratio,
    _habit_ratio,
    _met,
    _numbered,
    _peculiarity_ratio,
    _said,
    membership,
    nearness,
    peculiarity,
)
from stillwatch.campaigns.streams import whole
from stillwatch.profile.kernels import EMPTY

from .. import small_logs
from ..small_logs import rows_of

BESIDE = "192.0.2.10"


@pytest.fixture(scope="module")
def town():
    """A campaign of forty, people, and ten people who share the campaign's addresses and nothing else."""
    rng = random.Random(5)
    rows = small_logs.people(random.Random(11), 300)
    planted = small_logs.campaign(rng, small_logs.queue(rng, 40, 14))
    bystanders = small_logs.people(random.Random(6), 10, "beside", least=10)
    addresses = sorted({row["ip"] for row in planted})
    bystanders = [row | {"ip": addresses[int(row["account"][-2:]) % len(addresses)]} for row in bystanders]
    return small_logs.population(rows + planted + bystanders)


def probabilities(population, core, eligible, chances=ORDINARY, fringe=None):
    stream = whole(population, core, "content", "", wording(population, core))
    eligible, fringe = np.sort(eligible), core[:0] if fringe is None else fringe
    near = nearness(population.content.astype(float), core)
    chance = membership(population, stream, eligible, near, core, core[:0], fringe, chances)
    return dict(zip(eligible.tolist(), chance.tolist(), strict=True))


def test_planted_members_are_kept_and_bystanders_are_not(town):
    core = rows_of(town, "c")
    found = probabilities(town, core, rows_of(town, "c", "beside"))
    assert np.mean([found[row] > 0.5 for row in core.tolist()]) >= 0.95
    assert np.mean([found[row] > 0.5 for row in rows_of(town, "beside").tolist()]) <= 0.1


def test_members_that_the_linker_missed_are_added(town):
    planted = rows_of(town, "c")
    found = probabilities(town, planted[:28], rows_of(town, "c", "beside"))
    assert np.mean([found[row] > 0.5 for row in planted[28:].tolist()]) >= 0.7


def test_the_linked_are_judged_alike_whatever_the_chance_of_others_and_these_are_likelier_with_it(town):
    planted = rows_of(town, "c")
    each = (Chances(added=added) for added in (0.001, 0.03))
    few, many = (probabilities(town, planted[:28], rows_of(town, "c"), chances) for chances in each)
    assert all(few[row] <= many[row] for row in planted[28:].tolist())
    assert any(few[row] < many[row] for row in planted[28:].tolist())
    assert np.mean([few[row] > 0.5 for row in planted[:28].tolist()]) >= 0.95


def test_members_are_told_from_bystanders_too(town):
    core, beside = rows_of(town, "c"), rows_of(town, "beside")
    told, left = beside[:5], beside[5:]
    stream = whole(town, core, "content", "", np.zeros(0, np.uint32))
    near = nearness(town.content.astype(float), core)
    eligible = np.union1d(core, beside)

    def chances(bystanders):
        found = membership(town, stream, eligible, near, core, core[:0], core[:0], ORDINARY, bystanders)
        odds = np.log(found) - np.log1p(-np.minimum(found, 1 - 1e-12))
        return odds[np.isin(eligible, left)].mean(), (found[np.isin(eligible, core)] > 0.5).mean()

    (before, _), (after, kept) = chances(core[:0]), chances(told)
    assert after < before - 1
    assert kept >= 0.95


def test_the_fringe_is_weighed_and_tells_nobody_what_members_are_like(town):
    planted, people = rows_of(town, "c"), rows_of(town, "p")
    core, fringe = planted[:28], np.sort(np.concatenate([planted[34:], people[:40]]))
    plain = probabilities(town, core, planted[:34])
    found = probabilities(town, core, np.concatenate([planted, people[:40]]), fringe=fringe)
    assert np.mean([found[row] > 0.5 for row in planted[34:].tolist()]) >= 0.7
    assert not any(found[row] > 0.5 for row in people[:40].tolist())
    assert [found[row] for row in planted[:34].tolist()] == [plain[row] for row in planted[:34].tolist()]


def test_members_of_a_broad_campaign_that_the_linker_missed_are_no_outsiders(town):
    """Those found in the fringe do not make what members do look common: the others are likelier for it."""
    planted = rows_of(town, "c")
    core, missed = planted[:28], planted[28:]

    def odds(fringe, broad):
        chance = probabilities(town, core, np.union1d(core, fringe), Chances(broad=broad), fringe)
        own = np.array([chance[row] for row in core.tolist()])
        return (np.log(own) - np.log1p(-np.minimum(own, 1 - 1e-12))).mean()

    assert odds(missed, True) > odds(core[:0], True) + 0.5
    assert odds(missed, False) == odds(core[:0], False)


def test_a_queue_that_asks_all_once_has_no_meetings_and_those_who_draw_on_common_material_have():
    """Who asks what members ask is less likely of a queue that gives nothing twice, and likelier of one that does."""
    asked = np.arange(1, 1 + 60 * 12).reshape(60, 12)  # sixty accounts, each with prompts of its own
    members = np.arange(20)
    asked[20:40, 0] = asked[np.arange(20), 5]  # of the outsiders every other one asks what a member asks
    asked[40, 3] = 0
    met = _met(asked, members)
    assert met.tolist() == [0] * 20 + [1] * 20 + [0] * 20, (
        "two members of a queue that never repeats itself do not meet"
    )
    eligible, inside = np.append(met[:20], [0, 1]), np.append(np.ones(20, bool), [False, False])
    alone, meeting = _counted_ratio(eligible, met[20:], inside)[20:]
    assert meeting < -2 and 0 < alone < 1
    dealt = np.concatenate([asked[members], asked[members]])  # all of it twice
    met = _met(dealt, np.arange(40))
    assert (met == MEETINGS).all()
    eligible, inside = np.append(met, [0, MEETINGS]), np.append(np.ones(40, bool), [False, False])
    alone, meeting = _counted_ratio(eligible, np.zeros(20, int), inside)[40:]
    assert meeting > 2 and alone < -2


def test_prompts_are_numbered_and_none_is_zero():
    items = np.array([[9, 4, EMPTY], [4, EMPTY, EMPTY]], np.uint64)
    assert _numbered(items).tolist() == [[2, 1, 0], [1, 0, 0]]
    assert _met(_numbered(items), np.array([0])).tolist() == [0, 1]
    assert _met(np.zeros((3, 0), np.int64), np.array([0, 1])).tolist() == [0, 0, 0]


def test_a_bystander_in_the_core_is_dropped(town):
    beside = rows_of(town, "beside")[:3]
    core = np.sort(np.concatenate([rows_of(town, "c"), beside]))
    found = probabilities(town, core, rows_of(town, "c", "beside"))
    assert sum(found[row] > 0.5 for row in beside.tolist()) <= 1


def test_probabilities_are_probabilities_and_repeatable(town):
    core, eligible = rows_of(town, "c"), rows_of(town, "c", "beside")
    found = probabilities(town, core, eligible)
    assert all(0 <= p <= 1 for p in found.values())
    assert found == probabilities(town, core, eligible)


def test_nearness_leaves_a_member_out_of_its_own_centre():
    rng = np.random.default_rng(1)
    vectors, members = rng.normal(size=(12, 6)), np.array([1, 4, 5, 9])
    for row, near in enumerate(nearness(vectors, members)):
        centre = vectors[members[members != row]].mean(axis=0)
        expected = vectors[row] @ centre / np.linalg.norm(vectors[row]) / np.linalg.norm(centre)
        assert near == pytest.approx(expected, abs=1e-6)


def test_a_core_too_small_to_learn_from_stays_as_it_is(town):
    core = rows_of(town, "c")[:3]
    assert list(probabilities(town, core, core).values()) == [1, 1, 1]


def paying(quiet_card: str):
    """A campaign of forty on eight cards, eight of them too quiet to be linked; an agency that pays for 13 people."""
    rng = random.Random(5)
    people = small_logs.people(random.Random(11), 300)
    prompts = [each[:2] if number >= 32 else each for number, each in enumerate(small_logs.queue(rng, 40, 14))]
    rows = people + small_logs.campaign(rng, prompts)
    accounts = [{"account": f"c{number:04d}", "payment": f"card-{number % 8}"} for number in range(40)]
    accounts += [{"account": f"p{number:04d}", "payment": "agency"} for number in range(12)]
    accounts += [{"account": f"p{number:04d}", "payment": f"own-{number}"} for number in range(12, 300)]
    for account in accounts[32:40]:
        account["payment"] = quiet_card or account["payment"]
    return small_logs.population(rows, accounts)


def found_without_wording(population, core, eligible, linked=None):
    """Membership where no wording tells: the core's prompts share none. All of it were linked, or these."""
    stream = whole(population, core, "content", "", np.zeros(0, np.uint32))
    near = nearness(population.content.astype(float), core)
    eligible = np.sort(np.union1d(core, eligible))
    linked = core if linked is None else linked
    found = membership(population, stream, eligible, near, linked, core[:0], core[:0])
    return dict(zip(eligible.tolist(), found.tolist(), strict=True))


def test_quiet_accounts_that_pay_with_members_means_belong():
    with_card, without = paying(""), paying("nobody's")
    quiet = rows_of(with_card, *(f"c{number:04d}" for number in range(32, 40)))
    core = np.setdiff1d(rows_of(with_card, "c"), quiet)
    paid = found_without_wording(with_card, core, quiet)
    alone = found_without_wording(without, core, quiet)
    assert all(paid[row] > alone[row] for row in quiet.tolist())
    assert np.mean([paid[row] > 0.8 for row in quiet.tolist()]) >= 0.8


def test_means_that_members_pay_with_tell_whether_or_not_a_linker_saw_those():
    with_card, without = paying(""), paying("nobody's")
    quiet = rows_of(with_card, *(f"c{number:04d}" for number in range(32, 40)))
    core = np.setdiff1d(rows_of(with_card, "c"), quiet)
    one_on_each_card = core[:8]
    paid = found_without_wording(with_card, core, quiet, one_on_each_card)
    alone = found_without_wording(without, core, quiet, one_on_each_card)
    assert all(paid[row] > alone[row] for row in quiet.tolist())


def test_who_pays_otherwise_than_a_community_of_payers_is_less_likely_one_of_it():
    population = paying("nobody's")
    quiet = rows_of(population, *(f"c{number:04d}" for number in range(32, 40)))
    core = np.setdiff1d(rows_of(population, "c"), quiet)
    near, eligible = nearness(population.content.astype(float), core), rows_of(population, "c")
    by_content = whole(population, core, "content", "", np.zeros(0, np.uint32))

    def chance(stream, linked):
        found = membership(population, stream, eligible, near, linked, core[:0], core[:0])
        return found[np.isin(eligible, quiet)], found[np.isin(eligible, core)]

    by_payers = replace(by_content, channel="infrastructure")
    passed_over, members = chance(by_payers, core)
    linked, _ = chance(by_payers, eligible)
    assert (passed_over < linked).all()
    assert (members > 0.5).mean() >= 0.9


def test_members_that_the_linkers_passed_over_do_not_make_the_wording_common():
    rng = random.Random(2)
    prompts = [each[:1] if number >= 50 else each for number, each in enumerate(small_logs.queue(rng, 60, 14))]
    population = small_logs.population(small_logs.people(random.Random(11), 300) + small_logs.campaign(rng, prompts))
    quiet = rows_of(population, *(f"c{number:04d}" for number in range(50, 60)))
    core = np.setdiff1d(rows_of(population, "c"), quiet)
    stream = whole(population, core, "content", "", wording(population, core))
    near = nearness(population.content.astype(float), core)
    eligible, nobody = np.union1d(core, quiet), core[:0]
    every, few = (
        membership(population, stream, eligible, near, linked, nobody, nobody) for linked in (core, core[:10])
    )
    odds = [np.log(chance / (1 - chance))[np.isin(eligible, quiet)] for chance in (every, few)]
    assert odds[1] == pytest.approx(odds[0], abs=1)


def test_the_habit_of_a_single_exchange_speaks_less_against_its_account():
    habit = np.concatenate((np.full(40, 0.4), [0.0, 0.0, 0.4, 0.4], np.zeros(200)))
    inside = np.arange(44) < 40
    many = _habit_ratio(habit, inside, np.full(44, 10**6))
    few = _habit_ratio(habit, inside, np.ones(44))
    assert (many[40:42] < -2).all()
    assert few[40:42] == pytest.approx(many[40:42] / 2, rel=1e-4)
    assert (many[42:] > 2).all()
    assert few[42:] == pytest.approx(many[42:])


def test_a_purse_says_no_more_than_those_who_can_be_told_by_what_they_do():
    everybody = np.ones(100, bool)
    sure, doubtful = np.full(100, 9.0), np.zeros(100)
    some = np.where(np.arange(100) < 25, -9.0, 9.0)
    prompts = np.full(100, 8)
    assert _as_those_told(sure, everybody, prompts) > 6
    assert _as_those_told(some, everybody, prompts) == pytest.approx(np.log(3), abs=0.02)
    assert _as_those_told(doubtful, everybody, prompts) == 0
    # Who sent a single prompt is no witness; and who pays otherwise was not asked.
    assert _as_those_told(some, everybody, np.where(some < 0, 1, prompts)) > 6
    assert _as_those_told(some, some > 0, prompts) > 6


def test_where_prompts_are_not_known_a_purse_says_as_much_as_it_can():
    rows = small_logs.people(random.Random(11), 300)  # whose habits tell nobody from anybody
    accounts = [{"account": f"p{number:04d}", "payment": f"card-{number % 8}"} for number in range(40)]
    accounts += [{"account": f"p{number:04d}", "payment": f"own-{number}"} for number in range(40, 300)]
    unread = [{name: value for name, value in row.items() if name != "prompt"} for row in rows]
    chances = []
    for seen in (rows, unread):
        population = small_logs.population(seen, accounts)
        core, other = (rows_of(population, *(f"p{n:04d}" for n in numbers)) for numbers in (range(32), range(32, 40)))
        found = found_without_wording(population, core, other)
        chances.append(np.median([found[row] for row in other.tolist()]))
    assert chances[0] < 0.7
    assert chances[1] > 0.9


def test_clients_of_an_agency_with_one_member_do_not_follow_it():
    population = paying("")
    clients = rows_of(population, *(f"p{number:04d}" for number in range(12)))
    core = np.sort(np.append(rows_of(population, "c"), clients[0]))
    found = found_without_wording(population, core, clients[1:])
    assert max(found[row] for row in clients[1:].tolist()) < 0.5


def test_prompts_dealt_from_one_pool_are_as_far_from_it_as_chance_has_it(town):
    members, people = rows_of(town, "c"), rows_of(town, "p")
    rows = np.concatenate((members, people))
    far = peculiarity(town, rows, np.arange(len(members)))
    own, others = far[: len(members)], far[len(members) :]
    assert abs(own.mean()) < 0.5
    assert np.quantile(others, 0.1) > own.max()
    half = peculiarity(town, rows, np.arange(0, len(members), 2))[1 : len(members) : 2]
    assert abs(half.mean()) < 0.5, "of accounts that are not known as members, too"


def test_many_prompts_as_the_members_ask_say_more_than_few():
    sampled = np.concatenate([[6, 12, 32, 32, 0], np.full(40, 24), np.full(100, 20)])
    chance = np.random.default_rng(1).normal(0, 0.1, 40)
    concerned = np.linspace(0.02, 2.0, 100)
    odd = np.concatenate([[0.0, 0.0, 0.0, 1.5, np.nan], chance, concerned])
    inside = np.append(np.zeros(5, bool), np.ones(40, bool))
    few, some, many, far, unknown = _peculiarity_ratio(odd, sampled, inside)[:5]
    assert 0 < few < some < many
    assert far < -3
    assert unknown == 0
    assert not _peculiarity_ratio(odd * np.nan, sampled, inside).any(), "where no prompt is known"
    assert not _peculiarity_ratio(odd[:45], sampled[:45], inside).any(), "where there is nobody else"


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
    carried = {prefix: _said(population, stream, rows_of(population, prefix)) for prefix in "cbdp"}
    assert (carried["c"] == 2).all() and (carried["b"] == 2).all()
    assert not carried["d"].any() and not carried["p"].any()
