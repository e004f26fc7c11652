"""The plots of a run, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stillwatch.extras import require

_TESTS = (("twins", "#1b6ca8"), ("mark", "#c2571a"), ("mark, closed box", "#e0a96d"))
_LINES = ((3, "p = 0.001"), (6, "p = 0.000001"))
_TICKS = (0, 3, 6, 10, 20, 50, 100, 200, 300)
_GREY = "#8a8a8a"
_ON_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1}


def draw_plots(results: Mapping[str, Any], out: Path) -> list[Path]:
    """Write students.svg and, where it was measured, countermeasures.svg into `out`."""
    matplotlib = require("matplotlib", feature="the lab's plots", extra="lab")
    figure = require("matplotlib.figure", feature="the lab's plots", extra="lab")
    style = {"svg.hashsalt": "stillwatch", "svg.fonttype": "none", "font.size": 10, "font.family": "sans-serif"}
    written = []
    with matplotlib.rc_context(style):
        for name, draw in (("students", _students), ("countermeasures", _countermeasures)):
            if results.get(name):
                made = draw(results[name], figure.Figure)
                path = out / f"{name}.svg"
                made.savefig(path, format="svg", bbox_inches="tight", metadata={"Date": None})
                written.append(path)
    return written


def _students(students: Mapping[str, Any], new: Any) -> Any:
    names = list(students)
    made = new(figsize=(8, 0.45 * len(names) + 1.2), layout="constrained")
    axes = made.subplots()
    for shift, (test, colour) in zip((-0.27, 0.0, 0.27), _TESTS, strict=True):
        values = [_strength(students[name]["tests"].get(test, {})) for name in names]
        axes.barh([i + shift for i in range(len(names))], values, height=0.25, color=colour, label=test)
    for at, label in _LINES:
        axes.axvline(at, color=_GREY, linewidth=0.8, linestyle="--")
        axes.text(at, -0.85, label, fontsize=8, color=_GREY, ha="center", va="bottom", bbox=_ON_PAPER)
    axes.set_yticks(range(len(names)), [f"{name} ({students[name]['role']})" for name in names])
    axes.invert_yaxis()
    axes.set_xscale("symlog", linthresh=10)
    most = max((_strength(students[name]["tests"].get(test, {})) for name in names for test, _ in _TESTS), default=0.0)
    ticks = [tick for tick in _TICKS if tick <= max(10.0, most)]
    axes.set_xticks(ticks, [f"{tick}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("evidence against the student: -log10 of the p-value")
    made.legend(loc="outside lower center", ncols=3, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return made


def _strength(test: Mapping[str, Any]) -> float:
    return max(0.0, -math.log10(test["p_value"])) if "p_value" in test else 0.0


def _countermeasures(outcomes: list[Mapping[str, Any]], new: Any) -> Any:
    made = new(figsize=(8, 0.45 * len(outcomes) + 1.2), layout="constrained")
    axes = made.subplots()
    rows = range(len(outcomes))
    for key, label, shift, colour in (
        ("student_score", "student's right answers", -0.26, "#c2571a"),
        ("user_score", "user's right answers", 0.0, "#1b6ca8"),
        ("steps_shown", "reasoning that the user sees", 0.26, "#7aa874"),
    ):
        axes.barh([i + shift for i in rows], [o[key] for o in outcomes], height=0.24, color=colour, label=label)
    axes.axvline(0.1, color=_GREY, linewidth=0.8, linestyle="--")
    axes.text(0.1, -0.75, "guessing", fontsize=8, color=_GREY, ha="center", va="bottom", bbox=_ON_PAPER)
    axes.set_yticks(rows, [str(o["name"]).replace("_", " ") for o in outcomes])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    made.legend(loc="outside lower center", ncols=3, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return made
