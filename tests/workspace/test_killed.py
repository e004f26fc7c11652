"""A scan that is killed again and again gives the answer of one that nobody disturbed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from . import logs

KILLS = 14


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_killed_at_any_moment_it_goes_on_to_the_same_answer(tmp_path: Path) -> None:
    log = logs.write_day(tmp_path / "log", "day", 0, 30_000, group=8_192)
    script = Path(__file__).with_name("killed.py")
    place = tmp_path / "killed"
    place.mkdir()
    command = [sys.executable, str(script), str(log), str(place), str(KILLS), "1"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(done.stdout)
    assert told["killed"] > KILLS / 2
    assert len(set(told["rows"])) > 4  # it was killed at many places
    same_answer(place / "answer", place / "undisturbed")


def same_answer(one: Path, other: Path) -> None:
    for name in ("accounts.parquet", "campaigns.parquet"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
    assert facts(one) == facts(other)
    assert lines(one) == lines(other)


def facts(answer: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((answer / "scan.json").read_text())
    del told["settings"]["workspace"]
    return {key: value for key, value in told.items() if key not in ("timings", "workspace")}


def lines(answer: Path) -> list[str]:
    path = answer / "rejected.jsonl"
    return sorted(path.read_text().splitlines()) if path.exists() else []
