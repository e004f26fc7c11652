"""Timing: when accounts act, alone and together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.profile.layout import BUCKET, BUCKETS
from stillwatch.signals.kernels import mean_products
from stillwatch.signals.population import Floats, Ints, Population
from stillwatch.signals.registry import account_signal, group_signal

_DAY = 86_400_000_000
RING_DAYS = BUCKET * BUCKETS // _DAY  #: days that the ring of time buckets holds
EDGE = _DAY  #: of the log: who acts there may have acted before, or go on


@account_signal(
    "timing",
    "high",
    "time",
    benign="services and batch jobs run through the night",
    reference="CISA AA26-251A: use around the clock without human variation",
)
def round_the_clock(population: Population) -> Floats:
    """Share of the account's traffic in its quietest twelve hours of the day (0 to 0.5)."""
    hours = np.sort(population.profiles["hours"], axis=1)
    total = population.exchanges
    return np.where(total >= 8, hours[:, :12].sum(axis=1) / np.maximum(total, 1), np.nan)


@account_signal(
    "timing",
    "low",
    "time",
    benign="a trial that was given up, a project that ended",
    reference="life span of an account in the log",
)
def life_span(population: Population) -> Floats:
    """Days between the account's first and last exchange."""
    return (population.profiles["last"] - population.profiles["first"]) / _DAY


@group_signal(
    "timing",
    "high",
    "time",
    benign="a lesson, a release or an office's working day brings people at the same time",
    reference="synchrony beyond each account's own curve and the population's (SynchroTrap, Cao et al. 2014)",
    local=True,
)
def synchrony(population: Population, groups: Ints) -> Floats:
    """Mean correlation of members' activity over three-hour buckets, beyond their own days and everybody's."""
    activity = population.memo("activity", lambda: _activity(population))
    return np.asarray(mean_products(activity, groups))


@group_signal(
    "timing",
    "low",
    "time",
    benign="a course or a promotion starts many customers on one day",
    reference="ban-and-replace and sign-up waves start accounts together",
)
def starts_apart(population: Population, groups: Ints) -> Floats:
    """Typical distance in days between the first exchanges of members who were not there when the log began."""
    begin, end = _log(population)
    first = population.profiles["first"][groups]
    return _middle_half(first, first >= begin + EDGE, end - begin)


@group_signal(
    "timing",
    "low",
    "time",
    benign="a course that ends",
    reference="suspension waves and hand-over stop accounts together",
)
def ends_apart(population: Population, groups: Ints) -> Floats:
    """Typical distance in days between the last exchanges of members who are not there still when the log ends."""
    begin, end = _log(population)
    last = population.profiles["last"][groups]
    return _middle_half(last, last <= end - EDGE, end - begin)


def _log(population: Population) -> tuple[int, int]:
    """When the log begins and ends."""
    first, last = population.profiles["first"], population.profiles["last"]
    return (int(first.min()), int(last.max())) if len(population) else (0, 0)


def _middle_half(times: Ints, seen: npt.NDArray[np.bool_], log: int) -> Floats:
    """Interquartile range in days of each row's times that were `seen`; the whole `log` where less than half were.

    Who comes every day is there when the log begins and when it ends, and has neither begun nor ended with anybody.
    """
    enough = seen.mean(axis=1) >= 0.5
    counted = seen | ~enough[:, None]
    ascending = np.sort(np.where(counted, times, np.inf), axis=1)
    last = counted.sum(axis=1) - 1.0

    def quantile(share: float) -> Floats:
        place = share * last
        below, above = (
            np.take_along_axis(ascending, edge(place).astype(np.int64)[:, None], axis=1)[:, 0]
            for edge in (np.floor, np.ceil)
        )
        return np.asarray(below + (above - below) * (place % 1))

    return np.where(enough, quantile(0.75) - quantile(0.25), log) / _DAY


def _activity(population: Population) -> npt.NDArray[np.float32]:
    """Square roots of each account's shares of traffic per bucket, beyond its own day and everybody's calendar.

    What an account does at that hour on other workdays (or days off) is taken out, so that two businesses that open
    at nine are not synchronous; and so is what everybody did then.
    """
    buckets, hours = population.profiles["buckets"], BUCKETS // RING_DAYS
    first = int(population.profiles["first"].min()) // _DAY if len(population) else 0
    last = int(population.profiles["last"].max()) // _DAY if len(population) else 0
    days = first + (np.arange(RING_DAYS) - first) % RING_DAYS  # the day that each place of the ring holds
    days = days[days <= last]
    by_day = buckets.reshape(len(buckets), RING_DAYS, hours)[:, days % RING_DAYS].astype(np.float32, order="C")
    share = by_day.reshape(len(buckets), -1)
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1)
    np.sqrt(share, out=share)
    off = (days + 3) % 7 >= 5  # 1 January 1970 was a Thursday
    for kind in (np.flatnonzero(off), np.flatnonzero(~off)):
        usual = sum((by_day[:, day] for day in kind), np.zeros((len(buckets), hours), np.float32)) / max(len(kind), 1)
        for day in kind:
            by_day[:, day] -= usual
    share -= share.mean(axis=0, dtype=float).astype(np.float32)
    return share
