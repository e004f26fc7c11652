"""The how-to's mapping reads the how-to's log."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from stillwatch.exchange import ACCOUNT_FIELDS, EXCHANGE_FIELDS
from stillwatch.logs import CAUSES, FORMATS

from .support import read

DOCS = Path(__file__).parents[2] / "docs"


def block(page: str, language: str) -> str:
    found = re.search(rf"^ *```{language}\n(.*?)^ *```", page, flags=re.DOTALL | re.MULTILINE)
    assert found
    return dedent(found.group(1))


def test_the_how_to_works(tmp_path: Path) -> None:
    page = (DOCS / "how-to" / "read-another-log.md").read_text()
    (tmp_path / "ours.jsonl").write_text(block(page, "json"))
    (tmp_path / "columns.toml").write_text(block(page, "toml"))
    table, stream = read(tmp_path / "ours.jsonl", mapping=tmp_path / "columns.toml")
    assert stream.rejected == {}
    (first,) = table.to_pylist()
    assert (first["account"], first["model"], first["prompt"], first["turns"]) == ("c-17", "large", "Why?", 1)
    assert (first["input_tokens"], first["output_tokens"], first["status"]) == (12, 340, "ok")


def test_the_reference_names_every_format_field_and_cause() -> None:
    page = (DOCS / "reference" / "log-formats.md").read_text()
    for word in [*(f.name for f in FORMATS), *(f.name for f in (*EXCHANGE_FIELDS, *ACCOUNT_FIELDS)), *CAUSES]:
        assert f"`{word}`" in page, word
