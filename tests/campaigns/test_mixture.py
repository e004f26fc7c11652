"""A campaign comes without the innocent accounts that ask the same kind of thing."""

from __future__ import annotations

import random

import numpy as np
import pytest

from stillwatch.campaigns.mixture import like_minds

from .. import small_logs
from ..small_logs import rows_of
from .conftest import account_table

WITH_CARDS, WITHOUT = 24, 12


@pytest.fixture(scope="module")
def town():
    """A campaign of which a third pays with cards of its own, and people."""
    rng = random.Random(3)
    rows = small_logs.people(random.Random(11), 200, least=8)
    rows += small_logs.campaign(rng, small_logs.queue(rng, WITH_CARDS + WITHOUT, 14))
    accounts = account_table(rows, rng)
    planted = [row for row in accounts if row["account"].startswith("c")]
    for row in planted[WITH_CARDS:]:
        row["payment"] = f"card-of-{row['account']}"
    return small_logs.population(rows, accounts)


def test_a_campaign_that_pays_in_part_with_other_cards_stays_whole(town):
    planted = rows_of(town, "c")
    (found,) = like_minds(town, planted)
    assert np.array_equal(found, planted)


def test_people_among_them_are_told_apart(town):
    planted = rows_of(town, "c")
    people = np.setdiff1d(np.arange(len(town)), planted)[:20]
    tied = planted[:WITH_CARDS]
    mixed = np.sort(np.concatenate((tied, people)))
    one, other = like_minds(town, mixed)
    assert np.array_equal(one, tied)
    assert np.array_equal(other, people)


def test_without_means_of_payment_nobody_is(town):
    people = np.setdiff1d(np.arange(len(town)), rows_of(town, "c"))[:40]
    (found,) = like_minds(town, people)
    assert np.array_equal(found, people)
