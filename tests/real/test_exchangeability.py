"""Real people are not interchangeable; their own prompts dealt over the same accounts are."""

from __future__ import annotations

import random

import numpy as np
import pytest

from stillwatch.campaigns.alternatives import INDEPENDENT, INDEPENDENT_BESIDE, independent_customers
from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.exchangeability import beside_wording, exchangeability
from stillwatch.campaigns.find import find_campaigns
from stillwatch.campaigns.streams import whole
from stillwatch.range import frames

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
@pytest.mark.parametrize("each", [1, 2, 3, 6])
def test_real_users_in_frames_have_concerns_beside_them(corpus, each):
    rng = random.Random(each)
    drawn = [frames.draw(rng, "reasoning", languages=(), always_new=True) for _ in range(6)]
    rows = small_logs.real_rows(corpus, rng)
    given = {row["account"]: rng.sample(drawn, each) for row in rows}
    framed = [row | {"prompt": rng.choice(given[row["account"]]).dress(rng, row["prompt"], 1.0)[0]} for row in rows]
    population = small_logs.population(framed)
    everybody = np.arange(len(population))
    stream = whole(population, everybody, "content", "", wording(population, everybody))
    assert all(found.p_value(INDEPENDENT_BESIDE) > 0.5 for found in beside_wording(stream))
    assert independent_customers(stream).p_value > 0.01 or each == 6


@real
def test_no_campaign_among_real_users(corpus):
    assert find_campaigns(small_logs.population(small_logs.real_rows(corpus, random.Random(1))), 0.001).findings == []
