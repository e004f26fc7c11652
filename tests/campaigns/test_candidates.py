"""Linkers propose the planted groups, whatever the accounts are called and in whichever order the log comes."""

from __future__ import annotations

import importlib
import random
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from stillwatch.campaigns.candidates import communities as communities_module
from stillwatch.campaigns.candidates.communities import communities, nearest
from stillwatch.campaigns.candidates.families import families, wording
from stillwatch.campaigns.candidates.likeness import likeness
from stillwatch.campaigns.kernels import project
from stillwatch.signals.population import on_grid

from .. import small_logs

LINKERS = (families, likeness)  #: by content; `test_infrastructure.py` has the others
families_module = importlib.import_module("stillwatch.campaigns.candidates.families")


@pytest.fixture(scope="module")
def rows():
    rng = random.Random(5)
    other = ("Rate the answer on a scale of one to nine and give the verdict only. Answer to grade: {item}",)
    found = small_logs.people(random.Random(11), 300)
    found += small_logs.campaign(rng, small_logs.queue(rng, 30, 20), "c")
    return found + small_logs.campaign(rng, small_logs.queue(rng, 24, 20, other), "d")


def groups(population, linker, prefix: str = "") -> set[frozenset[str]]:
    strip = len(prefix)
    return {frozenset(population.profiles.names[row][strip:] for row in s.rows) for s in linker(population, 8)}


@pytest.mark.parametrize("linker", LINKERS, ids=lambda linker: linker.__name__)
@pytest.mark.parametrize("planted", ["c", "d"])
def test_a_planted_group_is_proposed(rows, linker, planted):
    members = {row["account"] for row in rows if row["account"].startswith(planted)}
    found = groups(small_logs.population(rows), linker)
    best = max(found, key=lambda group: len(group & members) - len(group - members))
    assert len(best & members) >= 0.5 * len(members)
    assert len(best - members) <= 0.1 * len(best)


@pytest.mark.parametrize("linker", LINKERS, ids=lambda linker: linker.__name__)
def test_neither_order_nor_names_decide(rows, linker):
    expected = groups(small_logs.population(rows), linker)
    shuffled = random.Random(4).sample(rows, len(rows))
    assert groups(small_logs.population(shuffled), linker) == expected
    # Names that sort alike: the accounts' order is the only thing that a name may decide.
    renamed = [row | {"account": f"acct-{row['account']}"} for row in rows]
    assert groups(small_logs.population(renamed), linker, "acct-") == expected


@pytest.mark.parametrize("linker", LINKERS, ids=lambda linker: linker.__name__)
def test_a_planted_group_is_proposed_under_any_names(rows, linker):
    members = sorted({row["account"] for row in rows})
    renamed = dict(
        zip(members, random.Random(5).sample([f"{i:04d}" for i in range(len(members))], len(members)), strict=True)
    )
    planted = {renamed[name] for name in members if name.startswith("c")}
    found = groups(small_logs.population([row | {"account": renamed[row["account"]]} for row in rows]), linker)
    best = max(found, key=lambda group: len(group & planted) - len(group - planted))
    assert len(best & planted) >= 0.5 * len(planted)
    assert len(best - planted) <= 0.1 * len(best)


@pytest.mark.parametrize("linker", LINKERS, ids=lambda linker: linker.__name__)
def test_streams_are_well_formed(rows, linker):
    population = small_logs.population(rows)
    for stream in linker(population, 8):
        assert len(stream.rows) >= 8
        assert (np.diff(stream.rows) > 0).all()
        assert stream.mask.shape == (len(stream.rows), population.profiles["items"].shape[1])
        assert (stream.size <= population.sampled[stream.rows]).all() and (stream.size > 0).all()
        assert (stream.share <= 1).all()


@pytest.mark.parametrize("linker", LINKERS, ids=lambda linker: linker.__name__)
@pytest.mark.parametrize("count", [0, 1, 5, 9])
def test_few_accounts_are_no_group(linker, count):
    population = small_logs.population(small_logs.people(random.Random(1), count))
    assert all(len(stream.rows) >= 8 for stream in linker(population, 8))


