"""When accounts send, hour by hour: sessions in which people hold conversations, and the steady calls of services.

An hour's rows are drawn from the hour's own seed and from nothing before it, so memory stays bounded by accounts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.range.schedule import DAY, DAY_CURVES, HOUR, SECOND, WEEKEND, Clock
from stillwatch.range.stream.kernels import Seeds, mix
from stillwatch.range.stream.population import STYLES, Population

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_SESSION = np.array([3.5, 4.0, 1.0, 60.0, 1.0])  #: requests of a session, by style
_PAUSE = np.array([95.0, 70.0, 3.0, 6.0, 3.0])  #: seconds between them
_WINDOWS = int(HOUR // (600 * SECOND))


@dataclass(frozen=True, slots=True)
class Rows:
    """Requests in order of time: whose, when, of which conversation, at which place in it."""

    account: npt.NDArray[np.int64]
    time: Ints
    conversation: Seeds
    position: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.account)


class Calendar:
    """How many requests to expect of every account in every hour of [first, first + days)."""

    def __init__(self, population: Population, clock: Clock, first: int, days: int) -> None:
        numbers = population.numbers
        self._population, self._clock, self._first = population, clock, first
        self._style, self._zone, self._curve = numbers["style"], numbers["zone"], numbers["curve"]
        self._begin, self._end = numbers["first"], numbers["last"]
        #: 24 hours by style; services and the flat have their own ways
        self._day = np.array([DAY_CURVES.get(style, np.zeros(24)) for style in STYLES])
        self._weekend = np.array([WEEKEND.get(style, 1.0) for style in STYLES])
        hours = days * 24
        curves = clock.curves[:, : clock.curves.shape[1] // _WINDOWS * _WINDOWS]
        by_hour = curves.reshape(len(curves), -1, _WINDOWS).sum(axis=2)
        by_hour += 0.02 * by_hour.mean(axis=1, keepdims=True)
        self._service = by_hour  # no two services follow one curve on the same days
        self._roll = 24 * (mix(population.seed, 73) % np.uint64(max(1, by_hour.shape[1] // 24))).astype(np.int64)
        self._steady = np.isin(self._style, (STYLES.index("service"), STYLES.index("flat")))
        self._whole = self._weigh(hours)
        # every account sends once for certain, at some hour of its stay
        whole = np.clip((np.minimum(self._end, first + days * DAY) - self._begin) // HOUR, 1, hours).astype(np.uint64)
        self._certain = (np.maximum(self._begin, first) - first) // HOUR + (mix(population.seed, 71) % whole).astype(
            np.int64
        )
        self._certain = np.minimum(self._certain, hours - 1)

    def _mood(self, day: int) -> Floats:
        """How much each account is there on a day, about 1; the same whenever asked."""
        unit = (mix(self._population.seed, 77 + day) >> np.uint64(11)).astype(float) / 2**53
        return -np.log(unit + 1e-12)

    def weight(self, hour: int) -> Floats:
        """Relative activity of each account in an hour."""
        begin = self._first + hour * HOUR
        open_ = np.clip((np.minimum(self._end, begin + HOUR) - np.maximum(self._begin, begin)) / HOUR, 0.0, 1.0)
        local = (hour + self._zone) % 24
        weekend = ((begin + self._zone * HOUR) // DAY + 3) % 7 >= 5
        weight = self._day[self._style, local] * np.where(weekend, self._weekend[self._style], 1.0)
        weight *= self._mood(hour // 24)
        service = self._style == STYLES.index("service")
        weight[service] = self._service[self._curve[service], (hour + self._roll[service]) % self._service.shape[1]]
        weight[self._style == STYLES.index("flat")] = 1.0
        return np.asarray(weight * open_)

    def _weigh(self, hours: int) -> Floats:
        total = np.zeros(len(self._population))
        for hour in range(hours):
            total += self.weight(hour)
        return np.maximum(total, 1e-9)

    def rows(self, hour: int, rng: np.random.Generator) -> Rows:
        """All requests of an hour, in order of time."""
        population = self._population
        expected = np.maximum(0.0, population.shares["volume"] - 1) * self.weight(hour) / self._whole
        expected[self._steady] *= rng.gamma(0.7, 1 / 0.7, int(self._steady.sum()))
        certain = np.flatnonzero(self._certain == hour)
        owner = np.concatenate(
            [np.repeat(np.arange(len(population)), rng.poisson(expected / _SESSION[self._style])), certain]
        )
        style = self._style[owner]
        size = 1 + np.where(_SESSION[style] > 1, rng.poisson(rng.exponential(_SESSION[style] - 1)), 0)
        size[len(owner) - len(certain) :] = 1
        session = np.repeat(np.arange(len(owner)), size)
        account = owner[session]
        opening = np.cumsum(size) - size
        place = np.arange(len(session)) - opening[session]
        gap = rng.choice(self._clock.gaps, len(session)) * rng.exponential(1.0, len(session)) * _PAUSE[style][session]
        running = np.cumsum(gap)
        offset = running - running[opening[session]]
        length = offset[np.cumsum(size) - 1] if len(size) else offset
        opened = self._first + hour * HOUR  # the part of the hour that is within the account's stay
        early = np.clip((self._begin[owner] - opened) / SECOND, 0.0, 3598.0)
        room = np.clip((self._end[owner] - opened) / SECOND, early + 1.0, 3599.0) - early
        squeeze = np.minimum(1.0, 0.97 * room / np.maximum(length, 1e-9))
        begin = early + rng.random(len(owner)) * (room - np.minimum(length, 0.97 * room))
        time = opened + ((begin[session] + offset * squeeze[session]) * SECOND).astype(np.int64)
        opens = (place == 0) | (rng.random(len(session)) >= population.shares["follow"][account])
        conversation = np.cumsum(opens)
        first = np.flatnonzero(opens)
        position = (np.arange(len(session)) - first[conversation - 1]).astype(np.int32)
        names = mix(rng.integers(0, 2**63, max(1, len(first)), dtype=np.uint64))
        order = np.argsort(time, kind="stable")
        return Rows(account[order], time[order], names[conversation - 1][order], position[order])


def join(parts: list[Rows]) -> Rows:
    """The rows of hours that follow each other."""
    return Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__slots__))
