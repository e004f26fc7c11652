"""The habits of innocent customers, for careful attackers to imitate.

An operator who knows what a provider looks at makes each of its accounts look like some customer: the plan, the age,
the client, the parameters, the moments at which it sends, its conversations, the models it asks. So a campaign's
accounts take all of that together from one customer each, drawn by how busy the customer is in the days of the
campaign. What a campaign's habits can be told by is then how busy it is, and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stillwatch.range.customer import Customer, Sent
from stillwatch.range.schedule import DAY, HOUR, SECOND, Ints

_STEEPEST = 1.5  #: largest exponent by which busy customers are preferred; beyond it their rows are multiplied
_FEWEST = 20  #: candidates from which a window is served by the customers active in it
_PAUSE = HOUR // 2  #: a longer one begins another session


@dataclass(frozen=True, slots=True)
class Habit:
    """One customer's behaviour within a window, row by row: when, where in a conversation, which model.

    `chain` holds positions in conversations (0 opens one). `refused` is a chance, `logprobs`, `choices` and `tools` are
    what the customer asks for.
    """

    customer: Customer
    times: Ints
    chain: npt.NDArray[np.int32]
    models: npt.NDArray[np.object_]
    refused: float
    logprobs: bool
    choices: int
    tools: int

    def within(self, first: int, last: int) -> Habit:
        """The rows in [first, last)."""
        return self.at(np.flatnonzero((self.times >= first) & (self.times < last)))

    def at(self, rows: Ints) -> Habit:
        """The rows at these positions."""
        return replace(self, times=self.times[rows], chain=self.chain[rows], models=self.models[rows])


class Habits:
    """Everything that the innocent customers of a town have sent so far, ordered by customer and time.

    The busiest 3 % are left out, for nobody wants to look like them.
    """

    def __init__(self, sent: Sequence[Sent]) -> None:
        parts: dict[int, list[Sent]] = {}
        for one in sent:
            if not one.customer.malicious:
                parts.setdefault(one.customer.number, []).append(one)
        most = np.quantile([sum(len(one.times) for one in own) for own in parts.values()], 0.97)
        found = [own for own in parts.values() if sum(len(one.times) for one in own) <= most]
        self._habits = [_of(own) for own in found]
        self._times = np.concatenate([habit.times for habit in self._habits])
        sizes = np.array([len(habit.times) for habit in self._habits])
        self._begin = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self._signup = np.array([habit.customer.signup for habit in self._habits])

    def draw(
        self,
        rng: np.random.Generator,
        count: int,
        mean: float,
        first: int,
        last: int,
        *,
        before: int | None = None,
        most: float | None = None,
        jitter: float = 0.75,
    ) -> list[Habit]:
        """`count` habits cut to [first, last), with `mean` rows on average.

        A customer with n rows in the window is drawn with a weight of n^k, k such that the mean comes out. `before` is
        the latest sign-up, `most` the largest n. Sessions move by up to `jitter` hours and pauses stretch a little, so
        that no account repeats its model to the minute.
        """
        rows = np.add.reduceat(((self._times >= first) & (self._times < last)).astype(np.int64), self._begin)
        usable = (rows > 0) & (rows <= (most or np.inf))
        if before is not None and (usable & (self._signup < before)).sum() >= _FEWEST:
            usable &= self._signup < before
        wrap = usable.sum() < _FEWEST
        if wrap:  # hardly anybody is active then: other days' habits, moved into the window
            usable = self._signup < last
            usable = usable if usable.any() else np.ones(len(self._habits), dtype=bool)
            rows = np.array([len(habit.times) for habit in self._habits])
        at = np.flatnonzero(usable)
        weight, reached = tilt(rows[at].astype(float), mean)
        picked = at[rng.choice(len(at), count, p=weight)]
        drawn = []
        for index in picked.tolist():
            habit = self._habits[index]
            habit = _wrapped(habit, first, last) if wrap else habit.within(first, last)
            if reached < 0.97 * mean:
                habit = _multiplied(habit, mean / reached, rng)
            elif reached > 1.03 * mean:
                habit = _thinned(habit, mean / reached, rng)
            drawn.append(_moved(habit, first, last, jitter, rng))
        return drawn


def _of(own: Sequence[Sent]) -> Habit:
    times = np.concatenate([one.times for one in own])
    order = np.argsort(times, kind="stable")
    return Habit(
        customer=own[0].customer,
        times=times[order],
        chain=np.concatenate([one.turns // 2 for one in own])[order],
        models=np.array([model for one in own for model in one.models], dtype=object)[order],
        refused=own[0].refused,
        logprobs=own[0].logprobs,
        choices=own[0].choices,
        tools=own[0].tools,
    )


def tilt(rows: npt.NDArray[np.float64], mean: float) -> tuple[npt.NDArray[np.float64], float]:
    """How customers are drawn so that the mean comes out: (weights proportional to rows^k, the mean reached).

    k is found by bisection within [-4, _STEEPEST].
    """
    logs = np.log(rows)
    low, high = -4.0, _STEEPEST
    for _ in range(40):
        middle = (low + high) / 2
        weight = np.exp(middle * (logs - logs.max()))
        weight /= weight.sum()
        if float(weight @ rows) < mean:
            low = middle
        else:
            high = middle
    return weight, float(weight @ rows)


def _wrapped(habit: Habit, first: int, last: int) -> Habit:
    """All rows, moved by whole days into the window where it is that long."""
    length = max(DAY, (last - first) // DAY * DAY)
    times = np.minimum(first + (habit.times - first) % length, last - 1)
    order = np.argsort(times, kind="stable")
    return replace(habit.at(order), times=times[order])


def _multiplied(habit: Habit, factor: float, rng: np.random.Generator) -> Habit:
    """More of the same: every row followed by others at the customer's own pauses."""
    copies = 1 + rng.poisson(factor - 1, len(habit.times))
    pauses = np.diff(habit.times)
    pauses = pauses[pauses < _PAUSE] if (pauses < _PAUSE).any() else np.array([20 * SECOND])
    rows = np.repeat(np.arange(len(habit.times)), copies)
    extra = np.arange(len(rows)) - np.repeat(np.cumsum(copies) - copies, copies)
    times = habit.times[rows] + extra * rng.choice(pauses, len(rows))
    order = np.argsort(times, kind="stable")
    return replace(habit.at(rows[order]), times=times[order])


def _thinned(habit: Habit, share: float, rng: np.random.Generator) -> Habit:
    """Whole sessions left out, the last one cut."""
    keep = max(1, round(share * len(habit.times)))
    rank = rng.permutation(int(_sessions(habit.times)[-1]) + 1)[_sessions(habit.times)]
    return habit.at(np.sort(np.argsort(rank, kind="stable")[:keep]))


def _sessions(times: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(np.diff(times) > _PAUSE)])


def _moved(habit: Habit, first: int, last: int, jitter: float, rng: np.random.Generator) -> Habit:
    session = _sessions(habit.times)
    begin = habit.times[np.searchsorted(session, session)]
    stretch = rng.lognormal(0, 0.15, int(session[-1]) + 1)[session]
    shift = (rng.uniform(-jitter, jitter, int(session[-1]) + 1) * HOUR).astype(np.int64)[session]
    times = begin + ((habit.times - begin) * stretch).astype(np.int64) + shift
    signup = habit.customer.signup
    earliest = max(first, signup) if signup < last else first
    latest = min(last, habit.customer.closed or last) - 1
    times = np.clip(times, earliest, max(earliest, latest))
    order = np.argsort(times, kind="stable")
    return replace(habit.at(order), times=times[order])
