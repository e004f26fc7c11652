"""Members are kept, whoever merely stands beside them is not."""

from __future__ import annotations

import random

import numpy as np
import pytest

from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.membership import membership, nearness
from stillwatch.campaigns.streams import whole

from .. import small_logs

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


def rows_of(population, *prefixes: str):
    return np.array([row for name, row in population.profiles.index.items() if name.startswith(prefixes)])


def probabilities(population, core, eligible):
    stream = whole(population, core, "content", "", wording(population, core))
    eligible = np.sort(eligible)
    near = nearness(population.content.astype(float), core)
    return dict(
        zip(eligible.tolist(), membership(population, stream, eligible, near, core, core[:0]).tolist(), strict=True)
    )


def test_planted_members_are_kept_and_bystanders_are_not(town):
    core = rows_of(town, "c")
    found = probabilities(town, core, rows_of(town, "c", "beside"))
    assert np.mean([found[row] > 0.5 for row in core.tolist()]) >= 0.95
    assert np.mean([found[row] > 0.5 for row in rows_of(town, "beside").tolist()]) <= 0.1


def test_members_that_the_linker_missed_are_added(town):
    planted = rows_of(town, "c")
    found = probabilities(town, planted[:28], rows_of(town, "c", "beside"))
    assert np.mean([found[row] > 0.5 for row in planted[28:].tolist()]) >= 0.7


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