def test_a_resellers_stream_is_the_part_with_the_wording():
    """Accounts that carry the campaign beside innocent customers are judged by the campaign's part of their traffic."""
    rng = random.Random(3)
    rows = small_logs.people(random.Random(11), 300)
    for number, prompts in enumerate(small_logs.queue(rng, 24, 8, small_logs.FRAMES[:1])):
        voice = small_logs.person(rng)
        rows += small_logs.exchanges(f"mixed{number:02d}", [*prompts, *(next(voice) for _ in range(12))], rng)
    population = small_logs.population(rows)
    mixed = {name for name in population.profiles.names if name.startswith("mixed")}
    stream = max(families(population, 8), key=lambda s: len({population.profiles.names[row] for row in s.rows} & mixed))
    own = np.array([population.profiles.names[row] in mixed for row in stream.rows])
    assert own.sum() >= 12
    assert 0.25 < stream.share[own].mean() < 0.55


def test_the_wording_of_a_group_is_what_others_do_not_use(rows):
    population = small_logs.population(rows)
    members = np.array([row for name, row in population.profiles.index.items() if name.startswith("c")])
    others = np.array([row for name, row in population.profiles.index.items() if name.startswith("p")])
    words = wording(population, members)
    assert len(words) and (np.diff(words.astype(np.int64)) > 0).all()
    used = np.isin(population.profiles["shingles"], words).any(axis=2)
    assert used[members].sum(axis=1).mean() > 0.8 * population.sampled[members].mean()
    assert used[others].mean() < 0.01


def test_likeness_needs_no_shared_wording():
    rng = random.Random(3)
    frames = [f"{a} {b}: {{item}}" for a in ("Solve", "Work out", "Task", "Find") for b in ("now", "this", "one", "it")]
    rows = small_logs.people(random.Random(11), 200)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 24, 24, frames))
    population = small_logs.population(rows)
    best = max(sum(population.profiles.names[row][0] == "c" for row in s.rows) for s in likeness(population, 8))
    assert best >= 12


@pytest.mark.parametrize("block", [7, 20, 1024])
def test_nearest_is_what_brute_force_finds(monkeypatch, block):
    monkeypatch.setattr(communities_module, "BLOCK", block)
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(60, 8)).astype(np.float32)
    near, cosine = nearest(vectors)
    unit = on_grid(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(float)
    similar = unit @ unit.T
    np.fill_diagonal(similar, -2)
    # Exactly: single precision holds sums of products on the grid, in whatever order a machine adds them.
    assert (cosine == np.take_along_axis(similar, near, 1)).all()
    assert (np.sort(cosine, axis=1) == np.sort(similar, axis=1)[:, -near.shape[1] :]).all()


def test_two_cliques_are_two_communities():
    edges = [(i, j) for block in (range(10), range(10, 22)) for i in block for j in block if i < j] + [(0, 10)]
    left, right = np.array(edges).T
    found = [group for group, _ in communities(left, right, np.ones(len(edges)), 3)]
    assert {node for group in found for node in group.tolist()} == set(range(22))
    for group in found:
        assert (group < 10).all() or (group >= 10).all()
    assert communities(left[:0], right[:0], np.ones(0), 3) == []


def test_beyond_a_size_nearly_all_of_the_nearest_are_found(monkeypatch):
    random_state = np.random.default_rng(3)
    topics = random_state.normal(size=(40, 24))
    vectors = topics[random_state.integers(0, 40, 3_000)] + 0.5 * random_state.normal(size=(3_000, 24))
    vectors = vectors.astype(np.float32)
    exact, _ = nearest(vectors)
    monkeypatch.setattr(communities_module, "EXACT", 100)
    found, cosine = nearest(vectors)
    assert np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(exact.tolist(), found.tolist(), strict=True)]) > 0.9
    assert all(len(set(row)) == len(row) for row in found.tolist())
    assert not (found == np.arange(len(found))[:, None]).any()
    lengths = np.linalg.norm(vectors.astype(float), axis=1, keepdims=True).astype(np.float32)
    unit = on_grid(vectors / lengths).astype(float)
    assert (cosine == np.einsum("ij,ikj->ik", unit, unit[found])).all()
    again, _ = nearest(vectors)
    assert (again == found).all()


