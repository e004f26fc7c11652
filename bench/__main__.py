"""`python -m bench NAME [--json] [--small]`: run one benchmark and print its figures.

A benchmark is a file in this folder with a docstring that says what it shows and how long it takes, and a function
`measure(options: Options) -> dict[str, float]`. Nothing else has to be registered.
"""

from __future__ import annotations

import ast
import importlib
import json
import math
import statistics
import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from scipy.stats import t as student

from bench.worlds import SHARED_PROMPTS, Options
from stillwatch.errors import StillwatchError

HERE = Path(__file__).parent


def benchmarks() -> dict[str, str]:
    """Name and docstring of every benchmark: the files here that define `measure`. Nothing is imported."""
    found = {}
    for path in sorted(HERE.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "measure" for node in tree.body):
            found[path.stem] = ast.get_docstring(tree) or ""
    return found


def interval(values: list[float]) -> tuple[float, float, float]:
    """Mean and its 95 % Student interval; the interval is infinitely wide for one value."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, -math.inf, math.inf
    half = float(student.ppf(0.975, len(values) - 1)) * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Benchmarks: " + "; ".join(f"{name}: {text.splitlines()[0]}" for name, text in benchmarks().items()),
)
@click.argument("name", type=click.Choice(list(benchmarks())))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object of plain numbers on the last line.")
@click.option("--small", is_flag=True, help="A reduced size, under a minute, for tests.")
@click.option("--prompts", type=click.Path(exists=True, path_type=Path), help="Real prompts and traces.")
@click.option("--seeds", type=click.IntRange(1), default=1, help="Repeat on this many worlds; print mean and interval.")
@click.option("--first-seed", type=int, default=None, help="Seed of the first world, the preset's own by default.")
def main(name: str, as_json: bool, small: bool, prompts: Path | None, seeds: int, first_seed: int | None) -> None:
    """Run the benchmark NAME and print its figures.

    Worlds are composed from the prompts in ../shared/data where that folder exists, else from the range's own grammar,
    and kept in worlds/.
    """
    if prompts is None and SHARED_PROMPTS.is_dir() and not small:
        prompts = SHARED_PROMPTS
    options = Options(prompts=prompts, small=small, seed=first_seed)
    measure = importlib.import_module(f"bench.{name}").measure
    runs: list[dict[str, float]] = []
    for index in range(seeds):
        seed = first_seed if seeds == 1 else (first_seed or 1) + index
        runs.append(measure(replace(options, seed=seed)))
    figures: dict[str, float] = {}
    for key in runs[0]:
        mean, low, high = interval([run[key] for run in runs])
        figures[key] = mean
        if seeds > 1:
            figures |= {f"{key}_low": low, f"{key}_high": high}
    if not as_json:
        table = Table("figure", "value", title=f"{name}{' (small)' if small else ''}, {seeds} world(s)")
        for key, value in figures.items():
            table.add_row(key, f"{value:,.4g}" if isinstance(value, float) else f"{value:,}")
        Console().print(table)
        return
    plain = {key: round(value, 6) if math.isfinite(value) else None for key, value in figures.items()}
    click.echo(json.dumps(plain))


if __name__ == "__main__":
    try:
        main(prog_name="python -m bench")
    except StillwatchError as error:
        sys.exit(f"bench: {error}")
