"""Times one scan, or one pass of DuckDB, in a fresh process of two cores: `python -m bench.timed scan|duckdb WORLD`.

Prints one JSON object: `seconds`, and `peak_rss_mb` of the process with its largest child. Interpreter start,
imports and the loading of compiled kernels are not counted: a tiny scan goes before the clock starts.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CORES = 2
YARDSTICK = "select sum(hash(prompt)), count(distinct account) from read_parquet(?)"


def compare(world: Path, warm: Path, repeats: int) -> dict[str, float]:
    """Medians of `repeats` interleaved runs of both over the exchanges of `world`; `warm` is a tiny world."""
    seconds: dict[str, list[float]] = {"scan": [], "duckdb": []}
    peak = 0.0
    _child("scan", warm, warm)  # fills the cache of compiled kernels
    _child("duckdb", world, warm)  # brings the file into the page cache
    for _ in range(repeats):
        for what in seconds:
            measured = _child(what, world, warm)
            seconds[what].append(measured["seconds"])
            if what == "scan":
                peak = max(peak, measured["peak_rss_mb"])
    scan, duckdb = statistics.median(seconds["scan"]), statistics.median(seconds["duckdb"])
    return {"scan_seconds": scan, "duckdb_seconds": duckdb, "ratio": scan / duckdb, "peak_rss_mb": peak}


def _child(what: str, world: Path, warm: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.timed", what, str(world), str(warm)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _scan(world: Path, warm: Path) -> float:
    import stillwatch

    with tempfile.TemporaryDirectory() as out:
        for place in (warm, world):
            start = time.perf_counter()
            stillwatch.scan(
                place / "exchanges.parquet", accounts=place / "accounts.parquet", out=Path(out) / place.name
            )
    return time.perf_counter() - start


def _duckdb(world: Path) -> float:
    import duckdb

    connection = duckdb.connect(config={"threads": CORES})
    start = time.perf_counter()
    connection.execute(YARDSTICK, [str(world / "exchanges.parquet")]).fetchall()
    return time.perf_counter() - start


def _peak_rss_mb() -> float:
    """Largest resident set of this process so far, with that of its largest child, in megabytes (10^6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    own, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + child) * unit / 1e6


def _main(what: str, world: str, warm: str) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    seconds = _scan(Path(world), Path(warm)) if what == "scan" else _duckdb(Path(world))
    print(json.dumps({"seconds": seconds, "peak_rss_mb": _peak_rss_mb()}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
