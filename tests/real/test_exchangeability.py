"""Real people are not interchangeable; their own prompts dealt over the same accounts are."""

from __future__ import annotations

import random

import numpy as np
import pytest

from stillwatch.campaigns.alternatives import INDEPENDENT
from stillwatch.campaigns.exchangeability import exchangeability
from stillwatch.campaigns.find import find_campaigns
from stillwatch.campaigns.streams import whole

from .. import small_logs

real = pytest.mark.parametrize("corpus", ["oasst", "programmers"])


def measure(rows):
    population = small_logs.population(rows)
    return exchangeability(whole(population, np.arange(len(population)), "content", "", np.zeros(0, np.uint32)))


@real
def test_real_users_have_concerns_of_their_own(corpus):
    found = measure(small_logs.real_rows(corpus, random.Random(1)))
    assert found.value - 2 * found.error > INDEPENDENT
    assert found.p_value(INDEPENDENT) > 0.99


@real
@pytest.mark.parametrize("seed", range(3))
def test_their_prompts_dealt_out_do_not(corpus, seed):
    rows = small_logs.real_rows(corpus, random.Random(1))
    prompts = [row["prompt"] for row in rows]
    random.Random(seed).shuffle(prompts)
    found = measure([row | {"prompt": prompt} for row, prompt in zip(rows, prompts, strict=True)])
    assert abs(found.value) < 4 * found.error
    assert found.p_value(INDEPENDENT) < 1e-3


@real
@pytest.mark.parametrize("seed", range(8))
def test_few_real_users_are_enough_to_be_believed(corpus, seed):
    """The explanation must not fall to chance where a group is small: forty users, at the rate of a scan."""
    users = sorted(small_logs.real_users(corpus))
    chosen = set(random.Random(seed).sample(users, 40))
    rows = [row for row in small_logs.real_rows(corpus, random.Random(1)) if row["account"] in chosen]
    found = measure(rows)
    assert found is None or found.p_value(INDEPENDENT) > 0.001


@real
def test_no_campaign_among_real_users(corpus):
    assert find_campaigns(small_logs.population(small_logs.real_rows(corpus, random.Random(1))), 0.001).findings == []
