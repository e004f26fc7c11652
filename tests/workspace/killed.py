"""Scans a log in processes that are killed at random times, then once undisturbed: `python killed.py LOGS PLACE KILLS SEED`.

Each process goes on from the workspace that the one before left. Prints what happened, as JSON. The processes are
forks of this one, so that they need not import and compile anew: all their time is spent scanning.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import stillwatch
from stillwatch.workspace import reading

reading.EVERY, reading.SHARE = 0.0, 1e9  # a checkpoint after every batch


def scan(logs: Path, place: Path) -> None:
    stillwatch.scan(logs, workspace=place / "w.duckdb", resume=True, out=place / "answer")


def main(logs: Path, place: Path, kills: int, seed: int) -> None:
    rng = random.Random(seed)
    killed, sizes = 0, []
    for _ in range(kills):
        child = os.fork()
        if child == 0:
            scan(logs, place)
            os._exit(0)
        time.sleep(rng.uniform(0.2, 1.5))
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        killed += os.waitpid(child, 0)[1] == signal.SIGKILL
        workspace = place / "w.duckdb"
        sizes.append(workspace.stat().st_size if workspace.exists() else 0)
    scan(logs, place)
    print(json.dumps({"killed": killed, "sizes": sizes}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
