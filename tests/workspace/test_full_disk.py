"""A workspace that can't grow: one clear line, and it opens and goes on once there is room."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from stillwatch.workspace import Store

from . import logs
from .test_killed import same_answer

#: Scans with a checkpoint after every batch of 2,048 rows, in a process whose files may have this many bytes each.
SCAN = """
import resource, sys
from stillwatch.cli import main
from stillwatch.logs import columnar, lines, raw
from stillwatch.workspace import reading
import stillwatch.scanning
reading.EVERY, reading.SHARE = 0.0, 1e9
for module in (raw, lines, columnar):
    module.BATCH_ROWS = 2048
if int(sys.argv[1]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
main(sys.argv[2:])
"""


@pytest.mark.skipif(importlib.util.find_spec("resource") is None, reason="files can't be limited on this system")
def test_a_full_disk_is_said_in_a_line_and_loses_nothing(tmp_path: Path) -> None:
    log = logs.write_lines(tmp_path / "log.jsonl", logs.rows(0, 30_000))

    def scan(room: int, out: str, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", SCAN, str(room), "scan", str(log), "--out", str(tmp_path / out), "--quiet"]
        return subprocess.run([*command, *options], capture_output=True, text=True)

    workspace = tmp_path / "w.duckdb"
    full = scan(2_000_000, "answer", "--workspace", str(workspace))
    assert full.returncode == 2, full.stderr
    (line,) = full.stderr.splitlines()
    assert line.startswith(f"stillwatch: {workspace}: can't be written (")
    assert "--resume" in line
    with Store(workspace) as store:
        assert 0 < store.state["rows"] < 30_000
    again = scan(0, "answer", "--workspace", str(workspace), "--resume")
    assert again.returncode == 0, again.stderr
    assert scan(0, "undisturbed").returncode == 0
    same_answer(tmp_path / "answer", tmp_path / "undisturbed")
