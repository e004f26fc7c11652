"""A finding that is a gathering of people is none: few sponsors' guests, or those who came for one event."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from stillwatch.campaigns.gatherings import ATTENDED, EVENT, ONE_PURSE, gathered

DAY = 86_400 * 10**6


@pytest.mark.parametrize(("cards", "named"), [(2, False), (3, True)])
def test_the_guests_of_a_few_sponsors_are_not_named(planted, cards, named):
    finding = planted.found.findings[0]
    population = copy(planted.population)
    payment = np.arange(len(population)) + 1000
    payment[finding.rows] = np.arange(len(finding.rows)) % cards
    vars(population)["payment"] = payment
    aimless = replace(finding, verdict=replace(finding.verdict, purpose=0.0, purpose_p=1.0))
    assert gathered(population, aimless) is not named
    assert not gathered(population, finding)  # what they ask for is no sponsor's
    payment[finding.rows] = -1
    assert not gathered(population, aimless)  # free accounts have no payer in common


@pytest.mark.parametrize(("guests", "sponsored"), [(0.5, True), (0.2, False)])
def test_those_who_pay_for_themselves_hide_no_sponsor_of_many(planted, guests, sponsored):
    finding = planted.found.findings[0]
    population = copy(planted.population)
    payment = np.arange(len(population)) + 1000
    payment[finding.rows[: round(guests * len(finding.rows))]] = 0
    vars(population)["payment"] = payment
    aimless = replace(finding, verdict=replace(finding.verdict, purpose=0.0, purpose_p=1.0))
    assert gathered(population, aimless) is sponsored


@pytest.mark.parametrize(("each", "sponsored"), [(4, False), (5, True)])
def test_who_pays_for_a_handful_is_no_sponsor(planted, each, sponsored):
    finding = planted.found.findings[0]
    population = copy(planted.population)
    payment = np.arange(len(population)) + 1000
    finding = finding.only(np.arange(len(finding.rows)) < 5 * each)
    payment[finding.rows[: 2 * each]] = np.arange(2 * each) % 2
    vars(population)["payment"] = payment
    aimless = replace(finding, verdict=replace(finding.verdict, purpose=0.0, purpose_p=1.0))
    assert gathered(population, aimless) is sponsored


def test_those_whom_others_pay_for_by_the_handful_are_no_guests(planted):
    finding = planted.found.findings[0]
    population = copy(planted.population)
    payment = np.arange(len(population)) + 1000
    places = np.arange(len(finding.rows))
    payment[finding.rows] = np.where(places < 0.4 * len(places), places % 2, 100 + places // 4)
    vars(population)["payment"] = payment
    aimless = replace(finding, verdict=replace(finding.verdict, purpose=0.0, purpose_p=1.0))
    assert not gathered(population, aimless)


@pytest.mark.parametrize(("exchanges", "guests", "sponsored"), [(99, 1.0, True), (100, 0.9, False), (100, 0.8, True)])
def test_two_cards_that_pay_for_all_who_work_are_no_sponsors(planted, exchanges, guests, sponsored):
    finding = planted.found.findings[0]
    population = copy(planted.population)
    payment = np.arange(len(population)) + 1000
    paid = finding.rows[: round(guests * len(finding.rows))]
    payment[paid] = np.arange(len(paid)) % 2
    vars(population).update(payment=payment, exchanges=np.full(len(population), exchanges))
    aimless = replace(finding, verdict=replace(finding.verdict, purpose=0.0, purpose_p=1.0))
    assert gathered(population, aimless) is sponsored


@pytest.mark.parametrize(
    ("attended", "days", "channel", "is_event"),
    [
        (ATTENDED + 0.02, EVENT, "content", True),
        (ATTENDED - 0.02, EVENT, "content", False),
        (1.0, EVENT + 0.1, "content", False),
        (1.0, EVENT, "infrastructure", False),  # who pays for them, and in how many places, is no event's doing
    ],
)
def test_those_who_came_for_one_event_and_went_are_no_campaign(planted, attended, days, channel, is_event):
    finding = planted.found.findings[0]
    population = of_days(planted.population, 14)
    there = finding.rows[: round(attended * len(finding.rows))]
    population.profiles["first"][there] += 4 * DAY
    population.profiles["last"][there] = population.profiles["first"][there] + round(days * DAY)
    aimless = replace(finding.verdict, purpose=0.0, purpose_p=1.0)
    aimless = replace(finding, verdict=replace(aimless, stream=replace(aimless.stream, channel=channel)))
    assert gathered(population, aimless) is is_event
    assert not gathered(population, finding)  # what they ask for is no event's


@pytest.mark.parametrize(("paid", "is_event"), [(ONE_PURSE - 0.05, True), (ONE_PURSE + 0.05, False)])
def test_those_who_pay_with_each_others_means_did_not_just_come_at_one_time(planted, paid, is_event):
    finding = planted.found.findings[0]
    population = of_days(planted.population, 14)
    population.profiles["first"][finding.rows] += 4 * DAY
    population.profiles["last"][finding.rows] = population.profiles["first"][finding.rows] + DAY
    several = 4 * round(paid * len(finding.rows) / 4)
    population.payment[finding.rows[:several]] = 10**6 + np.arange(several) // 4
    aimless = replace(finding, verdict=replace(finding.verdict, purpose=0.0, purpose_p=1.0))
    assert gathered(population, aimless) is is_event


def test_a_log_that_is_as_short_as_an_event_tells_none(planted):
    finding = planted.found.findings[0]
    aimless = replace(finding, verdict=replace(finding.verdict, purpose=0.0, purpose_p=1.0))
    assert not gathered(of_days(planted.population, 2 * EVENT - 0.1), aimless)


def of_days(population, days):
    """The population as if everybody had come at the beginning and stayed for so long, each paying for themselves."""
    other = copy(population)
    first = np.full_like(population.profiles.arrays["first"], population.profiles["first"].min())
    arrays = population.profiles.arrays | {"first": first, "last": first + round(days * DAY)}
    vars(other).update(profiles=replace(population.profiles, arrays=arrays), payment=np.arange(len(population)))
    return other
