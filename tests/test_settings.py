"""The settings of a scan: what is refused and in which words, and what scan.json says of the rest."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import stillwatch
from stillwatch.errors import InputError, UsageError
from stillwatch.settings import Settings, listed

GOOD = '{"time": "2026-05-04T00:00:00Z", "account": "a", "prompt": "hello"}\n'


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_text(GOOD * 3)
    return path


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("accounts", pa.table({"account": ["a"]}), "accounts has to be a path, not Table"),
        ("accounts", "", "accounts is empty"),
        ("accounts", ["a.csv"], "accounts has to be a path, not list"),
        ("baseline", [], "baseline is an empty list"),
        ("baseline", 3, "baseline has to be a path, not int"),
        ("rate", "0.01", "rate has to be a number between 0 and 1, not str"),
        ("rate", None, "rate has to be a number"),
        ("rate", True, "rate True is not between"),
        ("format", Path("litellm"), "format has to be the name of a log format, not PosixPath"),
        ("mapping", {"time": "t"}, "mapping has to be a path, not dict"),
        ("channels", "content", "channels has to be a list of names out of content, timing"),
        ("channels", [], "channels has to be a list"),
        ("channels", ["nope"], "no channel called nope; known: content, timing"),
        ("allow", "", "allow is empty"),
        ("decisions", 1, "decisions has to be a path, not int"),
        ("engine", "dask", "no engine called dask; known: local, spark"),
        ("engine", None, "no engine called None"),
        ("mode", [], r"no mode called \[\]; known: full"),
        ("key", "key", "for the mode sketches, not full"),
        ("master", "yarn", "a master is a Spark cluster's"),
        ("memory", 4e9, "memory has to be a size such as '4GB', not float"),
        ("memory", "much", "'much' is no size"),
        ("resume", "yes", "resume has to be True or False, not str"),
        ("resume", True, "only a scan with a workspace"),
        ("workspace", "w\udcff.duckdb", r"workspace: the name of w\\xff.duckdb is not UTF-8"),
        ("out", 3, "out has to be a path, not int"),
        ("out", "", "out is empty"),
        ("progress", True, "progress has to be a function"),
    ],
)
def test_an_argument_that_can_not_be_is_refused_before_anything_is_read(option, value, said):
    with pytest.raises(UsageError, match=said):
        stillwatch.scan("nowhere.jsonl", **{option: value})


@pytest.mark.parametrize(
    ("logs", "said"),
    [
        (5, "logs has to be a path, not int"),
        (None, "not NoneType"),
        (b"log.jsonl", "not bytes"),
        (pa.table({"account": ["a"]}), "not Table: the local engine reads files"),
        (["log.jsonl", 3], "not int"),
        (np.array(["log.jsonl", "b.jsonl"]), "not ndarray"),
        ([], "logs is an empty list"),
        ("", "logs is empty"),
    ],
)
def test_what_is_no_log_is_refused(logs, said):
    with pytest.raises(UsageError, match=said):
        stillwatch.scan(logs)


@pytest.mark.parametrize(
    "options",
    [
        {"workspace": "w.duckdb", "engine": "spark"},
        {"workspace": "w.duckdb", "mode": "sketches"},
    ],
)
def test_settings_that_do_not_fit_together_are_refused(options):
    with pytest.raises(UsageError, match="workspace"):
        Settings(logs=("log.jsonl",), **options)


def test_one_log_or_several_in_any_collection():
    assert listed("a") == ("a",)
    assert listed(Path("a")) == (Path("a"),)
    assert listed(["a", "b"]) == listed(name for name in ("a", "b")) == ("a", "b")


def test_the_facts_are_the_options_as_they_were_given():
    told = Settings(
        logs=("a.jsonl", Path("b\udcff.jsonl")),
        accounts=Path("c.csv"),
        baseline=("old",),
        channels=frozenset({"timing", "content"}),
        memory="4GB",
        out="answer",
    ).facts("canonical")
    assert json.loads(json.dumps(told)) == {
        "logs": ["a.jsonl", "b\\xff.jsonl"],
        "accounts": "c.csv",
        "baseline": ["old"],
        "rate": 0.01,
        "format": "canonical",
        "mapping": None,
        "channels": ["content", "timing"],
        "allow": None,
        "decisions": None,
        "engine": "local",
        "mode": "full",
        "workspace": None,
        "key": None,
    }
    assert Settings(logs=(object(),), engine="spark").facts("x")["logs"] == ["a DataFrame"]


def test_an_answer_folder_that_takes_no_files_is_said_before_the_log_is_read(log, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="no folder can be made there"):
        stillwatch.scan("nowhere.jsonl", out=tmp_path / "file" / "answer")
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path / "locked" or not mode & os.W_OK)
    with pytest.raises(UsageError, match="locked: may not be written into"):
        stillwatch.scan("nowhere.jsonl", out=tmp_path / "locked")
    with pytest.raises(InputError, match="nowhere"):
        stillwatch.scan("nowhere.jsonl", out=tmp_path / "open")


def test_an_account_table_of_others_is_remarked_upon(log, tmp_path):
    table = tmp_path / "accounts.csv"
    table.write_text("account,plan\nstranger,pro\n")
    (note,) = stillwatch.scan(log, accounts=table).facts["notes"]  # type: ignore[misc]
    assert note.startswith("the account table lacks all accounts of the log")
    table.write_text("account,plan\na,pro\n")
    assert stillwatch.scan(log, accounts=table).facts["notes"] == []
