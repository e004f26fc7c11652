"""The answer of the Spark engine beside the local one's, on one world and in one run: they are the same.

Shows whether both flag the same accounts, report the same campaigns with the same members and give every p-value alike
(to 10^-9 of its logarithm): `spark_equals_local` is 1 or 0, `worst_log10_p_difference` says how far apart the p-values
are. Beside it the wall and processor time of both (Spark's with its Java and its Python workers, on `local[2]`; the
start of the session and a first pass, by which Java and the workers warm up, are left out), and what sizes a driver:
bytes that the executors send for an account, and bytes of its profile in memory.

Takes about two minutes on two cores, a few more when the world has to be built; --small under a minute.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import stillwatch
from bench.worlds import Options, tiny_world, world
from stillwatch.campaigns.model import ScanResult
from stillwatch.engines import spark
from stillwatch.profile.layout import LAYOUT

TOLERANCE = 1e-9  #: of the decimal logarithm of a p-value


def measure(options: Options) -> dict[str, float]:
    place = world("standard", options)
    stillwatch.scan(tiny_world() / "exchanges.parquet")  # loads the compiled kernels
    local, local_seconds, local_cpu = _timed(lambda: _scan(place, "local"))
    session = spark.connect("local[2]")
    log = spark.open_log(session, [place / "exchanges.parquet"])
    accounts = len(spark.profile_log(log))
    there, spark_seconds, spark_cpu = _timed(lambda: _scan(place, "spark"))
    session.stop()
    difference = _difference(local, there)
    return {
        "spark_equals_local": int(_same(local, there) and difference <= TOLERANCE),
        "worst_log10_p_difference": difference,
        "exchanges": log.rows,
        "accounts": accounts,
        "campaigns": len(local.campaigns),
        "local_seconds": local_seconds,
        "spark_seconds": spark_seconds,
        "local_cpu_seconds": local_cpu,
        "spark_cpu_seconds": spark_cpu,
        "sent_bytes_per_account": log.received / accounts,
        "profile_bytes_per_account": sum(np.empty(column.shape, column.dtype).nbytes for column in LAYOUT.values()),
    }


def _scan(place: Path, engine: str) -> ScanResult:
    return stillwatch.scan(place / "exchanges.parquet", accounts=place / "accounts.parquet", engine=engine)


def _same(one: ScanResult, other: ScanResult) -> bool:
    """The same accounts, the same of them flagged, the same campaigns with the same members."""
    columns = ["account", "exchanges", "flagged", "campaign"]
    found = [{campaign.campaign: campaign.members for campaign in result.campaigns} for result in (one, other)]
    return one.accounts.select(columns).equals(other.accounts.select(columns)) and found[0] == found[1]


def _difference(one: ScanResult, other: ScanResult) -> float:
    """How far the p-values of accounts and campaigns are apart at most, in decimal logarithms."""
    if [c.campaign for c in one.campaigns] != [c.campaign for c in other.campaigns]:
        return math.inf
    values = [
        np.log10([*result.accounts["p_value"].to_pylist(), *(campaign.p_value for campaign in result.campaigns)])
        for result in (one, other)
    ]
    return float(np.abs(values[0] - values[1]).max()) if len(values[0]) == len(values[1]) else math.inf


def _timed(work: Callable[[], ScanResult]) -> tuple[ScanResult, float, float]:
    """What the work gives, and its wall and processor seconds, those of all processes below this one included."""
    wall, cpu = time.perf_counter(), _cpu_seconds()
    done = work()
    return done, time.perf_counter() - wall, _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    """Processor time so far of this process and of all below it; without /proc, not a number."""
    if not Path("/proc/self/stat").exists():
        return math.nan
    parent, ticks = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        parent[int(path.parent.name)] = int(fields[1])
        ticks[int(path.parent.name)] = sum(map(int, fields[11:15]))  # its own, and of children that ended
    own = {os.getpid()}
    while more := {process for process, above in parent.items() if above in own} - own:
        own |= more
    return sum(ticks[process] for process in own) / os.sysconf("SC_CLK_TCK")
