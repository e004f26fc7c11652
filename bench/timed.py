"""Times one pass over a world in a fresh process: `python -m bench.timed PASS WORLD WARM [OUT]`.

A pass is `scan`, `duckdb` (the trivial pass over the same Parquet), `text` (the text pass on one core), `lines` (what a
scan reads of a log as JSONL) or `parse` (DuckDB's parsing of that file). Prints one JSON object: `seconds`,
`cpu_seconds`, and `peak_rss_mb` of the process with its largest child. Interpreter start, imports and the loading of
compiled kernels are not counted: the tiny world WARM goes before the clock starts. OUT keeps the answer of a scan.
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
from collections.abc import Callable
from pathlib import Path

CORES = 2
YARDSTICK = "select sum(hash(prompt)), count(distinct account) from read_parquet(?)"
LINES = "exchanges.jsonl"  #: the log of a world as `write_lines` writes it, beside the Parquet
CHARACTERS = 400  #: length of a prompt in the text pass
STAGES = ("read", "analyse", "write")  #: of a scan, as scan.json times them
Figures = dict[str, float]


def compare(world: Path, warm: Path, repeats: int, out: Path | None = None) -> Figures:
    """Medians of `repeats` interleaved runs of both over the exchanges of `world`; `warm` is a tiny world."""
    taken: dict[str, list[Figures]] = {"scan": [], "duckdb": []}
    child("scan", warm, warm)  # fills the cache of compiled kernels
    child("duckdb", world, warm)  # brings the file into the page cache
    for _ in range(repeats):
        for what in taken:
            taken[what].append(child(what, world, warm, out if what == "scan" else None))
    scan, duckdb = (median(taken[what], "seconds") for what in taken)
    return {
        "scan_seconds": scan,
        "duckdb_seconds": duckdb,
        "ratio": scan / duckdb,
        "peak_rss_mb": max(run["peak_rss_mb"] for run in taken["scan"]),
        "scan_cpu_seconds": median(taken["scan"], "cpu_seconds"),
        "duckdb_cpu_seconds": median(taken["duckdb"], "cpu_seconds"),
        **{f"{stage}_seconds": median(taken["scan"], f"{stage}_seconds") for stage in STAGES},
    }


def median(runs: list[Figures], name: str) -> float:
    """The median of one figure of several runs."""
    return statistics.median(run[name] for run in runs)


def child(what: str, world: Path, warm: Path, out: Path | None = None) -> Figures:
    """The figures of one pass in a process of its own."""
    command = [sys.executable, "-m", "bench.timed", what, str(world), str(warm), *([str(out)] if out else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    measured: Figures = json.loads(done.stdout.splitlines()[-1])
    return measured


def write_lines(world: Path) -> None:
    """Write the exchanges of a world as JSONL too, unless they are there."""
    import duckdb

    file = world / LINES
    if not file.exists():
        unfinished = file.with_suffix(".unfinished")
        query = f"copy (from read_parquet('{world / 'exchanges.parquet'}')) to '{unfinished}' (format json)"
        duckdb.connect(config={"threads": CORES}).execute(query)
        unfinished.rename(file)


def _scan(world: Path, out: Path | None) -> Figures:
    import stillwatch

    with tempfile.TemporaryDirectory() as spare:
        found = stillwatch.scan(
            world / "exchanges.parquet", accounts=world / "accounts.parquet", out=out or Path(spare) / world.name
        )
    timings: Figures = found.facts["timings"]  # type: ignore[assignment]
    return {f"{stage}_seconds": seconds for stage, seconds in timings.items()}


def _duckdb(world: Path, _out: Path | None) -> Figures:
    import duckdb

    duckdb.connect(config={"threads": CORES}).execute(YARDSTICK, [str(world / "exchanges.parquet")]).fetchall()
    return {}


def _lines(world: Path, _out: Path | None) -> Figures:
    from stillwatch.engines.local import COLUMNS
    from stillwatch.logs import open_logs

    return {"rows": float(sum(batch.num_rows for batch in open_logs([world / LINES], columns=COLUMNS)))}


def _parse(world: Path, _out: Path | None) -> Figures:
    import duckdb

    connection = duckdb.connect(config={"threads": CORES})
    query = "from read_json(?, format = 'newline_delimited')"
    reader = connection.sql(query, params=[str(world / LINES)]).to_arrow_reader(100_000)
    return {"rows": float(sum(batch.num_rows for batch in reader))}


def _text(world: Path, _out: Path | None) -> Figures:
    """Absorb exchanges of prompts of `CHARACTERS` bytes, cut from the world's own, one batch after another."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from stillwatch.engines.local import COLUMNS
    from stillwatch.profile import Profiles, absorb

    file = pq.ParquetFile(world / "exchanges.parquet")
    names = [name for name in file.schema_arrow.names if name in COLUMNS]
    profiles, spent, rows = Profiles(), 0.0, 0
    for batch in file.iter_batches(batch_size=131_072, columns=names):
        text = pa.concat_arrays([batch.column("prompt").drop_null().cast(pa.large_binary())]).buffers()[2]
        count = min(batch.num_rows, text.size // CHARACTERS)
        offsets = pa.py_buffer(np.arange(count + 1, dtype=np.int32) * np.int32(CHARACTERS))
        prompt = pa.Array.from_buffers(pa.binary(), count, [None, offsets, text])
        cut = batch.slice(0, count).set_column(names.index("prompt"), "prompt", prompt.view(pa.string()))
        start = time.process_time()
        absorb(profiles, cut)
        spent += time.process_time() - start
        rows += count
    return {"rows": float(rows), "seconds": spent}


PASSES: dict[str, Callable[[Path, Path | None], Figures]] = {
    "scan": _scan,
    "duckdb": _duckdb,
    "text": _text,
    "lines": _lines,
    "parse": _parse,
}
ONE_CORE = {"text"}


def _peak_rss_mb() -> float:
    """Largest resident set of this process so far, with that of its largest child, in megabytes (10^6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    own, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + child) * unit / 1e6


def _main(what: str, world: str, warm: str, out: str | None = None) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: 1 if what in ONE_CORE else CORES])
    if what != "duckdb":
        if what in ("lines", "parse"):
            write_lines(Path(warm))
        PASSES[what](Path(warm), None)
    start, used = time.perf_counter(), time.process_time()
    found = PASSES[what](Path(world), Path(out) if out else None)
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu, "peak_rss_mb": _peak_rss_mb()} | found))


if __name__ == "__main__":
    _main(*sys.argv[1:])
