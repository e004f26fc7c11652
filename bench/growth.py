"""How time and memory grow: from 10^5 to 64 million exchanges, from 10^3 to 10^6 accounts, and JSONL beside Parquet.

Exchanges grow in the headline world, whose accounts and campaigns shrink with it; accounts grow in a log of 4 million
exchanges. `growth_worst_ratio` is the dearest exchange of the sizes from a million on over the cheapest. CPU seconds
are split over exchanges and accounts by least squares without negative parts. JSONL is a million exchanges: what a scan
reads of it (rows checked and converted) a second, beside DuckDB's parsing of the same file. Every pass is a fresh
process on two cores, the median of three up to 4 million exchanges.

`python -m bench.growth --write-docs` fills docs/explanation/capacity.md and draws its plot.

Takes about half an hour on two cores the first time, half of it to stream worlds of 12 GB, which are kept; --small, up
to 200,000 exchanges, about a minute.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from scipy.optimize import nnls

from bench.capacity_page import blocks, draw
from bench.pages import page_command
from bench.timed import Figures, child, median, write_lines
from bench.worlds import Options, streamed, tiny_world

WHOLE = 64_000_000  #: exchanges of the headline world
ROWS = (100_000, 1_000_000, 4_000_000, 16_000_000, WHOLE)
ACCOUNTS = (1_000, 10_000, 100_000, 1_000_000)
ROWS_OF_ACCOUNTS = 4_000_000
LINES = 1_000_000
LEAST = 1_000_000  #: exchanges from which on the time of one must be constant
OFTEN = 4_000_000  #: exchanges up to which a pass is taken three times


def measure(options: Options) -> Figures:
    warm, small = tiny_world(), options.small
    rows = (50_000, 200_000) if small else ROWS
    accounts = (1_000, 3_000) if small else ACCOUNTS
    for what in ("scan", "duckdb"):
        child(what, warm, warm)
    found: Figures = {}
    points: list[Figures] = []
    for size in rows:
        points.append(_grown(streamed(options, scale=size / WHOLE), warm, small))
        found |= {f"exchanges_{size}_{name}": value for name, value in points[-1].items()}
    for size in accounts:
        place = streamed(options, accounts=size, rows=50_000 if small else ROWS_OF_ACCOUNTS)
        points.append(_grown(place, warm, small))
        found |= {f"accounts_{size}_{name}": value for name, value in points[-1].items()}
    dear = [point["seconds"] / point["exchanges"] for point in points[: len(rows)] if point["exchanges"] >= 0.9 * LEAST]
    if dear:
        found["growth_worst_ratio"] = max(dear) / min(dear)
    return found | _split(points) | _jsonl(streamed(options, scale=(rows[-1] if small else LINES) / WHOLE), warm, small)


def _grown(place: Path, warm: Path, small: bool) -> Figures:
    """Time and memory of a scan of this world, and of DuckDB's pass."""
    world = json.loads((place / "world.json").read_text(encoding="utf-8"))
    times = 3 if world["exchanges"] <= 1.1 * OFTEN and not small else 1
    child("duckdb", place, warm)  # brings the file into the page cache, where those of a small world are anyhow
    runs = [(child("scan", place, warm), child("duckdb", place, warm)) for _ in range(times)]
    scans, yardsticks = map(list, zip(*runs, strict=True))
    return {
        "exchanges": world["exchanges"],
        "accounts": world["accounts"],
        "bytes": (place / "exchanges.parquet").stat().st_size,
        **{name: median(scans, name) for name in ("seconds", "cpu_seconds", "analyse_seconds", "peak_rss_mb")},
        "duckdb_seconds": median(yardsticks, "seconds"),
    }


def _split(points: list[Figures]) -> Figures:
    """CPU seconds and memory over exchanges and accounts: by least squares, relative to each scan's."""
    million = np.array([[1, point["exchanges"] / 1e6, point["accounts"] / 1e6] for point in points])
    found: Figures = {}
    for name, unit in (("cpu_seconds", "cpu_seconds"), ("peak_rss_mb", "mb")):
        value = np.array([point[name] for point in points])
        parts, _ = nnls(million / value[:, None], np.ones(len(points)))
        found |= {
            f"fixed_{unit}": float(parts[0]),
            f"{unit}_per_million_exchanges": float(parts[1]),
            f"{unit}_per_million_accounts": float(parts[2]),
            f"{unit}_worst_misfit": float(np.abs(million @ parts / value - 1).max()),
        }
    return found


def _jsonl(place: Path, warm: Path, small: bool) -> Figures:
    write_lines(place)
    runs = [(child("lines", place, warm), child("parse", place, warm)) for _ in range(1 if small else 3)]
    rows = pq.ParquetFile(place / "exchanges.parquet").metadata.num_rows
    ours, theirs = (rows / median(list(taken), "seconds") for taken in zip(*runs, strict=True))
    return {"jsonl_per_second": ours, "jsonl_duckdb_per_second": theirs, "jsonl_ratio": ours / theirs}


if __name__ == "__main__":
    page_command("capacity.md", measure, blocks, "bench.growth", draw)(prog_name="python -m bench.growth")
