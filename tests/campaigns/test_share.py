"""The share of the members' traffic that is the campaign's, with an interval that covers the planted share."""

from __future__ import annotations

import random

import numpy as np
import pytest

from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.share import belonging, share_of_traffic

from .. import small_logs


def mixed(rng: random.Random, part: float, accounts: int = 40):
    """Resellers: of each account's traffic, about this part is the campaign's. Also returns the true share."""
    rows, ours, all_ = small_logs.people(random.Random(2), 150), 0, 0
    for number in range(accounts):
        total = rng.randint(10, 28)
        mine = sum(rng.random() < part for _ in range(total))
        voice = small_logs.person(rng)
        prompts = [small_logs.FRAME.format(item=small_logs.item(rng)) for _ in range(mine)]
        rows += small_logs.exchanges(f"c{number:02d}", prompts + [next(voice) for _ in range(total - mine)], rng)
        ours, all_ = ours + mine, all_ + total
    population = small_logs.population(rows)
    members = np.array([row for name, row in population.profiles.index.items() if name.startswith("c")])
    return population, members, ours / all_


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_the_interval_covers_the_planted_share(part):
    covered = []
    for seed in range(5):
        population, members, truth = mixed(random.Random(seed), part)
        mine = belonging(population, members, wording(population, members))
        per_member, (estimate, low, high) = share_of_traffic(population, members, mine, seed)
        assert low <= estimate <= high
        assert per_member.shape == members.shape and (per_member >= 0).all() and (per_member <= 1).all()
        assert estimate == pytest.approx(truth, abs=0.05)
        covered.append(low - 1e-9 <= truth <= high + 1e-9)
    assert sum(covered) >= 4


def test_all_of_a_pure_account_belongs():
    population, members, _ = mixed(random.Random(1), 1.0)
    mine = belonging(population, members, wording(population, members))
    _, (estimate, low, high) = share_of_traffic(population, members, mine, 1)
    assert (estimate, low, high) == (1, 1, 1)


def test_without_shared_wording_all_traffic_counts():
    population, members, _ = mixed(random.Random(1), 0.5)
    mine = belonging(population, members, np.zeros(0, np.uint32))
    assert (mine.sum(axis=1) == population.sampled[members]).all()


def test_the_same_seed_gives_the_same_interval():
    population, members, _ = mixed(random.Random(1), 0.5)
    mine = belonging(population, members, wording(population, members))
    one, two = (share_of_traffic(population, members, mine, 9)[1].tolist() for _ in range(2))
    assert one == two
