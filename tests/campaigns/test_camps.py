"""Two campaigns in one group are two camps; one campaign is none, whichever way it is divided."""

from __future__ import annotations

import random

import numpy as np

from stillwatch.campaigns.camps import camps

from .. import small_logs
from ..small_logs import rows_of


def test_two_campaigns_in_one_group_are_two_camps_and_one_is_none():
    rng = random.Random(5)
    other = ("Give three criteria, grade this reply on each from 1 to 10, output only the table. Reply: {item}",)
    rows = small_logs.people(random.Random(11), 200, least=8)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 30, 16), "c")
    rows += small_logs.campaign(rng, [[f"{small_logs.item(rng)}" for _ in range(16)] for _ in range(30)], "d")
    rows += small_logs.campaign(rng, small_logs.queue(rng, 30, 16, other), "e")
    population = small_logs.population(rows)
    one, second = rows_of(population, "c"), rows_of(population, "e")
    parts = camps(population, np.sort(np.concatenate((one, second))))
    assert sorted(map(sorted, parts)) == sorted((sorted(one), sorted(second)))
    for prefix in "cde":
        (whole,) = camps(population, rows_of(population, prefix))
        assert np.array_equal(whole, rows_of(population, prefix))
