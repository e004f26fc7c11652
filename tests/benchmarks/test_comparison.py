"""The comparison: no label leaks into what is scored, credit is as documented, pages hold what was measured."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import comparison, pages, science
from bench.baselines.registry import ALONE, Scores
from bench.baselines.tables import Tables
from bench.comparison import Choice, Comparison, Row, Told, write_answer
from bench.worlds import Options
from stillwatch.range import score_answer


@given(st.integers(0, 10_000) | st.none(), st.integers(2, 40), st.booleans())
def test_seeds_that_score_set_and_serve_as_normal_are_never_the_same(seed, worlds, small):
    scored, tuning, quiet = science.parted(Options(seed=seed, small=small), worlds)
    assert len({*scored, *tuning, quiet}) == len(scored) + len(tuning) + 1
    if seed is None:
        assert min(*scored, *tuning, quiet) > 5  # seeds 1 to 5 were used in tuning


def test_a_detector_of_accounts_is_credited_for_every_guilty_account(attacked, tmp_path):
    tables = Tables(attacked)
    guilty, campaign = comparison._labels(attacked)
    score = np.where(guilty, 1.0, 0.0)
    score[np.flatnonzero(~guilty)[0]] = 1.0
    write_answer(tmp_path, tables.accounts, Scores(score), 0.5)
    found = score_answer(attacked, tmp_path)
    assert found.mean_campaign_recall == 1
    assert found.fpr == pytest.approx(1 / (~guilty).sum())
    assert found.campaigns == guilty.sum() + 1
    assert comparison._recall(Scores(score), 0.5, guilty, campaign) == 1


def test_members_of_a_mostly_innocent_group_do_not_count(attacked, tmp_path):
    tables = Tables(attacked)
    guilty, campaign = comparison._labels(attacked)
    everybody = Scores(np.ones(len(tables)), np.zeros(len(tables), np.int64))
    assert guilty.mean() < 0.5
    write_answer(tmp_path, tables.accounts, everybody, 0.5)
    assert score_answer(attacked, tmp_path).mean_campaign_recall == 0
    assert comparison._recall(everybody, 0.5, guilty, campaign) == 0
    right = Scores(guilty.astype(float), np.where(guilty, 3, ALONE))
    assert comparison._recall(right, 0.5, guilty, campaign) == 1


def test_quick_recall_is_that_of_the_scorer(attacked, tmp_path):
    rng = np.random.default_rng(3)
    tables = Tables(attacked)
    guilty, campaign = comparison._labels(attacked)
    for groups in (None, 2, 9, 40):
        score = rng.random(len(tables)) + 0.4 * guilty
        group = None if groups is None else rng.integers(-1, groups, len(tables))
        write_answer(tmp_path, tables.accounts, Scores(score, group), 0.6)
        expected = score_answer(attacked, tmp_path).mean_campaign_recall
        assert comparison._recall(Scores(score, group), 0.6, guilty, campaign) == pytest.approx(expected)


def test_the_configuration_that_finds_most_is_chosen_and_the_innocent_set_the_threshold():
    guilty = np.repeat([True, False], [50, 1000])
    campaign = np.where(guilty, "c-1", None).astype(object)
    rng = np.random.default_rng(4)
    blind, seeing = rng.random(1050), rng.random(1050) + np.where(guilty, 2.0, 0.0)
    told = Told({"method": {"blind": Scores(blind), "seeing": Scores(seeing)}}, guilty, campaign)
    choice = comparison._set([told, told], 0.003)["method"]
    assert choice.configuration == "seeing"
    assert (seeing[~guilty] > choice.threshold).sum() == 3


def test_scores_are_kept_as_they_were(attacked, quiet):
    normal = Tables(quiet)
    fresh, kept = comparison.scores_of(attacked, normal), comparison.scores_of(attacked, normal)
    for name, configurations in fresh.items():
        for configuration, scores in configurations.items():
            assert (kept[name][configuration].score == scores.score).all()
            assert (scores.group is None) == (kept[name][configuration].group is None)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_the_interval_holds_the_mean(values):
    mean, low, high = science.interval(values)
    assert low - 1e-12 <= mean <= high + 1e-12
    assert min(values) - 1e-12 <= low and high <= max(values) + 1e-12


def compared(attacked, tmp_path):
    """Two detectors on one world, twice."""
    tables = Tables(attacked)
    guilty, _ = comparison._labels(attacked)
    rows = []
    for method, score in (
        ("stillwatch", guilty.astype(float)),
        ("request_volume", np.arange(len(tables)) / len(tables)),
    ):
        write_answer(tmp_path, tables.accounts, Scores(score), 0.5)
        found = score_answer(attacked, tmp_path)
        kinds = {one.campaign: one.campaign.rsplit("-", 1)[0] for one in found.per_campaign}
        rows += [Row(method, seed, found, kinds) for seed in (1, 2)]
    return [
        Comparison(
            setting, tuple(rows), {"request_volume": Choice("in all", 0.5, False)}, {"request_volume": (0.5, 0.02)}
        )
        for setting in science.SETTINGS
    ]


def test_the_page_and_the_plot_show_what_was_measured(attacked, tmp_path):
    from bench.comparison_page import PAGE, PLOT, write_page

    write_page(compared(attacked, tmp_path), tmp_path / "page")
    page = (tmp_path / "page" / PAGE).read_text(encoding="utf-8")
    assert "| Stillwatch | 100 % (100 to 100) |" in page
    assert "| request volume |" in page and "accounts only" in page
    kinds = set(pq.read_table(attacked / "labels.parquet")["kind"].to_pylist())
    assert all(f"| {kind} |" in page for kind in kinds)
    plot = (tmp_path / "page" / PLOT).read_text(encoding="utf-8")
    assert "request volume" in plot and "Stillwatch" in plot
    write_page(compared(attacked, tmp_path), tmp_path / "again")
    assert (tmp_path / "again" / PLOT).read_bytes() == (tmp_path / "page" / PLOT).read_bytes()


def test_a_page_without_a_place_for_a_block_is_refused(tmp_path):
    with pytest.raises(LookupError, match="no place for 'nothing of the kind'"):
        pages.fill("error-rate-checked.md", {"nothing of the kind": "x"}, "bench.calibration", tmp_path)


def test_every_generated_part_of_the_docs_has_its_place(tmp_path):
    from bench import ablation, calibration, modes

    for page, module, names in (
        ("error-rate-checked.md", "bench.calibration", ("rates", "power")),
        ("what-each-channel-adds.md", "bench.ablation", ("ablation",)),
        ("what-it-cannot-see.md", "bench.limits", ("limits",)),
        ("../how-to/scan-without-prompts.md", "bench.modes", ("modes",)),
    ):
        pages.fill(page, dict.fromkeys(names, "| here |"), module, tmp_path / "explanation")
        assert (tmp_path / "explanation" / page).read_text(encoding="utf-8").count("| here |") == len(names)
    assert set(calibration.blocks(_Any())) == {"rates", "power"}
    assert set(ablation.blocks(_Any())) == {"ablation"}
    assert set(modes.blocks(_Any())) == {"modes"}


class _Any(dict):  # type: ignore[type-arg]
    def __missing__(self, key: str) -> float:
        return 0.5


def test_an_answer_lists_its_campaigns_once(tmp_path):
    write_answer(tmp_path, pa.array(["a", "b", "c"]), Scores(np.array([1.0, 1.0, 0.0]), np.array([4, 4, 4])), 0.5)
    assert pq.read_table(tmp_path / "campaigns.parquet")["campaign"].to_pylist() == ["group 4"]
