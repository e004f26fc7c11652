"""What the campaign did when things changed: new accounts after closed ones, a new model, a technique scaled up."""

from __future__ import annotations

import numpy as np

from stillwatch.exchange import day_in_words, moment
from stillwatch.profile.kernels import EMPTY
from stillwatch.profile.layout import BEGINNING
from stillwatch.signals.population import Ints, Population

_HOUR, _DAY = 3_600_000_000, 86_400_000_000
LEAST = 5
RELEASES = 64  #: new models that are looked at: a log may name any number


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
    own_models, times = population.profiles["item_model"][rows], population.profiles["item_time"][rows]
    sent = population.profiles["items"][rows] != EMPTY
    best: tuple[float, str] | None = None
    for model, release, asked, moved_all in population.memo("releases", lambda: _releases(population)):
        after = sent & (times >= release) & (times < release + _DAY)
        mine, own = int(after.sum()), int((after & (own_models == model)).sum())
        if mine < 20 or asked - mine < 20 or not own:
            continue
        moved, usual = own / mine, (moved_all - own) / (asked - mine)
        if moved >= 0.25 and moved >= 2 * usual and (best is None or moved > best[0]):
            name = population.profiles.labels.get(model, "a new model")
            best = (
                moved,
                f"{100 * moved:.0f} % of the campaign's traffic moved to {name} within 24 hours of its first "
                f"appearance on {_day(release)}; {100 * usual:.0f} % of everybody else's did",
            )
    return best[1] if best else None


def technique_probing(population: Population, rows: Ints, scouts: Ints) -> str | None:
    """Technique probing: `scouts` among the members tried many wordings, more others then sent what had worked.

    Two parts of a campaign that begin within a day of each other are stages of nothing.
    """
    scouts = np.intersect1d(scouts, rows)
    others = np.setdiff1d(rows, scouts)
    if not len(scouts) or len(scouts) > len(others):
        return None
    begun, scaled = (int(np.median(population.profiles["first"][part])) for part in (scouts, others))
    if scaled - begun < _DAY:
        return None
    return (
        f"{len(scouts):,} members tried its wording among others, typically from {_day(begun)} on; "
        f"{len(others):,} others sent it in numbers, typically from {_day(scaled)} on"
    )


def _releases(population: Population) -> list[tuple[int, int, int, int]]:
    """The models that first appear a day or more after the log's begin, at most `RELEASES`, the most used first.

    Each with the time of that, the sampled exchanges within a day of it, and how many of those asked that model.
    """
    models, times = population.profiles["item_model"], population.profiles["item_time"]
    sent = population.profiles["items"] != EMPTY
    model, times = models[sent], times[sent]
    known, code = np.unique(model, return_inverse=True)
    if not known.any():
        return []
    release = np.full(len(known), np.iinfo(np.int64).max)
    np.minimum.at(release, code, times)
    used = np.bincount(code)
    new = np.flatnonzero((release >= times.min() + _DAY) & (known != 0))
    found = []
    for place in new[np.argsort(-used[new], kind="stable")][:RELEASES].tolist():
        after = (times >= release[place]) & (times < release[place] + _DAY)
        asked = (int(after.sum()), int((after & (code == place)).sum()))
        found.append((int(known[place]), int(release[place]), *asked))
    return sorted(found)


def _day(microseconds: int) -> str:
    return day_in_words(moment(microseconds))