@pytest.mark.parametrize("alike", [True, False])
def test_no_cell_is_larger_than_its_bound(monkeypatch, alike):
    """Rows that are all the same fall into one cell: it is cut, and each row still finds rows like it."""
    monkeypatch.setattr(communities_module, "EXACT", 100)
    monkeypatch.setattr(communities_module, "MOST", 64)
    state = np.random.default_rng(6)
    vectors = np.repeat(state.normal(size=(2, 16)), 1_500, axis=0) + (
        0 if alike else 0.1 * state.normal(size=(3000, 16))
    )
    held = []
    pieces = communities_module._pieces

    def watched(unit, members, askers):
        found = pieces(unit, members, askers)
        assert sorted(np.concatenate([part for part, _ in found]).tolist()) == members.tolist()
        assert sorted(np.concatenate([asking for _, asking in found]).tolist()) == askers.tolist()
        held.extend(len(part) for part, _ in found)
        return found

    monkeypatch.setattr(communities_module, "_pieces", watched)
    near, cosine = nearest(vectors.astype(np.float32))
    assert max(held) <= 64 < len(vectors) / 16
    assert (near // 1_500 == np.arange(len(vectors))[:, None] // 1_500).all()
    assert (near != np.arange(len(vectors))[:, None]).all() and cosine.min() > 0.5
    assert all(len(set(row)) == len(row) for row in near.tolist())


def test_the_manner_and_spread_of_shingles_are_what_counting_finds(rows, monkeypatch):
    monkeypatch.setattr(families_module, "SORTED", 5_000)
    population = small_logs.population(rows)
    shingles = population.profiles["shingles"].reshape(len(population), -1)
    holders = Counter(shingle for account in shingles.tolist() for shingle in set(account) - {0})
    asked = np.array(sorted(holders), np.uint32)
    counted = np.array([holders[shingle] for shingle in asked.tolist()])
    expected = np.where(counted >= families_module.LEAST_HOLDERS, counted, 0)
    assert (families_module.spread(population, asked) == expected).all()
    members = np.array([row for name, row in population.profiles.index.items() if name.startswith("c")])
    own = Counter(shingle for account in shingles[members].tolist() for shingle in set(account) - {0})
    least = max(families_module.LEAST_HOLDERS, 0.03 * len(members))
    theirs = [s for s, n in own.items() if n >= least and n >= families_module.ENRICHED * holders[s]]
    assert families_module.manner(population, members).tolist() == sorted(theirs)


def test_frames_are_counted_as_they_are_reused(rows):
    population = small_logs.population(rows)
    found = families_module.frames(population)
    members = np.arange(0, len(population), 3)
    code, count = found.count(members)
    expected = Counter(c for row in members for c in found.own[found.start[row] : found.start[row + 1]].tolist())
    assert dict(zip(code.tolist(), count.tolist(), strict=True)) == expected
    assert (np.bincount(found.own, minlength=len(found.names)) == found.spread).all()


def test_a_projection_is_the_weighted_sum_of_signs():
    state = np.random.default_rng(2)
    names = np.unique(state.integers(0, 2**32, 50, dtype=np.uint32))
    bits = families_module._signs(names)
    start, code = np.array([0, 3, 3, 9]), state.integers(0, len(names), 9).astype(np.int32)
    weight = state.random(len(names))
    out = np.zeros((3, families_module.PROJECTION), np.float32)
    project(start, code, weight, bits, out)
    signs = np.unpackbits(bits, axis=1) * 2.0 - 1
    expected = [(signs[code[a:b]] * weight[code[a:b], None]).sum(axis=0) for a, b in pairwise(start)]
    assert out == pytest.approx(np.array(expected), abs=1e-5)
