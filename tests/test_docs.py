"""The docs: what a program can write is what it would write now, commands parse, links lead somewhere."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from stillwatch.cli import cli

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def _refresh():
    spec = importlib.util.spec_from_file_location("docs_refresh", ROOT / "docs" / "refresh.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _shell_lines(page: Path) -> Iterator[str]:
    for block in re.findall(r"```(?:bash|sh|console)\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip():
                yield line.strip().removeprefix("$ ")


COMMANDS = [(page.relative_to(ROOT), line) for page in PAGES for line in _shell_lines(page)]


def _words_of(line: str) -> list[str]:
    words = shlex.split(line, comments=True)
    return words[: words.index("|")] if "|" in words else words


def _parse(words: list[str]) -> None:
    """Resolve and parse a command line of stillwatch without running it."""
    command: click.Command = cli
    context = click.Context(cli, info_name="stillwatch", **cli.context_settings)
    while isinstance(command, click.Group):
        name, *words = words
        found = command.get_command(context, name)
        assert found is not None, f"no command {name}"
        command, context = found, click.Context(found, info_name=name, parent=context)
    try:
        command.make_context(context.info_name, words, parent=context.parent)
    except click.BadParameter as error:
        if "does not exist" not in str(error):
            raise


@pytest.mark.parametrize(
    "line", [pytest.param(line, id=f"{page}: {line}") for page, line in COMMANDS if "stillwatch " in line.split("#")[0]]
)
def test_every_stillwatch_command_in_the_docs_parses(line):
    words = _words_of(line)
    if Path(words[0]).name == "stillwatch":
        _parse(words[1:])


@pytest.mark.parametrize("line", sorted({line for _, line in COMMANDS if line.startswith("make ")}))
def test_every_make_target_in_the_docs_exists(line):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert _words_of(line)[1] in targets


def test_every_benchmark_in_the_docs_exists():
    names = {name for page in PAGES for name in re.findall(r"python -m bench (\w+)", page.read_text(encoding="utf-8"))}
    assert {"quiet", "standard"} <= names
    assert all((ROOT / "bench" / f"{name}.py").is_file() for name in names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_a_page_and_a_heading(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), flags=re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, f"{page.name} links to {target}"


def test_every_page_is_reachable_from_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")} - {"index.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


@pytest.mark.parametrize(("name", "written"), [("cli.md", "cli_reference"), ("signals.md", "signals_reference")])
def test_reference_pages_are_what_the_program_says(name, written):
    page = ROOT / "docs" / "reference" / name
    assert page.read_text(encoding="utf-8") == getattr(_refresh(), written)(), "run `make readme`"


def test_the_readme_shows_what_the_demo_prints_and_nothing_else():
    refresh = _refresh()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count(refresh.START) == readme.count(refresh.END) == 1
    section = readme.partition(refresh.START)[2].partition(refresh.END)[0]
    assert [f"$ stillwatch {line}" for line in refresh.DEMO[1:]] == re.findall(r"^\$ .*", section, flags=re.MULTILINE)
    assert refresh.with_demo(readme, "a\\1b").count("a\\1b") == 1
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"$(BIN)/stillwatch {line}" in makefile for line in refresh.DEMO)


def test_the_tutorial_runs_as_it_is_written(tmp_path):
    lines = list(_shell_lines(ROOT / "docs" / "tutorial" / "first-scan.md"))
    ran = [line for line in lines if line.startswith("stillwatch ")]
    assert len(ran) >= 4
    for line in ran:
        done = subprocess.run(
            [sys.executable, "-m", "stillwatch.cli", *_words_of(line)[1:]],
            cwd=tmp_path,
            env=os.environ | {"NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"
    assert (tmp_path / "answer" / "report.html").stat().st_size > 1000
