"""Test the windows of a stream of prompts against a baseline."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.errors import UsageError
from stillwatch.windows.baseline import CHANNELS, Baseline, measure, score
from stillwatch.windows.features import read_prompts
from stillwatch.windows.share import foreign_share

#: `first` and `last` are rows of the stream; `share` estimates the part of the window that is foreign to the baseline,
#: `share_low` its lower bound (95 %, one-sided); `evidence` is the channel that deviates most, `strength` by how many
#: standard deviations of benign windows.
WINDOW_SCHEMA = pa.schema(
    [
        ("window", pa.int64()),
        ("first", pa.int64()),
        ("last", pa.int64()),
        ("p_value", pa.float64()),
        ("share", pa.float64()),
        ("share_low", pa.float64()),
        ("evidence", pa.string()),
        ("strength", pa.float64()),
    ]
)


def detect_windows(prompts: pa.Array | pa.ChunkedArray, baseline: Baseline, *, seed: int = 0) -> pa.Table:
    """Cut a string column, in order of time, into windows of the baseline's size and test each (`WINDOW_SCHEMA`).

    Prompts beyond the last full window are left out. Raises `UsageError` where there is no full window.
    """
    size = baseline.size
    windows = len(prompts) // size
    if windows == 0:
        raise UsageError(
            f"{len(prompts):,} prompts fill no window of {size:,}: give more, or calibrate smaller windows"
        )
    scored = score(baseline.usual, read_prompts(prompts.slice(0, windows * size)))
    rows = np.arange(windows * size).reshape(windows, size)
    statistics = measure(baseline.usual, scored, rows)
    standard = baseline.standardise(statistics)
    strongest = standard.argmax(axis=1)
    shares = [foreign_share(baseline, scored.terms[row], seed=seed) for row in rows]
    columns = [
        pa.array(range(windows)),
        pa.array(rows[:, 0]),
        pa.array(rows[:, -1]),
        pa.array(baseline.p_values(statistics)),
        pa.array([share for share, _ in shares], pa.float64()),
        pa.array([low for _, low in shares], pa.float64()),
        pa.array([CHANNELS[channel] for channel in strongest.tolist()]),
        pa.array(standard.max(axis=1)),
    ]
    return pa.Table.from_arrays(columns, schema=WINDOW_SCHEMA)
