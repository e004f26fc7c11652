"""Drift: whether today's ordinary accounts still look like the baseline.

The unit is the customer, never the query: an organization's accounts move together. Signals are compared by the largest
difference between the two distributions over accounts (Kolmogorov-Smirnov), accounts being weighed so that both sides
have the same volumes; the null is that customers of like volume could be exchanged between the two sides. All signals
are tested at once: each distance, in units of its own high quantile under exchange, is held against the largest of them
(Westfall and Young 1993, single-step), which keeps the chance of any false warning at `RATE` whatever the signals'
dependence. A difference has to be large as well: among a million accounts any trifle is certain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.operate.kernels import largest_differences, weigh
from stillwatch.operate.measures import Measure, Side, days, measures
from stillwatch.signals.population import Floats, Ints, Population

RATE = 0.01  #: chance of a warning where nothing changed, over all signals
TOLERANCE = 0.05  #: share of accounts that may lie elsewhere before it is worth a warning
DRAWS = 499
FEWEST = 30  #: customers on each side
MOST = 3000  #: accounts of each side that are looked at, drawn by customer
LIKE = 1.25  #: factor by which two periods may differ and still be compared by what depends on their length
BINS = 16  #: of volume
THIN = 5  #: customers of a bin of volume on each side, at least
Mask = npt.NDArray[np.bool_]

ADVICE = (
    "p-values compare today with accounts that are no longer typical: build a new baseline of recent traffic "
    "(stillwatch baseline build), and until then read this scan beside one without --baseline"
)


@dataclass(frozen=True, slots=True)
class Moved:
    """One signal in the baseline and today."""

    signal: str
    meaning: str
    baseline: float  #: median
    today: float
    at: float  #: the value at which the distributions differ most
    baseline_below: float  #: share of accounts at or below it
    today_below: float
    p_value: float  #: corrected for all the signals
    moved: bool
    ordered: bool = True  #: whether more and less mean anything

    @property
    def distance(self) -> float:
        """Share of accounts that lie elsewhere than they did."""
        return abs(self.today_below - self.baseline_below)

    @property
    def direction(self) -> str:
        """Where today's accounts went: lower, higher, or elsewhere where the signal has no order."""
        if not self.ordered:
            return "elsewhere"
        return "lower" if self.today_below > self.baseline_below else "higher"


@dataclass(frozen=True, slots=True)
class Drift:
    """Whether the baseline still fits."""

    signals: tuple[Moved, ...]  #: those compared, most moved first
    left_out: dict[str, str]  #: signal -> why it was not compared
    baseline_accounts: int
    today_accounts: int
    note: str = ""

    @property
    def warning(self) -> bool:
        """Whether anything moved."""
        return any(signal.moved for signal in self.signals)

    def facts(self) -> dict[str, object]:
        """What scan.json says of it."""
        return {
            "warning": self.warning,
            "rate": RATE,
            "tolerance": TOLERANCE,
            "accounts": {"baseline": self.baseline_accounts, "today": self.today_accounts},
            "signals": [
                {
                    "signal": s.signal,
                    "meaning": s.meaning,
                    "moved": s.moved,
                    "direction": s.direction,
                    "distance": round(s.distance, 4),
                    "p_value": round(s.p_value, 4),
                    "median": {"baseline": _figure(s.baseline), "today": _figure(s.today)},
                    "at": {
                        "value": _figure(s.at),
                        "baseline_below": round(s.baseline_below, 4),
                        "today_below": round(s.today_below, 4),
                    },
                }
                for s in self.signals
            ],
            "left_out": self.left_out,
            "note": self.note,
            "advice": ADVICE if self.warning else "",
        }


def measure_drift(baseline: Population, today: Population, ordinary: Ints, rows: Ints | None = None) -> Drift:
    """Compare the accounts in rows `ordinary` of today with those in `rows` of the baseline, all of them by default.

    Leave out of the baseline what was flagged in it: campaigns are left out of today.
    """
    everyone = np.arange(len(baseline)) if rows is None else rows
    lengths = [days(baseline, everyone), days(today, ordinary)]
    alike = max(lengths) <= LIKE * max(min(lengths), 1e-9)
    first, second = baseline.principal[everyone], today.principal[ordinary]
    if min(len(np.unique(first)), len(np.unique(second))) < FEWEST:
        return Drift((), {}, len(everyone), len(ordinary), f"fewer than {FEWEST} customers on one side: not compared")
    random = np.random.default_rng(0)
    left, right = _sample(first, random), _sample(second, random)
    then, now = Side(baseline, everyone[left]), Side(today, ordinary[right])
    sides = _Sides(
        np.concatenate([first[left], first.max() + 1 + second[right]]),
        np.arange(len(left) + len(right)) >= len(left),
        np.concatenate([baseline.exchanges[then.rows], today.exchanges[now.rows]]),
        random,
    )
    left_out: dict[str, str] = {}
    compared: list[tuple[Measure, Floats, Floats]] = []
    for measure in measures():
        missing = sorted(measure.columns - (baseline.columns & today.columns))
        if missing:
            left_out[measure.name] = f"{', '.join(missing)} not on both sides"
            continue
        if measure.needs_length and not alike:
            left_out[measure.name] = f"depends on the period: {lengths[0]:.1f} days against {lengths[1]:.1f}"
            continue
        values = measure.values(then, now)
        distances = sides.distances(values, by_volume=not measure.volume)
        if distances is None:
            left_out[measure.name] = "too few accounts have it"
            continue
        compared.append((measure, values, distances))
    if not compared:
        return Drift((), left_out, len(everyone), len(ordinary), "no signal could be compared")
    scaled = np.stack([d / max(float(np.quantile(d, 1 - RATE)), 1e-9) for _, _, d in compared])
    largest = np.sort(scaled[:, 1:].max(axis=0))
    found = []
    for (measure, values, distances), own in zip(compared, scaled[:, 0], strict=True):
        p_value = (1 + len(largest) - int(np.searchsorted(largest, own, "left"))) / (1 + len(largest))
        moved = bool(p_value <= RATE and distances[0] > TOLERANCE)
        figures = sides.figures(values, by_volume=not measure.volume)
        found.append(Moved(measure.name, measure.meaning, *figures, p_value, moved, measure.ordered))
    found.sort(key=lambda s: (not s.moved, -s.distance, s.signal))
    return Drift(tuple(found), left_out, len(everyone), len(ordinary))


