"""Writes what a program can of docs/explanation/capacity.md: its tables, between marks, and its plot."""

from __future__ import annotations

import re
from pathlib import Path

from bench.pages import FOLDER, table
from stillwatch.errors import MissingExtraError

PLOT = "capacity.svg"
DAY = 86_400
#: On paper: exchanges a day, and the accounts that send them.
DAYS = ((1e9, 1e7), (1e11, 1e8))
_ROW = ("exchanges", "accounts", "seconds", "cpu_seconds", "analyse_seconds", "peak_rss_mb", "duckdb_seconds")


def blocks(figures: dict[str, float]) -> dict[str, str]:
    """The generated parts of the page, by the name of their marks."""
    return {"growth": _growth(figures), "cost": _cost(figures), "paper": _paper(figures)}


def series(figures: dict[str, float], kind: str) -> list[dict[str, float]]:
    """The measured sizes of one kind (exchanges or accounts), ascending."""
    sizes = sorted({int(found[1]) for key in figures if (found := re.match(rf"{kind}_(\d+)_seconds$", key))})
    return [{name: figures[f"{kind}_{size}_{name}"] for name in (*_ROW, "bytes")} for size in sizes]


def _growth(figures: dict[str, float]) -> str:
    head = (
        "exchanges",
        "accounts",
        "scan, s",
        "of which analysis, s",
        "CPU s",
        "seconds per million exchanges",
        "over DuckDB's pass",
        "peak memory, MB",
    )
    rows = [
        (
            f"{one['exchanges']:,.0f}",
            f"{one['accounts']:,.0f}",
            f"{one['seconds']:.1f}",
            f"{one['analyse_seconds']:.1f}",
            f"{one['cpu_seconds']:.1f}",
            f"{1e6 * one['seconds'] / one['exchanges']:.2f}",
            f"{one['seconds'] / one['duckdb_seconds']:.1f}",
            f"{one['peak_rss_mb']:,.0f}",
        )
        for kind in ("exchanges", "accounts")
        for one in series(figures, kind)
    ]
    worst = figures.get("growth_worst_ratio")
    said = "" if worst is None else f"\n\nFrom a million exchanges on, the dearest is {worst:.2f} times the cheapest."
    return f"![Seconds of a scan over exchanges and over accounts]({PLOT})\n\n{table(head, rows)}{said}"


def _cost(figures: dict[str, float]) -> str:
    rows = [
        (
            what,
            f"{figures[f'fixed_{unit}']:,.1f}",
            f"{figures[f'{unit}_per_million_exchanges']:,.2f}",
            f"{figures[f'{unit}_per_million_accounts']:,.1f}",
            f"{100 * figures[f'{unit}_worst_misfit']:.0f} %",
        )
        for what, unit in (("CPU seconds", "cpu_seconds"), ("peak memory, MB", "mb"))
    ]
    lines = (
        f"JSONL is read, checked and converted at {figures['jsonl_per_second']:,.0f} exchanges a second, "
        f"{100 * figures['jsonl_ratio']:.0f} % of what DuckDB's parser alone reaches on the file "
        f"({figures['jsonl_duckdb_per_second']:,.0f})."
    )
    head = ("", "a scan", "a million exchanges", "a million accounts", "worst misfit")
    return f"{table(head, rows)}\n\n{lines}"


def _paper(figures: dict[str, float]) -> str:
    largest = series(figures, "exchanges")[-1]
    size = largest["bytes"] / largest["exchanges"]
    rows = []
    for exchanges, accounts in DAYS:
        reading = figures["cpu_seconds_per_million_exchanges"] * exchanges / 1e6
        analysis = figures["cpu_seconds_per_million_accounts"] * accounts / 1e6
        rows.append(
            (
                f"{exchanges:.0e}".replace("e+", " × 10^"),
                f"{accounts:,.0f}",
                f"{size * exchanges / 1e12:,.1f} TB",
                f"{reading / DAY:,.1f}",
                f"{reading / 3600:,.0f}",
                f"{analysis / 3600:,.1f}",
                f"{figures['mb_per_million_accounts'] * accounts / 1e6 / 1e3:,.0f} GB",
            )
        )
    head = (
        "exchanges a day",
        "accounts",
        "Parquet a day",
        "cores to keep up",
        "cores to read a day in an hour",
        "analysis, core hours",
        "memory over all machines",
    )
    return table(head, rows)


def draw(figures: dict[str, float], path: Path | None = None) -> None:
    """Seconds of a scan over exchanges and over accounts, both axes logarithmic, as SVG."""
    try:
        import matplotlib
    except ImportError as cause:
        raise MissingExtraError("drawing the growth", "bench") from cause
    matplotlib.use("svg")
    from matplotlib import pyplot

    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "stillwatch", "font.family": "sans-serif"}):
        figure, axes = pyplot.subplots(1, 2, figsize=(10, 4))
        for axis, kind in zip(axes, ("exchanges", "accounts"), strict=True):
            found = series(figures, kind)
            x = [one[kind] for one in found]
            for name, label, marker, colour in (
                ("seconds", "scan", "o", "#1f5fa8"),
                ("duckdb_seconds", "DuckDB's trivial pass", "s", "#d9822b"),
            ):
                axis.plot(x, [one[name] for one in found], f"{marker}-", color=colour, markersize=5, label=label)
            if kind == "exchanges":
                straight = [found[-1]["seconds"] * each / x[-1] for each in x]
                axis.plot(x, straight, ":", color="#888888", linewidth=1, label="proportional to exchanges")
            axis.set(xscale="log", yscale="log", xlabel=kind, ylabel="seconds")
            axis.grid(color="#dddddd")
            axis.set_axisbelow(True)
            axis.spines[["top", "right"]].set_visible(False)
        axes[0].set_title("headline world at several sizes", fontsize=10)
        axes[1].set_title(f"{series(figures, 'accounts')[0]['exchanges']:,.0f} exchanges", fontsize=10)
        axes[0].legend(frameon=False, fontsize=9)
        figure.tight_layout()
        figure.savefig(path or FOLDER / PLOT, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
