"""What the campaign did when things changed: accounts that took over from closed ones, a move to a new model."""

from __future__ import annotations

import numpy as np

from stillwatch.profile.kernels import EMPTY
from stillwatch.profile.layout import BEGINNING
from stillwatch.signals.population import Ints, Population

_HOUR, _DAY = 3_600_000_000, 86_400_000_000
LEAST = 5


def succession(population: Population, rows: Ints) -> str | None:
    """Ban and replace: members that first appear within three days of other members' closing, beyond their share."""
    closed = population.closed[rows]
    first = population.profiles["first"][rows]
    gone = closed > BEGINNING
    if gone.sum() < LEAST or (~gone).sum() < LEAST:
        return None
    middle = int(np.median(closed[gone]))
    start, end = first.min(), population.profiles["last"][rows].max()
    window = (first >= middle - _DAY // 2) & (first <= middle + 3 * _DAY) & ~gone
    expected = (~gone).sum() * min(1.0, 3.5 * _DAY / max(end - start, 1))
    if window.sum() < max(LEAST, 1.5 * expected):
        return None
    wait = max(float(np.median(first[window] - middle)) / _HOUR, 0.0)
    return (
        f"{gone.sum():,} members were closed around {_day(middle)}; {window.sum():,} others made their first exchange "
        f"within three days of that (typically {wait:.0f} hours later, {expected:.0f} expected by chance)"
    )


def model_pivot(population: Population, rows: Ints) -> str | None:
    """A move to a model within a day of its first appearance, in excess of everybody else's."""
    models = population.profiles["item_model"]
    if not models.any():
        return None
    times, items = population.profiles["item_time"], population.profiles["items"]
    begin = times[items != EMPTY].min()
    own = np.zeros(len(population), bool)
    own[rows] = True
    best: tuple[float, str] | None = None
    for model in np.unique(models[rows][items[rows] != EMPTY]).tolist():
        used = (models == model) & (items != EMPTY)
        release = int(times[used].min())
        if not model or release < begin + _DAY:
            continue
        after = (items != EMPTY) & (times >= release) & (times < release + _DAY)
        mine, others = after & own[:, None], after & ~own[:, None]
        if mine.sum() < 20 or others.sum() < 20:
            continue
        moved, usual = float(used[mine].mean()), float(used[others].mean())
        if moved >= 0.25 and moved >= 2 * usual and (best is None or moved > best[0]):
            name = population.profiles.labels.get(int(model), "a new model")
            best = (
                moved,
                f"{moved:.0%} of the campaign's traffic moved to {name} within 24 hours of its first appearance on "
                f"{_day(release)}; {usual:.0%} of everybody else's did",
            )
    return best[1] if best else None


def _day(microseconds: int) -> str:
    return str(np.datetime64(microseconds, "us").astype("datetime64[D]"))
