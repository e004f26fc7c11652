from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, kstest

from stillwatch.errors import UsageError
from stillwatch.provenance.marks.colours import ColourKey
from stillwatch.provenance.marks.decoys import ENOUGH, Recolouring, rank
from stillwatch.provenance.marks.pairs import Pairs
from stillwatch.provenance.marks.radioactivity import (
    deduplicated_test,
    layers_test,
    radioactivity_test,
    score,
    whole_weights,
)
from stillwatch.provenance.marks.settings import MarkSettings

SCHEMES = ("greenlist", "fingerprint", "gumbel")


def key_of(rng):
    return ColourKey.from_words(rng.integers(0, 2**64, 2, np.uint64))


def heavy_pairs(rng, count=600):
    """Pairs as text has them: few are frequent, most are rare."""
    contexts = (rng.zipf(1.3, count) % 80)[:, None].astype(np.int64)
    tokens = rng.integers(0, 200, count)
    distinct = np.unique(np.concatenate([contexts, tokens[:, None]], 1), axis=0)
    weights = rng.normal(size=len(distinct)) * rng.zipf(1.6, len(distinct)).clip(max=500) ** 0.7
    return Pairs(distinct[:, :1].copy(), distinct[:, 1].copy(), weights, count)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_p_values_of_innocents_are_uniform_over_keys(scheme):
    rng = np.random.default_rng(11)
    settings = MarkSettings(scheme=scheme)
    pairs = heavy_pairs(rng)
    found = [radioactivity_test(pairs, key_of(rng), settings, name="m", seed=1, decoys=0).p_value for _ in range(120)]
    assert kstest(found, "uniform").pvalue > 1e-3
    for level in (0.01, 0.05):
        assert sum(p <= level for p in found) <= binom.ppf(0.9999, 120, level)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_rank_among_decoys_bears_the_law_out(scheme):
    rng = np.random.default_rng(5)
    pairs, settings = heavy_pairs(rng), MarkSettings(scheme=scheme)
    laid_out = Recolouring.of(pairs.contexts, pairs.tokens, whole_weights(pairs.weights), settings.levels)
    decoys = laid_out.scores(rng.integers(0, 2**64, (8_000, 2), np.uint64))
    terms_p = [score(laid_out.weights, laid_out.levels, laid_out.score(key_of(rng))) for _ in range(12)]
    for found in terms_p:
        share = (decoys >= found.observed).mean()
        assert abs(share - found.p_value) < 4.5 * (found.p_value * (1 - found.p_value) / 8_000) ** 0.5 + 1e-4


@pytest.mark.parametrize("scheme", SCHEMES)
def test_two_layers_together_are_exact_and_hear_more_than_either(scheme):
    rng = np.random.default_rng(21)
    settings, pairs = MarkSettings(scheme=scheme), heavy_pairs(rng)
    upper = rng.random(len(pairs.tokens)) < 0.5

    def together(one, other, decoys=0):
        layers = [(one.where(upper), keys[0]), (other.where(~upper), keys[1])]
        return layers_test(layers, settings, name="m", seed=1, decoys=decoys)

    found = []
    for _ in range(120):
        keys = key_of(rng), key_of(rng)
        found.append(together(pairs, pairs).p_value)
    assert kstest(found, "uniform").pvalue > 1e-3
    assert sum(p <= 0.05 for p in found) <= binom.ppf(0.9999, 120, 0.05)
    draws = [key.draws(pairs.contexts, pairs.tokens) for key in keys]
    noise = rng.normal(size=len(pairs.tokens))
    leaning = [replace(pairs, weights=noise + draw / 2**31 - 1) for draw in draws]
    both = together(*leaning, decoys=2_000)
    alone = [
        radioactivity_test(one.where(kept), key, settings, name="m", seed=1, decoys=0).details["z"]
        for one, kept, key in zip(leaning, (upper, ~upper), keys, strict=True)
    ]
    assert both.details["z"] > max(alone) and both.details["law_and_rank_agree"]


