"""The tail of a group's total is valid for every size and shape of distribution, and sharp where it matters."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.calibrate.standins import stand_in_tail

LEVELS = (0.2, 0.05, 0.01, 0.002)


def _normal(rng, shape):
    return rng.normal(size=shape)


def _one_in_fifty_is_strange(rng, shape):
    return np.where(rng.random(shape) < 0.02, 100.0, rng.normal(size=shape))


def _heavy(rng, shape):
    return rng.pareto(0.8, shape)


def _shares(rng, shape):
    return (rng.random(shape) < 0.05).astype(float)


@pytest.mark.parametrize("draw", [_normal, _one_in_fifty_is_strange, _heavy, _shares])
@pytest.mark.parametrize("direction", ["high", "low", "both"])
@pytest.mark.parametrize("members", [3, 20])
def test_p_values_are_super_uniform(draw, direction, members):
    rng = np.random.default_rng(3)
    values = draw(rng, (500, members, 25))
    p = np.array([stand_in_tail(v[:, 0], v[:, 1:], direction) for v in values])
    for level in LEVELS:
        assert (p <= level).mean() <= level + 3 * (level * (1 - level) / len(p)) ** 0.5


def test_a_normal_tail_estimated_from_draws_would_not_be():
    """What the bound is for: mean and spread of random groups say nothing of the one strange customer."""
    rng = np.random.default_rng(3)
    values = _one_in_fifty_is_strange(rng, (500, 20, 25))
    score = values[:, :, 0].mean(axis=1) - np.median(values)
    spread = np.array([np.median(v[:, 1:].mean(axis=0).std()) for v in values])
    assert (score / spread > 2.6).mean() > 0.01 + 3 * (0.01 * 0.99 / 500) ** 0.5


def test_it_finds_a_shifted_group():
    rng = np.random.default_rng(4)
    others = rng.normal(size=(20, 24))
    own = rng.normal(size=20) + 3
    assert stand_in_tail(own, others, "high") < 1e-12
    assert stand_in_tail(-own, -others, "low") == pytest.approx(stand_in_tail(own, others, "high"))
    assert stand_in_tail(own, others, "low") == 1
    assert stand_in_tail(own, others, "both") < 1e-11


def test_no_member_weighs_more_than_one_of_its_stand_ins():
    own, others = np.zeros(9), np.random.default_rng(5).normal(size=(9, 24))
    own[4] = 1e9
    assert stand_in_tail(own, others, "high") >= 1 / 25 - 1e-6


def test_absent_values_are_left_out():
    rng = np.random.default_rng(6)
    own, others = rng.normal(size=6) + 1, rng.normal(size=(6, 24))
    more = np.vstack([others, rng.normal(size=24)])
    assert stand_in_tail(np.append(own, np.nan), more, "high") == pytest.approx(stand_in_tail(own, others, "high"))
    assert stand_in_tail(np.full(6, np.nan), others, "high") == 1
    assert stand_in_tail(own, np.full((6, 24), np.nan), "high") == 1


def test_a_constant_says_nothing():
    assert stand_in_tail(np.ones(5), np.ones((5, 24)), "both") == 1


@pytest.mark.parametrize("members", [1, 5, 12])
def test_a_group_above_all_its_stand_ins_has_the_chance_of_that_rank(members):
    p = stand_in_tail(np.ones(members), np.zeros((members, 24)), "high")
    assert p == pytest.approx(25.0**-members, rel=1e-6)
