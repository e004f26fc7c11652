"""Where detection ends: campaign recall as an operator hides better, one knob at a time.

Four kinds of campaign of sixty accounts hide among 2,700 customers. Each panel turns one knob: how much innocent
traffic the accounts carry, how many accounts a campaign has, how many requests each makes, how much of the wording is
new each time. Two lines: campaigns that share some cards, addresses and clients (`shared`), and such that share nothing
but the work queue (`apart`). One world a point, of a seed that was never tuned on; `fpr` is over all of them.
`python -m bench.limits --write-docs` writes the table and the plot of docs/explanation/what-it-cannot-see.md.

Takes about eight minutes on two cores; --small under a minute.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import stillwatch
from bench.pages import FOLDER, page_command, table
from bench.worlds import Options
from stillwatch.range import Score, WorldSpec, build_world, score_answer

FIRST_SEED, SEEDS = 21, 1
KINDS = ("breadth", "cot_bulk", "relay_low_slow", "task_generation")
SIZE, REQUESTS = 60, 40.0
LINES = {"shared": 0.6, "apart": 0.0}
PANELS: dict[str, tuple[str, tuple[float, ...]]] = {
    "camouflage": ("innocent traffic of the same accounts", (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)),
    "size": ("accounts in a campaign", (8, 15, 30, 60, 150)),
    "requests": ("requests per account", (2, 4, 8, 16, 40, 100)),
    "paraphrase": ("requests with a new wording", (0.0, 0.5, 1.0)),
}
SHARES = ("camouflage", "paraphrase")  #: knobs of the world that are shares


def measure(options: Options) -> dict[str, float]:
    first = FIRST_SEED if options.seed is None else options.seed
    seeds = range(first, first + (1 if options.small else SEEDS))
    figures: dict[str, float] = {}
    flagged = []
    for key, knobs in points(options.small):
        scores = [_score(options.prompts, WorldSpec.of("standard", seed=seed, **knobs)) for seed in seeds]
        figures[f"{key}_recall"] = float(np.mean([score.mean_campaign_recall for score in scores]))
        flagged += [score.fpr for score in scores]
    return figures | {"fpr": float(np.mean(flagged)), "worst_fpr": float(np.max(flagged))}


def points(small: bool) -> Iterator[tuple[str, dict[str, object]]]:
    """Key and knobs of every point of every panel."""
    for panel, (_, values) in PANELS.items():
        for value in (values[0], values[-1]) if small else values:
            for line, reuse in LINES.items():
                yield f"{panel}_{value:g}_{line}", _knobs(panel, value, small) | {"reuse": reuse}


def _knobs(panel: str, value: float, small: bool) -> dict[str, object]:
    size = int(value) if panel == "size" else SIZE
    customers, exchanges = (700, 20_000) if small else (2700, 130_000)
    accounts = customers + size * len(KINDS)
    requests = float(value) if panel == "requests" else REQUESTS
    hidden = {panel: value} if panel in SHARES else {}
    return {
        "campaign_kinds": KINDS,
        "accounts": accounts,
        "exchanges": exchanges,
        "attacker_share": size * len(KINDS) / accounts,
        "sizes": dict.fromkeys(KINDS, size),
        "per_account": dict.fromkeys(KINDS, requests),
        **hidden,
    }


def _score(prompts: Path | None, spec: WorldSpec) -> Score:
    with tempfile.TemporaryDirectory() as folder:
        place, answer = Path(folder) / "world", Path(folder) / "answer"
        build_world(spec, place, prompts)
        stillwatch.scan(place / "exchanges.parquet", accounts=place / "accounts.parquet", out=answer)
        return score_answer(place, answer)


def blocks(figures: dict[str, float]) -> dict[str, str]:
    """The generated parts of the page; draws the plot beside it."""
    draw(figures, FOLDER / "what-it-cannot-see.svg")
    rows = []
    for panel, (title, values) in PANELS.items():
        for value in values:
            shown = f"{value:.0%}" if panel in SHARES else f"{value:g}"
            rows.append((title, shown, *(f"{figures[f'{panel}_{value:g}_{line}_recall']:.0%}" for line in LINES)))
    head = ("knob", "value", "recall, cards and addresses shared", "recall, nothing shared")
    mean, worst = (f"{figures[key]:.2%}" for key in ("fpr", "worst_fpr"))
    said = f"Innocent accounts flagged over all these worlds: {mean}; in the worst of them {worst}."
    return {"limits": table(head, rows) + f"\n\n{said}"}


def draw(figures: dict[str, float], path: Path) -> None:
    """One panel a knob, one line each for campaigns that share infrastructure and that don't."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "stillwatch"
    plot, axes = pyplot.subplots(1, len(PANELS), figsize=(13, 3.4), sharey=True, layout="constrained")
    colours = {"shared": ("#1f5fa8", "o", "share cards and addresses"), "apart": ("#d9822b", "s", "share nothing")}
    for axis, (panel, (title, values)) in zip(axes, PANELS.items(), strict=True):
        for line, (colour, mark, label) in colours.items():
            heights = [100 * figures[f"{panel}_{value:g}_{line}_recall"] for value in values]
            axis.plot(range(len(values)), heights, color=colour, marker=mark, label=label)
        shown = [f"{value:.0%}" if panel in SHARES else f"{value:g}" for value in values]
        axis.set_xticks(range(len(values)), shown)
        axis.set_xlabel(title)
        axis.set_ylim(-3, 103)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("campaign recall, per cent")
    # Above the panels: inside any of them it would lie on a curve.
    plot.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(LINES), frameon=False)
    plot.savefig(path, metadata={"Date": None})
    pyplot.close(plot)


if __name__ == "__main__":
    page_command("what-it-cannot-see.md", measure, blocks, "bench.limits")(prog_name="python -m bench.limits")
