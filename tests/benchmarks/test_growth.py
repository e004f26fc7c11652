"""Costs are split as they were put together, and every timed pass reads the whole log."""

from __future__ import annotations

import json

import pytest

from bench import capacity_page, growth, timed


def _point(exchanges: float, accounts: float) -> dict[str, float]:
    return {
        "exchanges": exchanges,
        "accounts": accounts,
        "cpu_seconds": 2 + 3 * exchanges / 1e6 + 40 * accounts / 1e6,
        "peak_rss_mb": 300 + 6000 * accounts / 1e6,
    }


def test_costs_are_split_as_they_were_put_together():
    sizes = [(1e5, 1e3), (1e6, 6e3), (16e6, 1e5), (64e6, 4e5), (4e6, 1e6)]
    found = growth._split([_point(*size) for size in sizes])
    assert found["fixed_cpu_seconds"] == pytest.approx(2)
    assert found["cpu_seconds_per_million_exchanges"] == pytest.approx(3)
    assert found["cpu_seconds_per_million_accounts"] == pytest.approx(40)
    assert found["fixed_mb"] == pytest.approx(300) and found["mb_per_million_accounts"] == pytest.approx(6000)
    assert found["cpu_seconds_worst_misfit"] == pytest.approx(0, abs=1e-9)


def test_every_pass_reads_the_whole_log(quiet):
    rows = json.loads((quiet / "world.json").read_text(encoding="utf-8"))["exchanges"]
    timed.write_lines(quiet)
    assert timed.PASSES["lines"](quiet, None)["rows"] == timed.PASSES["parse"](quiet, None)["rows"] == rows
    text = timed.PASSES["text"](quiet, None)
    assert 0 < text["rows"] <= rows and text["seconds"] > 0


def test_the_page_has_every_size_and_its_plot_is_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    sizes = {"exchanges": (1_000_000, 4_000_000), "accounts": (1_000, 10_000)}
    figures = {"growth_worst_ratio": 1.234, "jsonl_per_second": 5e5, "jsonl_duckdb_per_second": 6e5, "jsonl_ratio": 0.8}
    for kind, values in sizes.items():
        for size in values:
            point = {"exchanges": 2e6, "accounts": 3e3, kind: size, "seconds": 9, "analyse_seconds": 2, "bytes": 8e8}
            point |= {"cpu_seconds": 17.7, "peak_rss_mb": 812, "duckdb_seconds": 1.5}
            figures |= {f"{kind}_{size}_{name}": value for name, value in point.items()}
    figures |= growth._split(
        [_point(exchanges, accounts) for exchanges, accounts in ((1e6, 1e3), (4e6, 9e5), (9e6, 5))]
    )
    blocks = capacity_page.blocks(figures)
    assert "1,000,000" in blocks["growth"] and "4,000,000" in blocks["growth"] and "1.23 times" in blocks["growth"]
    assert "80 %" in blocks["cost"] and blocks["paper"].count("\n") == 3
    capacity_page.draw(figures, tmp_path / "plot.svg")
    assert (tmp_path / "plot.svg").read_text(encoding="utf-8").count("DuckDB") == 1
