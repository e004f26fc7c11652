"""What the command answers to bad input: status 2 and one line that names the place, or the row is set aside."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stillwatch.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)


def row(index: int, **changes: object) -> str:
    exchange = {
        "exchange_id": f"e{index}",
        "time": f"2026-05-01T00:00:{index % 60:02d}Z",
        "account": f"account-{index % 7}",
        "model": "m",
        "prompt": f"what is {index} plus one?",
    }
    return json.dumps({**exchange, **changes})


def lines(count: int = 100) -> list[str]:
    return [row(index) for index in range(count)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(lines()) + "\n")
    return path


def assert_one_line(done: subprocess.CompletedProcess[str], *said: str) -> None:
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("stillwatch: ")
    assert "Traceback" not in done.stderr
    for word in said:
        assert word in done.stderr


def test_scanned_with_nothing_found_is_status_0(log, tmp_path):
    done = run("scan", log, "--out", tmp_path / "answer")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b[" not in done.stdout, "no colours when piped"
    assert pq.read_metadata(tmp_path / "answer" / "campaigns.parquet").num_rows == 0


def test_no_such_log(tmp_path):
    assert_one_line(run("scan", tmp_path / "nowhere.parquet", "--out", tmp_path / "answer"), "nowhere.parquet")
    assert not (tmp_path / "answer" / "accounts.parquet").exists()


def test_an_empty_folder(tmp_path):
    (tmp_path / "logs").mkdir()
    assert_one_line(run("scan", tmp_path / "logs", "--out", tmp_path / "answer"), "logs")


def test_an_empty_file(tmp_path):
    (tmp_path / "empty.jsonl").touch()
    assert_one_line(run("scan", tmp_path / "empty.jsonl", "--out", tmp_path / "answer"), "empty.jsonl")


@pytest.mark.parametrize("field", ["time", "account"])
def test_a_missing_required_column_is_named(field, tmp_path):
    path = tmp_path / "log.jsonl"
    rows = [{k: v for k, v in json.loads(line).items() if k != field} for line in lines()]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert_one_line(run("scan", path, "--out", tmp_path / "answer", "--format", "canonical"), "log.jsonl", field)


def test_an_unknown_format_lists_the_known(log, tmp_path):
    assert_one_line(run("scan", log, "--out", tmp_path / "answer", "--format", "frobnicate"), "frobnicate", "litellm")


@pytest.mark.parametrize("option", ["--accounts", "--baseline", "--mapping"])
def test_a_side_file_that_is_not_there_is_named(option, log, tmp_path):
    done = run("scan", log, "--out", tmp_path / "answer", option, tmp_path / "absent.toml")
    assert_one_line(done, "absent.toml")


def test_an_account_table_without_accounts(log, tmp_path):
    (tmp_path / "accounts.csv").write_text("customer,plan\na,pro\n")
    done = run("scan", log, "--out", tmp_path / "answer", "--accounts", tmp_path / "accounts.csv")
    assert_one_line(done, "accounts.csv", "account")


def test_a_mapping_that_is_no_toml(log, tmp_path):
    (tmp_path / "m.toml").write_text("= = =")
    assert_one_line(run("scan", log, "--out", tmp_path / "answer", "--mapping", tmp_path / "m.toml"), "m.toml")


def test_bytes_that_are_no_parquet(tmp_path):
    (tmp_path / "log.parquet").write_bytes(b"PAR1 this is not one")
    assert_one_line(run("scan", tmp_path / "log.parquet", "--out", tmp_path / "answer"), "log.parquet")


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        ('{"time": "2026-05-01T00:00:00Z", "account"', "a broken line"),
        (row(500, time="1970-01-01T00:00:00Z"), "a clock that was never set"),
        (row(501, time="9999-01-01T00:00:00Z"), "the far future"),
        (row(502, account=None), "no account"),
        (row(503, time="soon"), "no time"),
    ],
    ids=lambda value: value if " " in value and not value.startswith("{") else "",
)
def test_a_bad_row_is_set_aside_counted_and_kept(broken, what, tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join([*lines(), broken, row(600)]) + "\n")
    done = run("scan", path, "--out", tmp_path / "answer", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert sum(facts["rejected"].values()) == 1, what
    assert facts["counts"]["exchanges"] == 101
    (kept,) = (tmp_path / "answer" / "rejected.jsonl").read_text().splitlines()
    assert "log.jsonl" in json.dumps(json.loads(kept))


def test_a_truncated_gzip_is_said(tmp_path):
    path = tmp_path / "log.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines(3000)).encode())[:-200])
    done = run("scan", path, "--out", tmp_path / "answer", "--json")
    if done.returncode == 0:
        assert sum(json.loads(done.stdout)["rejected"].values()) >= 1
    else:
        assert_one_line(done, "log.jsonl.gz")


def test_bytes_that_are_no_text_and_nul_bytes_never_end_in_a_traceback(tmp_path):
    path = tmp_path / "log.jsonl"
    odd = [row(700, prompt="a\x00b").encode(), row(701).encode().replace(b"plus", b"\xff\xfe")]
    path.write_bytes(b"\n".join([*(line.encode() for line in lines()), *odd]))
    done = run("scan", path, "--out", tmp_path / "answer", "--json")
    assert done.returncode in (0, 2), done.stderr
    assert "Traceback" not in done.stderr


def test_an_answer_folder_that_cannot_be_made(log, tmp_path):
    (tmp_path / "file").touch()
    assert_one_line(run("scan", log, "--out", tmp_path / "file" / "answer"), "file")


def test_a_scan_that_fails_beside_an_earlier_answer_says_that_it_is_earlier(log: Path, tmp_path: Path) -> None:
    out = tmp_path / "answer"
    assert run("scan", log, "--out", out, "--quiet").returncode == 0
    log.write_text("no exchange\n")
    failed = run("scan", log, "--out", out)
    assert failed.returncode == 2
    assert len(failed.stderr.strip().splitlines()) == 1
    assert failed.stderr.strip().endswith(f"; the answer in {out} is of an earlier scan")
    assert "earlier" not in run("scan", log, "--out", tmp_path / "another").stderr
