"""The contract of `python -m bench NAME --json`: one JSON object of plain numbers on the last line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUIET = {"fpr", "worst_kind_fpr", "campaigns", "campaigns_recovered", "false_campaigns"}
DETECTION = QUIET | {"precision", "recall", "mean_campaign_recall"}
SPEED = {"scan_seconds", "duckdb_seconds", "ratio", "peak_rss_mb"}


@pytest.mark.parametrize(("name", "keys"), [("quiet", QUIET), ("standard", DETECTION | SPEED)])
def test_a_small_run_prints_the_figures(name, keys):
    command = [sys.executable, "-m", "bench", name, "--small", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert keys <= figures.keys()
    assert all(isinstance(value, int | float) for value in figures.values())


def test_every_benchmark_says_what_it_shows_and_how_long_it_takes():
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    for path in (ROOT / "bench").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        if "\ndef measure(" in source:
            assert path.stem in done.stdout
            assert "Takes" in source.split('"""')[1] and "--small" in source.split('"""')[1]
