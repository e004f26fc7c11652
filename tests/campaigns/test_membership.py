"""Members are kept, whoever merely stands beside them is not."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit

from stillwatch.campaigns import membership as room
from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.evidence import nearness
from stillwatch.campaigns.membership import ORDINARY, Chances, Weighed, membership
from stillwatch.campaigns.streams import whole

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
    weighed = replace(plainly(stream, np.sort(eligible)), fringe=core[:0] if fringe is None else fringe)
    chance = membership(population, weighed, chances)
    return dict(zip(weighed.eligible.tolist(), chance.tolist(), strict=True))


def plainly(stream, eligible):
    """Weighed for a campaign all of which was linked, where nothing else is known."""
    core, near = stream.rows, nearness(stream.population.content.astype(float), stream.rows)
    return Weighed(stream, near, eligible, core[:0], core, core[:0], core[:0])


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


def test_members_are_told_from_bystanders_too(town, monkeypatch):
    monkeypatch.setattr(room, "lookalikes", lambda *_: rows_of(town, "p"))  # bystanders don't ask as members do
    core, beside = rows_of(town, "c"), rows_of(town, "beside")
    told, left = beside[:5], beside[5:]
    stream = whole(town, core, "content", "", np.zeros(0, np.uint32))
    eligible = np.union1d(core, beside)

    def chances(bystanders):
        found = membership(town, replace(plainly(stream, eligible), bystanders=bystanders))
        odds = np.log(found) - np.log1p(-np.minimum(found, 1 - 1e-12))
        return odds[np.isin(eligible, left)].mean(), (found[np.isin(eligible, core)] > 0.5).mean()

    (before, _), (after, kept) = chances(core[:0]), chances(told)
    assert after < before - 1
    assert kept >= 0.95


def test_the_fringe_is_weighed_and_tells_nobody_what_members_are_like(town):
    planted, people = rows_of(town, "c"), rows_of(town, "p")
    core, others = planted[:28], people[:40]
    fringe = np.sort(np.concatenate([planted[34:], others]))
    plain = probabilities(town, core, planted[:34])
    found = probabilities(town, core, np.concatenate([planted, others]), fringe=fringe)
    assert np.mean([found[row] > 0.5 for row in planted[34:].tolist()]) >= 0.7
    assert not any(found[row] > 0.5 for row in others.tolist())
    assert np.mean([found[row] > 0.5 for row in planted[:34].tolist()]) >= 0.9
    beside = probabilities(town, core, np.concatenate([planted[:34], others]), fringe=others)
    assert [beside[row] for row in planted[:34].tolist()] == [plain[row] for row in planted[:34].tolist()]


@pytest.mark.parametrize("chances", [Chances(), Chances(broad=True)])
def test_members_that_the_linker_missed_are_no_outsiders(town, chances, monkeypatch):
    """Those found in the fringe do not make what members do look common: the others are likelier for it."""
    planted = rows_of(town, "c")
    core, missed = planted[:28], planted[28:]

    def odds(fringe, likely):
        monkeypatch.setattr(room, "LIKELY", likely)
        chance = probabilities(town, core, np.union1d(core, fringe), chances, fringe)
        own = np.array([chance[row] for row in core.tolist()])
        return (np.log(own) - np.log1p(-np.minimum(own, 1 - 1e-12))).mean()

    assert odds(missed, 0.9) > odds(core[:0], 0.9) + 0.5
    assert odds(missed, 1.0) == odds(core[:0], 1.0), "nobody is likely enough"


def test_a_bystander_in_the_core_is_dropped(town):
    beside = rows_of(town, "beside")[:3]
    core = np.sort(np.concatenate([rows_of(town, "c"), beside]))
    found = probabilities(town, core, rows_of(town, "c", "beside"))
    assert sum(found[row] > 0.5 for row in beside.tolist()) <= 1


def test_those_who_draw_on_common_material_leave_a_broad_core_that_draws_on_none(monkeypatch):
    """How often members meet is learned of the surest of them, so that pupils among them can't make it look usual."""
    rng = random.Random(5)
    frames = ("{item}",)
    book = [item for (item,) in small_logs.queue(rng, 60, 1, frames)]
    pupils = small_logs.people(random.Random(7), 12, "pupil", least=14, most=15)
    pupils = [row | {"prompt": rng.choice(book)} for row in pupils]
    readers = small_logs.people(random.Random(8), 40, "reader", least=14, most=15)
    readers = [row | {"prompt": rng.choice(book)} if rng.random() < 0.4 else row for row in readers]
    planted = small_logs.campaign(rng, small_logs.queue(rng, 30, 14, frames))
    town = small_logs.population(small_logs.people(rng, 200) + pupils + readers + planted)
    core = rows_of(town, "c", "pupil")

    def odds(surest):
        monkeypatch.setattr(room, "SUREST", surest)
        found = probabilities(town, core, core, Chances(broad=True))
        assert np.mean([found[row] > 0.5 for row in rows_of(town, "c").tolist()]) >= 0.9
        return logit([found[row] for row in rows_of(town, "pupil").tolist()])

    assert (odds(1 / 3) < odds(1.0) - 1).all()


@pytest.mark.parametrize("broad", [True, False])
def test_the_chance_of_who_was_linked_to_a_broad_campaign_grows_with_what_was_seen(town, broad, monkeypatch):
    core = rows_of(town, "c")

    def odds(seen):
        monkeypatch.setattr(room, "SEEN", seen)
        monkeypatch.setattr(room, "ROUNDS", 1)
        return logit([probabilities(town, core, core, Chances(broad=broad))[row] for row in core.tolist()])

    few, many = odds(5.0), odds(20.0)
    told = (few < 25) & (many > -25)  # beyond that, probabilities are too near one or zero
    assert told.any()
    assert few[told] - many[told] == pytest.approx(np.log(4) if broad else 0.0, abs=1e-3)


def test_probabilities_are_probabilities_and_repeatable(town):
    core, eligible = rows_of(town, "c"), rows_of(town, "c", "beside")
    found = probabilities(town, core, eligible)
    assert all(0 <= p <= 1 for p in found.values())
    assert found == probabilities(town, core, eligible)


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
    eligible = np.union1d(core, eligible)
    found = membership(population, replace(plainly(stream, eligible), linked=core if linked is None else linked))
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
    eligible = rows_of(population, "c")
    by_content = whole(population, core, "content", "", np.zeros(0, np.uint32))

    def chance(stream, linked):
        found = membership(population, replace(plainly(stream, eligible), linked=linked))
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
    weighed = plainly(stream, np.union1d(core, quiet))
    every, few = (membership(population, replace(weighed, linked=linked)) for linked in (core, core[:10]))
    odds = [np.log(chance / (1 - chance))[np.isin(weighed.eligible, quiet)] for chance in (every, few)]
    assert odds[1] == pytest.approx(odds[0], abs=1)


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
