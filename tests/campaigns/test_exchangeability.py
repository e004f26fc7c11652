"""Accounts fed from one queue are interchangeable; people, each with own concerns, are not."""

from __future__ import annotations

import random

import numpy as np
import pytest

from stillwatch.campaigns.alternatives import INDEPENDENT
from stillwatch.campaigns.exchangeability import Exchangeability, exchangeability
from stillwatch.campaigns.streams import whole

from .. import small_logs


def measure(population) -> Exchangeability | None:
    return exchangeability(whole(population, np.arange(len(population)), "content", "", np.zeros(0, np.uint32)))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("each", [3, 12, 60])
def test_a_queue_dealt_over_accounts_is_interchangeable(seed, each):
    rng = random.Random(seed)
    found = measure(small_logs.population(small_logs.campaign(rng, small_logs.queue(rng, 60, each))))
    assert abs(found.value) < 4 * found.error
    assert found.value < 0.015 + found.error
    assert found.alike > 0.1


def test_people_are_not():
    found = measure(small_logs.population(small_logs.people(random.Random(1), 200)))
    assert found.value > 0.015 + 4 * found.error
    assert found.p_value(INDEPENDENT) > 0.999


def test_people_inside_a_template_are_not_either():
    rng = random.Random(1)
    rows = small_logs.people(rng, 80, least=8)
    for row in rows:
        row["prompt"] = f"Act as a patient librarian and answer in two sentences. Request: {row['prompt']} Thank you."
    assert measure(small_logs.population(rows)).p_value(INDEPENDENT) > 0.5


def test_the_error_is_that_of_repeated_queues():
    found = []
    for seed in range(24):
        rng = random.Random(seed)
        found.append(measure(small_logs.population(small_logs.campaign(rng, small_logs.queue(rng, 30, 8)))))
    values = np.array([each.value for each in found])
    assert abs(values.mean()) < 3 * values.std() / len(values) ** 0.5
    assert 0.5 < values.std() / np.mean([each.error for each in found]) < 1.6


def test_names_and_order_of_accounts_do_not_matter():
    rows = small_logs.people(random.Random(2), 60)
    names = sorted({row["account"] for row in rows})
    other = dict(zip(names, random.Random(3).sample([f"x{i:03d}" for i in range(60)], 60), strict=True))
    renamed = [row | {"account": other[row["account"]]} for row in reversed(rows)]
    one, two = (measure(small_logs.population(each)) for each in (rows, renamed))
    assert (one.value, one.error, one.alike) == pytest.approx((two.value, two.error, two.alike), rel=1e-6)


def test_nothing_is_said_of_accounts_with_one_prompt_each():
    rows = small_logs.people(random.Random(2), 30, least=1, most=1)
    assert measure(small_logs.population(rows)) is None


def test_the_same_words_from_everybody_are_no_proof_of_a_queue():
    rows = [row for i in range(10) for row in small_logs.exchanges(f"a{i}", ["hello", "bye"], random.Random(i))]
    found = measure(small_logs.population(rows))
    assert np.isfinite([found.value, found.error, found.p_value(INDEPENDENT)]).all()
