"""A queue that deals each item k times is told from users who meet items by chance, and from circles that share all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.campaigns.dealing import _excess, dealt
from stillwatch.profile.kernels import EMPTY

CUSTOMERS, EACH, SAMPLE = 60, 200, 32


def seen(asked: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What samples show of the items that each account asked, (accounts, items): as profiles keep them."""
    keys, visible = np.full((len(asked), SAMPLE), EMPTY), np.ones(len(asked))
    for account, items in enumerate(asked):
        hashes = np.unique(items.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
        hashes = np.sort((hashes ^ hashes >> np.uint64(29)) * np.uint64(0xBF58476D1CE4E5B9))
        kept = hashes[:SAMPLE]
        keys[account, : len(kept)] = kept
        if len(hashes) > SAMPLE:
            visible[account] = float(kept[-1]) / 2.0**64
    return keys, np.arange(len(asked)), visible


def queue(random: np.random.Generator, times: int) -> np.ndarray:
    items = np.repeat(np.arange(CUSTOMERS * EACH // times), times)
    return random.permutation(items).reshape(CUSTOMERS, EACH)


@pytest.mark.parametrize("times", [2, 3, 4])
def test_a_queue_that_deals_each_item_several_times_is_no_chance(times):
    random = np.random.default_rng(times)
    assert all(dealt(*seen(queue(random, times))) < 1e-9 for _ in range(5))


@pytest.mark.parametrize("popularity", ["even", "zipf", "two classes of items"])
def test_independent_users_are_rejected_as_seldom_as_stated(popularity):
    random = np.random.default_rng(1)
    pool = CUSTOMERS * EACH // 3
    weight = {
        "even": np.ones(pool),
        "zipf": 1 / np.arange(1.0, pool + 1),
        "two classes of items": np.where(np.arange(pool) < pool // 10, 20.0, 1.0),
    }[popularity]
    draws = [dealt(*seen(random.choice(pool, (CUSTOMERS, 60), p=weight / weight.sum()))) for _ in range(200)]
    assert np.mean(np.array(draws) < 0.05) <= 0.09  # the 99 % bound of 5 % in 200


@pytest.mark.parametrize("circle", [2, 3, 4, 10])
def test_small_circles_that_ask_everything_together_are_no_queue(circle):
    random = np.random.default_rng(circle)
    own = random.integers(0, 2**40, (CUSTOMERS // circle, EACH))
    assert dealt(*seen(np.repeat(own, circle, axis=0))) == 1.0


def test_firms_that_run_whole_benchmarks_are_no_queue():
    random = np.random.default_rng(4)
    found = []
    for _ in range(100):
        runs = random.random((12, 14)) < random.uniform(0.1, 0.7, (12, 1))
        size = random.integers(3, 40, 12)
        items = np.repeat(np.arange(12), size)
        asked = [np.flatnonzero(runs[items, firm]) for firm in range(14)]
        found.append(dealt(*seen(asked)))
    assert np.mean(np.array(found) < 0.01) <= 0.04  # the 99 % bound of 1 % in 100


def test_a_class_that_does_one_sheet_is_no_queue():
    random = np.random.default_rng(5)
    assert dealt(*seen(np.stack([random.permutation(300)[:EACH] for _ in range(CUSTOMERS)]))) == 1.0


def test_keys_of_one_customer_count_once():
    random = np.random.default_rng(6)
    keys, _, visible = seen(queue(random, 2))
    assert dealt(keys, np.zeros(CUSTOMERS, np.int64), visible) == 1.0


def test_nothing_in_common_says_nothing():
    random = np.random.default_rng(7)
    assert dealt(*seen(random.integers(0, 2**40, (CUSTOMERS, EACH)))) == 1.0


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(10, 200))
def test_the_exact_test_is_a_probability_that_falls_with_more_in_the_middle(fewer, middle, more, users):
    p = _excess(users, 2, np.array([fewer, middle, more]))
    assert 0 < p <= 1 + 1e-9
    # Two of the middle for one on either side: the margins stay.
    assert _excess(users, 2, np.array([fewer + 1, middle, more + 1])) >= _excess(
        users, 2, np.array([fewer, middle + 2, more])
    ) * (1 - 1e-9)
