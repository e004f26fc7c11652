"""Request volume: whoever asks most."""

from __future__ import annotations

import numpy as np

from bench.baselines.registry import Scores, baseline
from bench.baselines.tables import Tables

_DAY = 86_400_000_000


@baseline("request volume", source="rate limits as providers document them")
def request_volume(tables: Tables, _normal: Tables) -> dict[str, Scores]:
    """Exchanges in all, on the busiest day, and per day of activity."""
    day = tables.time // _DAY
    day -= day.min()
    days = int(day.max()) + 1
    by_day = np.bincount(tables.owner * days + day, minlength=len(tables) * days).reshape(len(tables), days)
    total = by_day.sum(axis=1).astype(float)
    return {
        "in all": Scores(total),
        "busiest day": Scores(by_day.max(axis=1).astype(float)),
        "per active day": Scores(total / np.maximum((by_day > 0).sum(axis=1), 1)),
    }
