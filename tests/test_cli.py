"""The command line: exit statuses, one-line errors, what goes to stdout and what to stderr."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

import stillwatch
from stillwatch import cli, commands, scanning
from stillwatch.campaigns.model import ScanResult
from stillwatch.errors import InputError

FACTS = {"version": "0", "counts": {"exchanges": 1}}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """`stillwatch.scan` replaced by one that notes its arguments and writes scan.json."""
    seen: list[SimpleNamespace] = []

    def scan(logs, *, out, progress, **options):
        seen.append(SimpleNamespace(logs=logs, out=out, progress=progress, **options))
        Path(out).mkdir(parents=True, exist_ok=True)
        (Path(out) / "scan.json").write_text(json.dumps(FACTS) + "\n")
        return ScanResult(accounts=pa.table({"account": ["a"]}), campaigns=(), facts=dict(FACTS))

    monkeypatch.setattr(stillwatch, "scan", scan, raising=False)
    return seen


def scan_raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def scan(*_, **__):
        raise error

    monkeypatch.setattr(stillwatch, "scan", scan, raising=False)


def test_every_option_reaches_the_scan(calls, tmp_path):
    arguments = ["scan", "a.jsonl", "b.jsonl", "--out", str(tmp_path / "answer"), "--quiet"]
    arguments += ["--accounts", "acc.csv", "--baseline", "s3a://old/", "--rate", "0.01", "--format", "litellm"]
    arguments += ["--mode", "sketches", "--key", "k", "--engine", "spark", "--master", "yarn"]
    assert cli.run([*arguments, "--mapping", "m.toml"]) == 0
    (call,) = calls
    assert call.logs == ("a.jsonl", "b.jsonl")
    # As they were written: a Path would spoil a URL, and these may name tables of a cluster.
    assert (call.accounts, call.baseline, call.mapping) == ("acc.csv", "s3a://old/", "m.toml")
    assert (call.engine, call.master) == ("spark", "yarn")
    assert (call.mode, call.key) == ("sketches", "k")
    assert (call.rate, call.format, call.out) == (0.01, "litellm", str(tmp_path / "answer"))
    assert call.progress is None, "no bars when stderr is not a terminal"


def test_the_options_are_those_of_the_library():
    """But for the channels, which are for experiments, and what only a terminal has."""
    offered = {parameter.name for parameter in commands.scan_command.params}
    taken = set(inspect.signature(scanning.scan).parameters)
    assert offered - taken == {"as_json", "quiet"}
    assert taken - offered == {"channels", "progress"}


@pytest.mark.parametrize("arguments", [[], ["baseline"], ["workspace"]])
def test_a_command_that_lacks_its_verb_shows_its_help(arguments, capsys):
    cli.run(arguments)
    captured = capsys.readouterr()
    shown = captured.out + captured.err
    assert shown.startswith("Usage: stillwatch") and "\n  " in shown


@pytest.mark.parametrize("option", ["--workspace", "--baseline", "--accounts"])
def test_a_file_that_is_named_twice_is_refused(calls, option, capsys):
    assert cli.run(["scan", "log", "--out", "x", option, "one", option, "two"]) == 2
    assert f"{option} was given 2 times" in capsys.readouterr().err
    assert calls == []
    assert cli.run(["scan", "log", "--out", "x", "--rate", "0.1", "--rate", "0.2", "--help"]) == 0


def test_json_prints_scan_json_and_nothing_else(calls, tmp_path, capsys):
    assert cli.run(["scan", "log", "--out", str(tmp_path), "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == FACTS
    assert captured.err == ""


def test_quiet_prints_nothing(calls, tmp_path, capsys):
    assert cli.run(["scan", "log", "--out", str(tmp_path), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scan", "--out", "x"], "LOG"),
        (["scan", "log"], "--out"),
        (["scan", "log", "--out", "x", "--rate", "0"], "--rate"),
        (["scan", "log", "--out", "x", "--rate", "nan"], "--rate"),
        (["scan", "log", "--out", "x", "--rate", "often"], "--rate"),
        (["scan", "log", "--out", __file__], "--out"),
        (["scna"], "scna"),
        (["scan", "log", "--out", "x", "--fast"], "--fast"),
    ],
)
def test_bad_usage_is_one_line_and_status_2(arguments, said, capsys):
    assert cli.run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert said in captured.err and "--help" in captured.err


def test_bad_input_is_one_line_and_status_2(monkeypatch, tmp_path, capsys):
    scan_raising(
        monkeypatch, InputError("is not a time;\nwrite it as 2026-05-01T00:00:00Z", file="a", row=3, field="time")
    )
    assert cli.run(["scan", "a", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "stillwatch: a, row 3, field 'time': is not a time; write it as 2026-05-01T00:00:00Z\n"
    )


def test_a_file_that_may_not_be_read_is_status_2(monkeypatch, tmp_path, capsys):
    scan_raising(monkeypatch, PermissionError(13, "Permission denied", "secret.jsonl"))
    assert cli.run(["scan", "secret.jsonl", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "stillwatch: secret.jsonl: Permission denied\n"


def test_interrupt_is_status_130_without_traceback(monkeypatch, tmp_path, capsys):
    scan_raising(monkeypatch, KeyboardInterrupt())
    assert cli.run(["scan", "a", "--out", str(tmp_path)]) == 130
    assert capsys.readouterr().err.strip() == "stillwatch: interrupted"


def test_interrupt_turned_into_an_error_by_native_code_is_still_130(monkeypatch, tmp_path):
    import signal

    def scan(*_, **__):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise RuntimeError("Query interrupted") from None

    monkeypatch.setattr(stillwatch, "scan", scan, raising=False)
    assert cli.run(["scan", "a", "--out", str(tmp_path)]) == 130


def test_a_defect_is_one_line_and_status_1_and_debug_shows_it(monkeypatch, tmp_path, capsys):
    scan_raising(monkeypatch, ZeroDivisionError("oops"))
    assert cli.run(["scan", "a", "--out", str(tmp_path)]) == 1
    captured = capsys.readouterr().err
    assert captured.count("\n") == 1 and "ZeroDivisionError" in captured and "--debug" in captured
    with pytest.raises(ZeroDivisionError):
        cli.run(["--debug", "scan", "a", "--out", str(tmp_path)])


def test_the_signal_handler_is_put_back(capsys):
    import signal

    before = signal.getsignal(signal.SIGINT)
    cli.run(["--version"])
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("arguments", [["--help"], ["scan", "--help"], ["signals", "--help"], ["range", "--help"]])
def test_help_teaches_by_example(arguments, capsys):
    assert cli.run(arguments) == 0
    shown = capsys.readouterr().out
    assert "Examples:" in shown or arguments == ["range", "--help"]


def test_signals_are_listed_alike_as_text_and_as_json(capsys):
    assert cli.run(["signals", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["channel"] for row in rows} <= {"content", "timing", "infrastructure", "usage"}
    assert all(row["benign"] and row["columns"] for row in rows)
    assert cli.run(["signals"]) == 0
    text = capsys.readouterr().out
    assert all(row["name"] in text for row in rows)


def test_a_reader_that_has_seen_enough_is_no_error():
    command = f"set -o pipefail; {sys.executable} -m stillwatch.cli signals | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_does_not_import_the_heavy_parts():
    code = (
        "import sys, stillwatch.cli; stillwatch.cli.run(['scan', '--help']); print([m for m in %r if m in sys.modules])"
    )
    heavy = ["numba", "duckdb", "pyarrow", "scipy", "rich"]
    done = subprocess.run([sys.executable, "-c", code % heavy], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"
