"""Writes what a program can of docs/explanation/detectors-compared.md: its tables, between marks, and its plot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from bench import science
from bench.baselines.registry import baselines
from bench.comparison import LENIENT, PRODUCT, Comparison, Row
from bench.pages import FOLDER, fill, interval_text, table
from stillwatch.errors import MissingExtraError

PAGE, PLOT = "detectors-compared.md", "detectors-compared.svg"
_MARKS = (("o", "#1f5fa8"), ("s", "#d9822b"), ("^", "#3c8d4f"))
_PANELS = {
    "mean_campaign_recall": "mean campaign recall, per cent",
    "fpr": "innocent accounts flagged, per cent",
}


def write_page(comparisons: list[Comparison], out: Path | None = None) -> None:
    """Fill the marked blocks of the page and draw the plot, in `out` or where the docs are."""
    fill(PAGE, blocks(comparisons), "bench.science", out)
    draw(comparisons, (out or FOLDER) / PLOT)


def blocks(comparisons: list[Comparison]) -> dict[str, str]:
    """The generated parts of the page, by the name of their marks."""
    sections = []
    for comparison in comparisons:
        sections += [
            f"## {comparison.setting.title}",
            overview(comparison),
            "### Found, by kind of campaign",
            by_campaign_kind(comparison),
            "### Innocent accounts flagged, by kind of customer",
            by_benign_kind(comparison),
        ]
    return {"results": "\n\n".join(sections)}


def overview(comparison: Comparison) -> str:
    """One row a method."""
    head = (
        "detector",
        "mean campaign recall",
        "account recall",
        "innocent accounts flagged",
        "worst innocent kind",
        "campaigns recovered",
        "false campaigns a world",
        f"recall / flagged when set to {LENIENT:.0%}",
        "set to",
    )
    rows = []
    for method in science.methods(comparison):
        runs = science.rows_of(comparison, method)
        choice = comparison.choices.get(method)
        alone = choice is not None and not choice.groups
        second = comparison.lenient.get(method)
        rows.append(
            (
                title(method),
                _interval(comparison, method, "mean_campaign_recall"),
                _interval(comparison, method, "recall"),
                _interval(comparison, method, "fpr", 2),
                f"{100 * np.mean([run.score.worst_kind_fpr for run in runs]):.1f} %",
                "accounts only" if alone else _recovered(runs),
                "accounts only" if alone else f"{np.mean([run.score.false_campaigns for run in runs]):.1f}",
                "" if second is None else f"{100 * second[0]:.0f} % / {100 * second[1]:.1f} %",
                "its default rate" if choice is None else choice.configuration,
            )
        )
    worlds = len(science.rows_of(comparison, PRODUCT))
    return f"{worlds} worlds; in brackets, the 95 % bootstrap interval over worlds.\n\n{table(head, rows)}"


def by_campaign_kind(comparison: Comparison) -> str:
    """Share of accounts found, by campaign kind (rows) and method (columns), in per cent."""

    def recall(runs: Iterable[Row]) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for run in runs:
            for one in run.score.per_campaign:
                found.setdefault(run.kinds[one.campaign], []).append(one.recall)
        return found

    return _by_kind(comparison, "campaign kind", recall, 0)


def by_benign_kind(comparison: Comparison) -> str:
    """Share of innocent accounts flagged, by kind (rows) and method (columns), in per cent."""

    def flagged(runs: Iterable[Row]) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for run in runs:
            for kind, share in run.score.fpr_by_kind.items():
                found.setdefault(kind, []).append(share)
        return found

    return _by_kind(comparison, "innocent kind", flagged, 1)


def draw(comparisons: list[Comparison], path: Path) -> None:
    """Recall and false positives of every method with their intervals, one colour a prevalence, as SVG."""
    try:
        import matplotlib
    except ImportError as cause:
        raise MissingExtraError("drawing the comparison", "bench") from cause
    matplotlib.use("svg")
    from matplotlib import pyplot

    order = science.methods(comparisons[0])[::-1]
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "stillwatch", "font.family": "sans-serif"}):
        figure, axes = pyplot.subplots(1, 2, figsize=(10, 0.42 * len(order) + 1.3), sharey=True)
        for axis, (name, label) in zip(axes, _PANELS.items(), strict=True):
            for number, (comparison, (marker, colour)) in enumerate(zip(comparisons, _MARKS, strict=False)):
                for place, method in enumerate(order):
                    mean, low, high = science.interval(science.values(comparison, method, name))
                    y = place + 0.22 - 0.22 * number
                    axis.plot([100 * low, 100 * high], [y, y], color=colour, linewidth=2.2, alpha=0.5)
                    text = comparison.setting.title.lower() if place == 0 else None
                    axis.plot(100 * mean, y, marker, color=colour, markersize=6, label=text)
            axis.set_xlabel(label)
            axis.grid(axis="x", color="#dddddd")
            axis.set_axisbelow(True)
            axis.spines[["top", "right"]].set_visible(False)
        axes[0].set_yticks(range(len(order)), [title(method) for method in order])
        axes[0].set_xlim(-2, 102)
        axes[1].set_xscale("symlog", linthresh=0.1)
        axes[1].set_xlim(-0.01, 100)
        ticks = (0, 0.1, 0.3, 1, 10, 100)
        axes[1].set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes[1].axvline(0.3, color="#888888", linestyle=":", linewidth=1)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="upper center", ncols=len(comparisons), frameon=False)
        figure.tight_layout(rect=(0, 0, 1, 0.95))
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)


def title(method: str) -> str:
    """How a method is called in print."""
    return "Stillwatch" if method == PRODUCT else baselines()[method].title


def _recovered(runs: list[Row]) -> str:
    whole, there = (sum(getattr(run.score, name) for run in runs) for name in ("campaigns_recovered", "true_campaigns"))
    return f"{whole} of {there}"


def _interval(comparison: Comparison, method: str, figure: str, digits: int = 0) -> str:
    return interval_text(*science.interval(science.values(comparison, method, figure)), digits=digits)


def _by_kind(
    comparison: Comparison, what: str, read: Callable[[Iterable[Row]], dict[str, list[float]]], digits: int
) -> str:
    order = science.methods(comparison)
    columns = [read(science.rows_of(comparison, method)) for method in order]
    rows = [[kind, *(f"{100 * np.mean(column[kind]):.{digits}f}" for column in columns)] for kind in sorted(columns[0])]
    return table((f"{what}, per cent", *map(title, order)), rows)
