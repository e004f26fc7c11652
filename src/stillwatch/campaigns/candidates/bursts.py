"""Candidates by bursts: accounts that come together, ask for a day or three, and are gone.

A campaign may spend each account on a handful of requests: more than 4,000 users sent 16,000 in two days of 2026. What
one of them asks is too little to be linked by. The customers that a launch, a course or an article brings come together
as well, so that a burst speaks for nothing: what is asked for does, and nobody looks where that is not known.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.streams import Stream, whole
from stillwatch.signals.population import Ints, Population

_HOUR = 3_600_000_000
WINDOWS = (24 * _HOUR, 72 * _HOUR)  #: microseconds that a burst may last
LIGHT = 8  #: requests of an account, up to which a burst is looked for among such accounts alone, too
STEPS = 6  #: a window moves by this part of its length
LEAST_PLACES = 12  #: of a window in the log, for one to be usual
EXCESS, EXCESS_LIGHT = 3.0, 2.5  #: times as many accounts as the median window holds; and as many light ones
LEAST = 24  #: accounts of a burst
MOST = 4  #: bursts of one length, and as many of light accounts


def bursts(population: Population, least: int) -> list[Stream]:
    """The accounts of at least `least` that lie in one window, where a usual one holds far fewer; densest first."""
    if not population.prompts_known or not len(population):
        return []
    first, last = (population.profiles[name].astype(np.int64) for name in ("first", "last"))
    found = []
    asked = population.sampled > 0
    kinds = ((asked, EXCESS), (asked & (population.exchanges <= LIGHT), EXCESS_LIGHT))
    for length, (looked_at, excess) in product(WINDOWS, kinds):
        places = np.arange(first.min(), last.max() - length + 1, length // STEPS)
        if len(places) < LEAST_PLACES:
            continue
        brief = np.flatnonzero((last - first <= length) & looked_at)
        brief = brief[np.argsort(first[brief], kind="stable")]
        for _ in range(MOST):
            inside = held(first[brief], last[brief], places, length)
            count = np.array([len(each) for each in inside])
            if count.max() < max(least, LEAST, excess * float(np.median(count))):
                break
            found.append(brief[inside[count.argmax()]])
            brief = np.delete(brief, inside[count.argmax()])
    why = "brief activity at one time"
    return [whole(population, rows, "timing", why, wording(population, rows)) for rows in found]


def held(first: Ints, last: Ints, places: Ints, length: int) -> list[Ints]:
    """Who lies within the window of that length at each place; `first` ascends: only neighbours are looked at."""
    begin, end = np.searchsorted(first, places), np.searchsorted(first, places + length, "right")
    return [
        np.arange(low, high)[last[low:high] <= at + length]
        for low, high, at in zip(begin.tolist(), end.tolist(), places.tolist(), strict=True)
    ]
