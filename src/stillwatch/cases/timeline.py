"""The timeline of a campaign as bars, ready to draw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from stillwatch.campaigns.model import Campaign
from stillwatch.cases.wording import duration
from stillwatch.exchange import day_in_words

#: Drawing units; the picture stretches to the page, so only their ratio to each other matters.
WIDTH, HEIGHT = 1000.0, 100.0
MOST_BARS = 240
MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Bar:
    """One bucket, in drawing units from the top left."""

    x: float
    y: float
    width: float
    height: float
    peak: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """A drawn timeline and its table twin. `rows` are (start, exchanges), at most `MOST_ROWS`."""

    bars: tuple[Bar, ...]
    top: int
    bucket: str
    ticks: tuple[str, ...]
    rows: tuple[tuple[datetime, int], ...]
    row_bucket: str
    peak: tuple[datetime, int]


def _merge(points: list[tuple[datetime, int]], most: int) -> tuple[list[tuple[datetime, int]], int]:
    """Sum neighbouring buckets until at most `most` are left; returns them and how many went into one."""
    step = -(-len(points) // most)
    for round_step in (1, 2, 3, 4, 6, 12, 24, 48, 96, 168, 336, 720):
        if round_step >= step:
            step = round_step
            break
    merged = [(points[i][0], sum(n for _, n in points[i : i + step])) for i in range(0, len(points), step)]
    return merged, step


def timeline(campaign: Campaign) -> Timeline | None:
    """Lay the campaign's buckets out as bars; None where there are none."""
    points = list(campaign.timeline)
    if not points:
        return None
    base = points[1][0] - points[0][0] if len(points) > 1 else timedelta(0)
    merged, step = _merge(points, MOST_BARS)
    rows, row_step = _merge(points, MOST_ROWS)
    top = max(max(n for _, n in merged), 1)
    slot = WIDTH / len(merged)
    gap = min(slot * 0.18, 2.0)
    peak = max(merged, key=lambda point: point[1])
    bars = tuple(
        Bar(
            round(i * slot + gap / 2, 2),
            round(HEIGHT * (1 - n / top), 2),
            round(slot - gap, 2),
            round(max(HEIGHT * n / top, 0.8), 2),
            start == peak[0],
        )
        for i, (start, n) in enumerate(merged)
        if n > 0
    )
    first, last = points[0][0], points[-1][0] + base
    short = last - first < timedelta(days=5)
    ticks = tuple(
        day_in_words(when).rsplit(" ", 1)[0] + (f", {when:%H:%M}" if short else "")
        for when in (first + (last - first) * part / 4 for part in range(5))
    )
    seconds = base.total_seconds()
    return Timeline(
        bars,
        top,
        duration(seconds * step) if seconds else "bucket",
        ticks,
        tuple(rows),
        duration(seconds * row_step) if seconds else "bucket",
        peak,
    )
