"""Fills the marked parts of pages of the docs with what a benchmark measured: no figure is typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from bench.worlds import ROOT, SHARED_PROMPTS, Options

FOLDER = ROOT / "docs" / "explanation"


def fill(page: str, blocks: Mapping[str, str], module: str, out: Path | None = None) -> None:
    """Replace what stands between each block's marks; the page is written to `out`, or where it is.

    Raises `LookupError` where the page has no marks for a block.
    """
    text = (FOLDER / page).read_text(encoding="utf-8")
    for name, block in blocks.items():
        start, end = f"<!-- {name}: `python -m {module} --write-docs` writes it -->", f"<!-- end of {name} -->"
        before, opened, rest = text.partition(start)
        _, closed, after = rest.partition(end)
        if not opened or not closed:
            raise LookupError(f"{page} has no place for '{name}': put {start} and {end} there")
        text = f"{before}{start}\n{block}\n{end}{after}"
    folder = out or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / page).parent.mkdir(parents=True, exist_ok=True)
    (folder / page).write_text(text, encoding="utf-8")


def page_command(
    page: str,
    measure: Callable[[Options], dict[str, float]],
    blocks: Callable[[dict[str, float]], dict[str, str]],
    module: str,
    draw: Callable[[dict[str, float]], None] | None = None,
) -> click.Command:
    """The command `python -m MODULE --write-docs` of a benchmark that has a page, and perhaps a plot that it draws."""

    @click.command(
        context_settings={"help_option_names": ["-h", "--help"]},
        help=f"Measure, then write the tables of {(FOLDER / page).resolve().relative_to(ROOT)}.",
    )
    @click.option("--write-docs", is_flag=True, required=True, help="Write the tables into the page.")
    @click.option("--prompts", type=click.Path(exists=True, path_type=Path), help="Real prompts and traces.")
    def main(write_docs: bool, prompts: Path | None) -> None:
        if prompts is None and SHARED_PROMPTS.is_dir():
            prompts = SHARED_PROMPTS
        if write_docs:
            figures = measure(Options(prompts=prompts))
            fill(page, blocks(figures), module)
            if draw is not None:
                draw(figures)

    return main


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(re.sub(r"\s+", " ", cell) for cell in line) + " |" for line in lines)


def interval_text(value: float, low: float, high: float, digits: int = 0) -> str:
    """A share with its interval, in per cent."""
    return f"{100 * value:.{digits}f} % ({100 * low:.{digits}f} to {100 * high:.{digits}f})"