class _Sides:
    """Two samples of accounts, and the ways in which their customers might have been dealt out instead."""

    def __init__(self, customer: Ints, today: Mask, volume: Ints, random: np.random.Generator) -> None:
        _, code = np.unique(customer, return_inverse=True)
        size = np.log(np.bincount(code, volume) / np.bincount(code))
        side = np.bincount(code, today) > 0
        edges = np.quantile(size, np.linspace(0, 1, BINS + 1)[1:-1])
        group = _joined(np.searchsorted(edges, size, "right"), side)
        one = np.zeros_like(group)
        self.today = today
        #: by volume and regardless of it: the groups of accounts, the sides seen and those dealt (1 + draws, accounts)
        self._by_volume, self._as_one = (
            (g[code], np.stack([today, *(_dealt(side, g, random)[code] for _ in range(DRAWS))])) for g in (group, one)
        )

    def distances(self, values: Floats, *, by_volume: bool) -> Floats | None:
        """The distance seen and those under exchange, shape (1 + draws,); None where too few have a value."""
        known = np.isfinite(values)
        if min((known & self.today).sum(), (known & ~self.today).sum()) < FEWEST:
            return None
        group, dealt = self._by_volume if by_volume else self._as_one
        order, last = _steps(values)
        out = np.empty(len(dealt))
        largest_differences(dealt, order, last, group, int(group.max()) + 1, out)
        return out

    def figures(self, values: Floats, *, by_volume: bool) -> tuple[float, float, float, float, float]:
        """Medians of baseline and today, the value at which they differ most, and the shares at or below it."""
        group, _ = self._by_volume if by_volume else self._as_one
        order, last = _steps(values)
        now, then = np.zeros((2, int(group.max()) + 1))
        weigh(self.today, order, group, len(now), now, then)
        ends, today = np.flatnonzero(last), self.today[order]
        below = [
            np.cumsum(np.where(side, weight[group[order]], 0.0))[ends]
            for side, weight in ((~today, then), (today, now))
        ]
        at = int(np.abs(below[1] - below[0]).argmax())
        steps = values[order][ends]
        medians = [float(steps[min(int(np.searchsorted(b, 0.5)), len(steps) - 1)]) for b in below]
        return medians[0], medians[1], float(steps[at]), float(below[0][at]), float(below[1][at])


def _steps(values: Floats) -> tuple[Ints, Mask]:
    """The rows that have a value, in its order, and where in it a run of equal values ends."""
    rows = np.flatnonzero(np.isfinite(values))
    order = rows[np.argsort(values[rows], kind="stable")]
    return order, np.append(np.diff(values[order]) != 0, True)


def _dealt(side: Mask, group: Ints, random: np.random.Generator) -> Mask:
    """The sides dealt out anew among the customers of each group."""
    key = random.random(len(side))
    order, ranked = np.argsort(group, kind="stable"), np.lexsort((key, group))
    out = np.empty(len(side), bool)
    out[ranked] = side[order]
    return out


def _joined(group: Ints, side: Mask) -> Ints:
    """Neighbouring bins of volume joined until each has some customers of both sides."""
    out = group.copy()
    for value in range(int(out.max())):
        inside = out == value
        if min((inside & side).sum(), (inside & ~side).sum()) < THIN:
            out[inside] = value + 1
    top = out == out.max()
    if min((top & side).sum(), (top & ~side).sum()) < THIN and len(np.unique(out)) > 1:
        out[top] = np.unique(out)[-2]
    return out


def _sample(customer: Ints, random: np.random.Generator) -> Ints:
    """Rows of customers drawn at random, whole, until there are about `MOST` accounts."""
    if len(customer) <= MOST:
        return np.arange(len(customer))
    _, code, count = np.unique(customer, return_inverse=True, return_counts=True)
    order = random.permutation(len(count))
    taken = np.zeros(len(count), bool)
    taken[order[: max(1, int(np.searchsorted(np.cumsum(count[order]), MOST)))]] = True
    return np.flatnonzero(taken[code])


def _figure(value: float) -> float:
    return float(f"{value:.6g}")
