"""Fills the marked parts of pages under docs/explanation/ with what a benchmark measured: no figure is typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.worlds import ROOT

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
    (folder / page).write_text(text, encoding="utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(re.sub(r"\s+", " ", cell) for cell in line) + " |" for line in lines)


def interval_text(value: float, low: float, high: float, digits: int = 0) -> str:
    """A share with its interval, in per cent."""
    return f"{100 * value:.{digits}f} % ({100 * low:.{digits}f} to {100 * high:.{digits}f})"
