"""Scans a log in processes that are killed at random times: `python killed.py LOGS PLACE KILLS SEED`.

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
from stillwatch.logs import columnar, lines, raw
from stillwatch.workspace import Store, reading

reading.EVERY, reading.SHARE = 0.0, 1e9  # a checkpoint after every batch
columnar._RUN_ROWS = 8192
for module in (raw, lines, columnar):
    module.BATCH_ROWS = 2048  # type: ignore[attr-defined]


def scan(logs: Path, place: Path, told: int | None = None) -> None:
    def progress(_stage: str, _done: int, _total: int | None) -> None:
        if told is not None:
            os.write(told, b".")

    stillwatch.scan(logs, workspace=place / "w.duckdb", resume=True, out=place / "answer", progress=progress)


def main(logs: Path, place: Path, kills: int, seed: int) -> None:
    rng = random.Random(seed)
    stillwatch.scan(logs, out=place / "undisturbed")  # also brings the compiled kernels into memory
    killed, rows = 0, []
    for _ in range(kills):
        heard, told = os.pipe()
        child = os.fork()
        if child == 0:
            scan(logs, place, told)
            os._exit(0)
        os.close(told)
        for _step in range(rng.randrange(4)):  # batches that are let pass; then a moment anywhere in the next one
            os.read(heard, 1)
        time.sleep(rng.uniform(0, 0.3))
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        killed += os.waitpid(child, 0)[1] == signal.SIGKILL
        os.close(heard)
        rows.append(rows_in(place / "w.duckdb"))
    scan(logs, place)
    print(json.dumps({"killed": killed, "rows": rows}))


def rows_in(workspace: Path) -> int:
    """Exchanges in a workspace, which opens whatever happened to it."""
    if not workspace.exists():
        return 0
    with Store(workspace) as store:
        return int(store.state.get("rows", 0))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
