"""What a workspace costs and saves: a log read plainly, into a workspace, and its last day added to the others.

Figures are processor seconds of reading (no analysis), each in a fresh process that has its kernels loaded; the least
of three. Takes about two minutes on two cores, once the world is built; --small under a minute.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.worlds import Options, world
from stillwatch.engines.local import COLUMNS, profile_log
from stillwatch.logs import open_logs
from stillwatch.settings import Settings
from stillwatch.workspace import read_into


def measure(options: Options) -> dict[str, float]:
    """Processor seconds of each way of reading, and the workspace's size."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        table = pq.read_table(world("demo" if options.small else "standard", options) / "exchanges.parquet")
        days = pc.floor_temporal(table.column("time"), unit="day")
        last = pc.equal(days, pc.max(days))
        pq.write_table(table.filter(pc.invert(last)), place / "earlier.parquet")
        pq.write_table(table.filter(last), place / "today.parquet")
        everything, kept, today, again = [], [], [], []
        for _ in range(1 if options.small else 3):
            everything.append(_child("plain", place, "earlier", "today"))
            kept.append(_child("workspace", place, "earlier", "today"))
            size = (place / "w.duckdb").stat().st_size
            (place / "w.duckdb").unlink()
            _child("workspace", place, "earlier")
            today.append(_child("workspace", place, "today"))
            again.append(_child("workspace", place, "today"))
            (place / "w.duckdb").unlink()
        return {
            "exchanges": table.num_rows,
            "accounts": pc.count_distinct(table.column("account")).as_py(),
            "exchanges_today": pc.sum(last).as_py(),
            "plain_seconds": min(everything),
            "workspace_seconds": min(kept),
            "workspace_ratio": min(kept) / min(everything),
            "today_seconds": min(today),
            "nothing_new_seconds": min(again),
            "workspace_mb": size / 1e6,
        }


def _child(how: str, place: Path, *names: str) -> float:
    command = [sys.executable, "-m", "bench.incremental", how, str(place), *names]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(done.stdout))


def _main(how: str, place: Path, names: list[str]) -> None:
    logs = [place / f"{name}.parquet" for name in names]
    profile_log(open_logs([place / "today.parquet"], columns=COLUMNS))  # loads the compiled kernels
    before = _processor()
    if how == "plain":
        profile_log(open_logs(logs, columns=COLUMNS))
    else:
        read_into(Settings(logs=tuple(logs), workspace=place / "w.duckdb"))
    print(json.dumps(_processor() - before))


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
