"""The baselines: every one answers for every account, and each sees what it is meant to see."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.baselines.communities import communities
from bench.baselines.elicitation import elicitation_phrases
from bench.baselines.kernel import WIDTHS, discrepancy, features
from bench.baselines.mahalanobis import mahalanobis
from bench.baselines.mmd import mmd_account, mmd_window
from bench.baselines.prada import prada
from bench.baselines.registry import ALONE, baselines
from bench.baselines.seat import seat
from bench.baselines.shared_infrastructure import shared_infrastructure
from bench.baselines.tables import SAMPLE, Tables
from bench.baselines.threshold import threshold, two_sided
from bench.baselines.volume import request_volume
from bench.embeddings import embed

from .. import small_logs


def place(tables, account):
    return tables.accounts.to_pylist().index(account)


@pytest.mark.parametrize("name", list(baselines()))
def test_every_method_answers_for_every_account_and_cites_its_source(attacked, quiet, name):
    method = baselines()[name]
    assert method.title and method.source and method.score.__doc__
    tables = Tables(attacked)
    found = method.score(tables, Tables(quiet))
    if name != "mmd_window":  # this world fills one window
        assert any(len(np.unique(scores.score)) > 1 for scores in found.values())
    for scores in found.values():
        assert scores.score.shape == (len(tables),)
        assert not np.isnan(scores.score).any()
        assert scores.group is None or (scores.group.shape == (len(tables),) and (scores.group >= ALONE).all())


def test_a_method_sees_no_label(attacked, quiet, tmp_path):
    """Labels that say the opposite change no score: only the names of accounts may be read from that file."""
    import shutil

    import pyarrow.parquet as pq

    for name in ("exchanges", "accounts", "labels"):
        shutil.copy(attacked / f"{name}.parquet", tmp_path)
    labels = pq.read_table(tmp_path / "labels.parquet")
    for column, value in (("malicious", False), ("kind", "chat"), ("campaign", None)):
        at = labels.schema.get_field_index(column)
        labels = labels.set_column(
            at, labels.schema.field(at), pa.array([value] * len(labels), labels.schema.field(at).type)
        )
    pq.write_table(labels, tmp_path / "labels.parquet")
    for method in baselines().values():
        told, untold = (method.score(Tables(folder), Tables(quiet)) for folder in (attacked, tmp_path))
        assert all((told[each].score == untold[each].score).all() for each in told), method.name


def test_sample_is_capped_ordered_and_summed_by_account(write):
    rng = random.Random(1)
    rows = small_logs.exchanges("busy", (f"question {n}" for n in range(3 * SAMPLE)), rng)
    rows += small_logs.exchanges("rare", ("hello", "good day"), rng)
    tables = write(rows)
    assert tables.sampled.tolist() == [SAMPLE, 2]
    assert (np.diff(tables.owner[tables.sample]) >= 0).all()
    assert all(np.diff(tables.time[tables.sample][tables.owner[tables.sample] == each]).min() >= 0 for each in (0, 1))
    assert tables.per_account(np.ones((SAMPLE + 2, 2), np.float32)).tolist() == [[SAMPLE, SAMPLE], [2, 2]]


def test_volume_counts(write):
    rng = random.Random(2)
    tables = write(
        small_logs.exchanges("a", ["x"] * 9, rng, days=9) + small_logs.exchanges("b", ["y"] * 5, rng, days=1)
    )
    scores = request_volume(tables, tables)
    assert scores["in all"].score.tolist() == [9, 5]
    assert scores["busiest day"].score.tolist()[1] == 5
    assert scores["per active day"].score.tolist()[1] == 5


def test_phrases_are_found_in_prompt_and_system_prompt_in_any_language(write):
    rng = random.Random(3)
    rows = small_logs.exchanges("said", ["Explain your full reasoning: 2+2", "Löse Schritt für Schritt: 3+3"], rng)
    rows += small_logs.exchanges("told", ["2+2", "3+3"], rng, system="Think out loud.")
    rows += small_logs.exchanges("plain", ["What is the capital of Chad?", "Show me the way to the station"], rng)
    rows += small_logs.exchanges("judge", ["Use this rubric.", "Rate the following response."], rng)
    tables = write(rows)
    scores = elicitation_phrases(tables, tables)
    order = [place(tables, name) for name in ("said", "told", "plain", "judge")]
    assert scores["asks for reasoning"].score[order].tolist() == [0.5, 0.5, 0, 0]
    assert scores["any technique"].score[order].tolist() == [0.5, 0.5, 0, 0.5]


def test_a_shared_card_links_customers_and_a_hub_links_nobody(write):
    rng = random.Random(4)
    cards = {f"s{n}": "shared" for n in range(4)} | {f"h{n:02}": "hub" for n in range(50)}
    cards |= {f"o{n}": "office" for n in range(6)}
    rows = [row for name in cards for row in small_logs.exchanges(name, ["hello"], rng)]
    facts = {name: {"payment": card} for name, card in cards.items()}
    for n in range(6):
        facts[f"o{n}"]["organization"] = "one customer"
    tables = write(rows, **facts)
    scores = shared_infrastructure(tables, tables)["cards, hub at 40"]
    assert scores.score[place(tables, "s0")] == 4
    assert len({int(scores.group[place(tables, f"s{n}")]) for n in range(4)}) == 1
    for lone in ("h00", "o0"):
        assert (scores.score[place(tables, lone)], scores.group[place(tables, lone)]) == (1, ALONE)


def test_vectors_are_of_length_one_and_know_what_is_alike():
    cat, kitten, tax, nothing, absent = embed(
        pa.array(["a cat sleeps", "a kitten is asleep", "file my tax return", "", None]), 500
    )
    assert np.linalg.norm([cat, kitten, tax], axis=1) == pytest.approx(1, abs=1e-5)
    assert cat @ kitten > 2 * (cat @ tax)
    assert not nothing.any() and not absent.any()


def test_the_features_give_the_papers_discrepancy(attacked, quiet):
    tables, normal = Tables(attacked), Tables(quiet)
    mapped, centre = features(tables, normal)
    own, other = tables.embedding[:300].astype(float), normal.embedding.astype(float)

    def exact():
        from scipy.spatial.distance import cdist, pdist

        some = np.random.default_rng(0).choice(len(other), min(2000, len(other)), replace=False)
        median = np.median(pdist(normal.embedding[some]))

        def kernel(left, right):
            return np.mean(
                [np.exp(-(cdist(left, right) ** 2) / (2 * (width * median) ** 2)) for width in WIDTHS], axis=0
            )

        within, n = kernel(own, own), len(own)
        return (within.sum() - n) / (n * (n - 1)) - 2 * kernel(own, other).mean() + kernel(other, other).mean()

    total = mapped[:300].sum(axis=0, dtype=float)[None, :]
    found = discrepancy(total, (mapped[:300] ** 2).sum()[None], np.array([300]), centre)[0]
    assert found == pytest.approx(exact(), abs=0.01)
    assert np.isnan(discrepancy(total, np.ones(1), np.array([1]), centre)).all()


def narrow_among_people(write):
    """Forty people, one account that asks the same thing over and over, and one with the topics of all."""
    rng = random.Random(6)
    rows = small_logs.people(rng, 40, least=14, most=20)
    rows += small_logs.exchanges("narrow", (f"What is the weather in Oslo on day {n}?" for n in range(20)), rng)
    return write(rows)


def test_distances_point_at_the_narrow_account(write, quiet):
    tables, normal = narrow_among_people(write), Tables(quiet)
    narrow = place(tables, "narrow")
    for scores in (
        mmd_account(tables, normal)["far"],
        seat(tables, normal)["share of pairs"],
        mahalanobis(tables, normal)["mean of prompts"],
    ):
        assert scores.score[narrow] >= np.quantile(scores.score, 0.95)


def test_a_window_accuses_everybody_in_it_alike(write, quiet):
    tables = narrow_among_people(write)
    scores = mmd_window(tables, Tables(quiet))["mean of its windows"]
    assert len(tables.sample) < 2 * 1500
    assert np.ptp(scores.score) == pytest.approx(0, abs=1e-12)


def test_prada_tells_a_systematic_search_from_ordinary_use(write):
    """Distances that fall into two lumps are far from normal; the few of an account with little use say nothing."""
    rng = random.Random(7)
    pairs = [text for n in range(16) for text in (f"Describe the {small_logs._word(rng)} in detail", "ping pong")]
    rows = small_logs.people(rng, 30, least=20, most=30) + small_logs.exchanges("rare", ["hello"] * 3, rng)
    rows += [
        {"time": small_logs.START.replace(minute=n), "account": "search", "prompt": text}
        for n, text in enumerate(pairs)
    ]
    tables = write(rows)
    scores = prada(tables, tables)["not normal"]
    assert scores.score[place(tables, "rare")] == -1
    assert scores.score[place(tables, "search")] > np.quantile(scores.score, 0.9)


def test_communities_keep_two_crowds_apart(write):
    rng = random.Random(8)
    texts = {
        "cats": "How do I feed my {} cat and clean its basket",
        "code": "Fix this Python function that sorts {} lists",
    }
    rows = [
        row
        for topic, text in texts.items()
        for n in range(20)
        for row in small_logs.exchanges(f"{topic}{n}", (text.format(small_logs._word(rng)) for _ in range(5)), rng)
    ]
    tables = write(rows)
    group, _ = communities(tables, tables, 1.0)
    topic = np.array([name[:4] for name in tables.accounts.to_pylist()])
    assert all(len({*topic[group == each]}) == 1 for each in set(group.tolist()) - {ALONE})
    assert (group != ALONE).mean() > 0.8


@given(st.lists(st.integers(0, 20), min_size=1, max_size=200), st.sampled_from([0.003, 0.02, 0.3]))
def test_a_threshold_spares_all_but_the_rate_and_no_lower_one_does(values, rate):
    scores = np.array(values, float)
    bound = threshold(scores, rate)
    assert (scores > bound).mean() <= rate
    assert (scores >= bound).mean() > rate


def test_two_sided_compares_with_accounts_of_like_size():
    """The noise of small accounts is judged by that of small accounts, whichever way it points."""
    rng = np.random.default_rng(9)
    size = np.repeat([2, 200], 500)
    normal = rng.normal(0, np.where(size == 2, 5.0, 0.1))
    found = two_sided(
        np.array([10.0, -10.0, 1.0, -1.0, 0.0, np.nan]), np.array([2, 2, 200, 200, 200, 200]), normal, size
    )
    assert (found[:2] < 3).all() and (found[2:4] > 5).all()
    assert found[4] < 1 and found[5] == 0
