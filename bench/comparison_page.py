"""Writes what a program can of docs/explanation/detectors-compared.md: its tables, between marks, and its plot."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from bench import science
from bench.baselines.registry import baselines
from bench.comparison import PRODUCT, Comparison, Row
from bench.worlds import ROOT
from stillwatch.errors import MissingExtraError

FOLDER = ROOT / "docs" / "explanation"
PAGE, PLOT = "detectors-compared.md", "detectors-compared.svg"
_BLOCK = "<!-- {name}: `python -m bench.science --write-docs` writes it -->"
_END = "<!-- end of {name} -->"


def write_page(comparisons: list[Comparison], out: Path | None = None) -> None:
    """Fill the marked blocks of the page and draw the plot, in `out` or where the docs are."""
    text = (FOLDER / PAGE).read_text(encoding="utf-8")
    for name, block in _blocks(comparisons).items():
        start, end = _BLOCK.format(name=name), _END.format(name=name)
        pattern = f"{re.escape(start)}.*?{re.escape(end)}"
        assert re.search(pattern, text, flags=re.DOTALL), f"{PAGE} has no place for {name}"
        text = re.sub(pattern, lambda _, body=f"{start}\n{block}\n{end}": body, text, flags=re.DOTALL)
    folder = out or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(text, encoding="utf-8")
    draw(comparisons, folder / PLOT)


def _blocks(comparisons: list[Comparison]) -> dict[str, str]:
    found = {}
    for comparison in comparisons:
        share = f"{comparison.share:.0%}"
        found[f"all at {share}"] = overview(comparison)
        found[f"campaigns at {share}"] = by_campaign_kind(comparison)
        found[f"innocent at {share}"] = by_benign_kind(comparison)
    return found


def overview(comparison: Comparison) -> str:
    """One row a method."""
    head = (
        "detector",
        "mean campaign recall",
        "account recall",
        "innocent accounts flagged",
        "worst innocent kind",
        "precision",
        "campaigns recovered",
        "false campaigns",
        "set to",
    )
    rows = []
    for method in science.methods(comparison):
        runs = science.rows_of(comparison, method)
        groups = any(run.score.campaigns_recovered or run.score.campaigns > 200 for run in runs)
        alone = method != PRODUCT and not _groups(method)
        rows.append(
            (
                title(method),
                _interval(comparison, method, "mean_campaign_recall"),
                _interval(comparison, method, "recall"),
                _interval(comparison, method, "fpr", 2),
                f"{np.mean([run.score.worst_kind_fpr for run in runs]):.1%}",
                f"{np.mean([run.score.precision for run in runs]):.2f}",
                "names accounts only" if alone else _recovered(runs),
                "–" if alone else f"{np.mean([run.score.false_campaigns for run in runs]):.1f}",
                "its default rate" if method == PRODUCT else comparison.choices[method].configuration,
            )
        )
        del groups
    return _table(head, rows)


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
            for number, (comparison, colour) in enumerate(zip(comparisons, ("#1f5fa8", "#d9822b"), strict=False)):
                for place, method in enumerate(order):
                    mean, low, high = science.interval(science.values(comparison, method, name))
                    y = place + 0.14 - 0.28 * number
                    axis.plot([100 * low, 100 * high], [y, y], color=colour, linewidth=2.2, alpha=0.5)
                    text = f"{comparison.share:.0%} of accounts attack" if place == 0 else None
                    axis.plot(100 * mean, y, "os"[number], color=colour, markersize=6, label=text)
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
        axes[0].legend(loc="lower right", frameon=True)
        figure.tight_layout()
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
    path.write_text("\n".join(line.rstrip() for line in path.read_text("utf-8").splitlines()) + "\n", "utf-8")


_PANELS = {
    "mean_campaign_recall": "mean campaign recall, per cent",
    "fpr": "innocent accounts flagged, per cent",
}


def title(method: str) -> str:
    """How a method is called in print."""
    return "Stillwatch" if method == PRODUCT else baselines()[method].title


def _groups(method: str) -> bool:
    return method.startswith(("embeddings_leiden", "shared_infrastructure"))


def _recovered(runs: list[Row]) -> str:
    whole, there = (sum(getattr(run.score, name) for run in runs) for name in ("campaigns_recovered", "true_campaigns"))
    return f"{whole} of {there}"


def _interval(comparison: Comparison, method: str, figure: str, digits: int = 0) -> str:
    mean, low, high = science.interval(science.values(comparison, method, figure))
    return f"{mean:.{digits}%} ({100 * low:.{digits}f}–{100 * high:.{digits}f})"


def _by_kind(
    comparison: Comparison, what: str, read: Callable[[Iterable[Row]], dict[str, list[float]]], digits: int
) -> str:
    order = science.methods(comparison)
    columns = [read(science.rows_of(comparison, method)) for method in order]
    rows = [(kind, *(f"{100 * np.mean(column[kind]):.{digits}f}" for column in columns)) for kind in sorted(columns[0])]
    return _table((f"{what}, per cent", *map(title, order)), rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