def test_a_biased_suspect_is_found_and_a_binomial_would_find_innocents_too():
    rng = np.random.default_rng(8)
    settings = MarkSettings(scheme="greenlist", gamma=0.5)
    contexts = np.repeat(np.arange(100), 30)[:, None]
    tokens = np.tile(np.arange(30), 100)
    counts = np.round(rng.zipf(1.4, 3000).clip(max=2000)).astype(float)
    key = key_of(rng)
    green = key.draws(contexts, tokens) >= settings.levels.cuts[0]
    excess = rng.normal(size=3000) * counts**0.5
    innocent = Pairs(contexts, tokens, excess, int(counts.sum()))
    guilty = Pairs(contexts, tokens, excess + 0.2 * counts**0.5 * (2.0 * green - 1), int(counts.sum()))
    assert radioactivity_test(guilty, key, settings, name="m", seed=1, decoys=2000).p_value < 1e-6
    assert radioactivity_test(innocent, key, settings, name="m", seed=1, decoys=2000).p_value > 1e-3
    # The naive test: all scored tokens as independent coins. Most innocents fail it at 1 %.
    total = int(counts.sum())
    naive = []
    for _ in range(60):
        hit = key_of(rng).draws(contexts, tokens) >= settings.levels.cuts[0]
        naive.append(binom.sf((counts * hit).sum() - 1, total, 0.5) <= 0.01)
    assert np.mean(naive) > 0.2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_whole_weights_keep_sign_and_size(weights):
    values = np.array(weights)
    whole = whole_weights(values)
    assert (np.sign(whole) * np.sign(values) >= 0).all()
    assert np.abs(whole).max(initial=0) <= 128
    order = np.argsort(np.abs(values), kind="stable")
    assert (np.diff(np.abs(whole)[order]) >= 0).all()
    big = np.abs(whole) >= 2
    if np.abs(values).max() and (np.abs(values) < 5 * np.sqrt(np.mean(values[values != 0] ** 2))).all():
        ratio = np.abs(whole)[big] / (np.abs(values)[big] / np.abs(values).max() * 128)
        assert ((ratio > 0.7) & (ratio < 1.45)).all()


def test_ranks_are_valid_whether_stopped_or_not():
    rng = np.random.default_rng(2)
    pairs = heavy_pairs(rng, 60)
    laid_out = Recolouring.of(
        pairs.contexts, pairs.tokens, whole_weights(pairs.weights), MarkSettings(scheme="greenlist").levels
    )
    found = [rank(laid_out.score(key_of(rng)), [laid_out], decoys=499, seed=i) for i in range(150)]
    values = np.array([one.p_value for one in found])
    for level in (0.02, 0.1, 0.5):
        assert (values <= level).sum() <= binom.ppf(0.9999, 150, level)
    assert {one.reached for one in found if one.drawn < 499} == {ENOUGH}
    best = rank(2**40, [laid_out], decoys=999, seed=0)
    assert (best.p_value, best.reached, best.drawn) == (0.001, 0, 999)


def test_distinct_pairs_are_counted_once():
    settings = MarkSettings(scheme="greenlist", gamma=0.25)
    rng = np.random.default_rng(1)
    pairs = heavy_pairs(rng)
    key = key_of(rng)
    green = int((key.draws(pairs.contexts, pairs.tokens) >= settings.levels.cuts[0]).sum())
    result = deduplicated_test(pairs, key, settings, name="m")
    assert result.p_value == pytest.approx(binom.sf(green - 1, len(pairs.tokens), 0.25), rel=1e-9)


def test_nothing_to_score_is_no_finding():
    empty = Pairs(np.zeros((0, 1), np.int64), np.zeros(0, np.int64), np.zeros(0), 0)
    key = key_of(np.random.default_rng(0))
    assert radioactivity_test(empty, key, MarkSettings(), name="m", seed=0, decoys=100).p_value == 1.0
    assert deduplicated_test(empty, key, MarkSettings(), name="m").p_value == 1.0


def test_widths_and_numbers_are_checked():
    key = key_of(np.random.default_rng(0))
    wide = Pairs(np.zeros((1, 2), np.int64), np.zeros(1, np.int64), np.ones(1), 1)
    with pytest.raises(UsageError, match="contexts of 2"):
        radioactivity_test(wide, key, MarkSettings(), name="m", seed=0)
    with pytest.raises(UsageError, match="finite"):
        whole_weights(np.array([1.0, np.nan]))


def test_a_rank_is_bounded_in_work(monkeypatch):
    rng = np.random.default_rng(3)
    pairs, key = heavy_pairs(rng), key_of(rng)
    count = int(np.count_nonzero(whole_weights(pairs.weights)))
    monkeypatch.setattr("stillwatch.provenance.marks.radioactivity._WORK", 40 * count)
    result = radioactivity_test(pairs, key, MarkSettings(), name="m", seed=0, decoys=10**6)
    assert 0 < result.details["decoys"] <= 40
    monkeypatch.setattr("stillwatch.provenance.marks.radioactivity._WORK", count - 1)
    assert "decoys" not in radioactivity_test(pairs, key, MarkSettings(), name="m", seed=0).details
