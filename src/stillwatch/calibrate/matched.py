"""Matched groups: how a group's signal compares with groups of comparable accounts.

The reference is groups of accounts of the same type, outside the group under test: each member is stood in for by an
account of like volume, working hours, follow-ups and prompt lengths. So thirty unrelated bots are compared with thirty
other bots, and what they have in common *as bots* counts for nothing. Accounts are resampled, never exchanges: ten
thousand exchanges of one strange customer are one strange customer.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from scipy.special import betainc, stdtr

from stillwatch.calibrate.kernels import draw_groups
from stillwatch.calibrate.neighbours import neighbours
from stillwatch.calibrate.standins import stand_in_tail
from stillwatch.cores import cores
from stillwatch.signals.population import Floats, Ints, Population
from stillwatch.signals.registry import Signal, registry

DRAWS = 48
ALIKE = 24  #: stand-ins per member to draw from
NEAR = 64  #: accounts most like a member that are looked at
SLIGHT = 0.25  #: standard deviations by which members may differ from their stand-ins: no match of types is perfect
UNMATCHED = 0.5  #: part of what stand-ins show by which a group may differ: among thousands, every trifle is certain
MEMBERS = 16_384  #: members that are compared: of a larger group, so many drawn at random stand for all
POOL = 131_072  #: accounts of the reference that stand-ins come from, drawn at random where there are more
NOTABLE = 0.05  #: p-value from which on a local signal isn't compared with neighbours: it speaks for nothing anyhow
LEAST_P = 1e-15  #: smaller tails are beyond what the approximation can promise


@dataclass(frozen=True, slots=True)
class Comparison:
    """One signal of a group beside its expectation in comparable groups."""

    signal: Signal
    value: float
    expected: float
    p_value: float


class Matched:
    """Random groups matched to one group, for all its signals."""

    def __init__(
        self,
        population: Population,
        rows: Ints,
        reference: Population,
        seed: int,
        without: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """`without` are accounts of the reference, shape (accounts,), that may stand in for nobody."""
        self.population, self.reference = population, reference
        self.chosen = _some(np.arange(len(rows)), MEMBERS, seed)
        self.rows = rows[self.chosen]
        outside = np.zeros(len(reference), bool)
        outside[_pool(reference)] = True
        if reference is population:
            outside[rows] = False
        if without is not None:
            outside &= ~without
        self.outside, self.seed = np.flatnonzero(outside), seed
        self.draws: Ints | None = None
        if len(self.outside) >= max(len(self.rows) / 4, 20):
            apart = without if without is not None and reference is population and without[rows].all() else None
            self.stand_ins, self.draws = _draw(population, self.rows, reference, self.outside, seed, apart)

    def channel(self, channel: str, wanted: Callable[[Signal], bool] | None = None) -> tuple[Comparison, ...]:
        """All signals of a channel that are wanted and computable, most telling first."""
        signals = [s for s in registry() if s.channel == channel and (wanted is None or wanted(s))]
        found = [c for s in signals if (c := self.compare(s)) is not None]
        return tuple(sorted(found, key=lambda c: c.p_value))

    def compare(self, signal: Signal, own: Floats | None = None) -> Comparison | None:
        """The signal's p-value in its own direction; None where it is not computable.

        `own` are the members' values of an account's signal where a part of their traffic is in question.
        """
        if not signal.columns <= self.population.columns & self.reference.columns or self.draws is None:
            return None
        if not self.population.uses(signal.channel):
            return None
        if signal.account is not None:
            own = signal.values(self.population)[self.rows] if own is None else own[self.chosen]
            others = signal.values(self.reference)[self.stand_ins]
            known, known_others = own[np.isfinite(own)], others[np.isfinite(others)]
            if len(known) < 3 or len(known_others) < 8:
                return None
            p_value = max(stand_in_tail(own, others, signal.direction, SLIGHT), LEAST_P)
            return Comparison(signal, float(known.mean()), float(known_others.mean()), p_value)
        if signal.group is None:
            return None
        value = float(signal.group(self.population, self.rows[None, :])[0])
        found = self._beside(signal, value, self.draws)
        if found is None or not signal.local or found.p_value > NOTABLE:
            return found
        nearby = self._beside(signal, value, self._nearby)
        # Neither comparison may explain it.
        return found if nearby is None or nearby.p_value < found.p_value else nearby

    def _beside(self, signal: Signal, value: float, draws: Ints) -> Comparison | None:
        """A group signal's value beside these groups of the reference, shape (draws, members)."""
        assert signal.group is not None
        reference = signal.group(self.reference, draws)
        reference = reference[np.isfinite(reference)]
        if not np.isfinite(value) or len(reference) < 8:
            return None
        expected = float(reference.mean())
        if signal.partners:
            return Comparison(signal, value, expected, _pairs_tail(value, reference, len(self.rows)))
        return Comparison(signal, value, expected, _tail(value, reference, signal.direction, len(self.rows)))

    @cached_property
    def _nearby(self) -> Ints:
        """Groups of accounts in the members' own networks; where a member is alone there, of its stand-ins."""
        place = np.full(len(self.reference), -1)
        place[self.outside] = np.arange(len(self.outside))
        near = neighbours(self.population, self.rows, self.reference, place, place[self.stand_ins])
        drawn: Ints = draw_groups(near, near.shape[1], np.unique(near), len(self.outside), DRAWS, self.seed)
        return self.outside[drawn]


def _some(rows: Ints, most: int, seed: int) -> Ints:
    """At most so many of the rows, ascending, drawn at random."""
    return rows if len(rows) <= most else np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _pool(reference: Population) -> Ints:
    """The accounts that may stand in for others."""
    return reference.memo("stand-ins", lambda: _some(np.arange(len(reference)), POOL, 0))


def _types(population: Population, reference: Population) -> Floats:
    """What kind of account each is, as ranks (0 to 1) within the reference, shape (accounts, features)."""
    columns = []
    for own, others in zip(_features(population), _features(reference), strict=True):
        order = np.sort(others[np.isfinite(others)])
        low, high = np.searchsorted(order, own, "left"), np.searchsorted(order, own, "right")
        columns.append(np.where(np.isfinite(own), (low + high) / (2 * max(len(order), 1)), 0.5))
    columns[0] = columns[0] * 2  # volume decides what can be seen at all
    return np.column_stack(columns)


def _features(population: Population) -> list[Floats]:
    profiles, n = population.profiles, population.exchanges
    hours = np.sort(profiles["hours"], axis=1)
    known = profiles.count("turns_known")
    output, read = profiles.count("output_known"), profiles.count("input_known")
    with np.errstate(invalid="ignore", divide="ignore"):
        return [
            n.astype(float),
            hours[:, :12].sum(axis=1) / n,
            (profiles["last"] - profiles["first"]).astype(float),
            np.where(known > 0, profiles.count("followups") / known, np.nan),
            population.prompt_words,
            np.where(output > 0, profiles.count("output_tokens") / output, np.nan),
            np.where(read > 0, profiles.count("input_tokens") / read, np.nan),
            (profiles.count("system") > 0).astype(float),
        ]


def prepare_types(population: Population, reference: Population) -> tuple[Floats, Floats]:
    """What kind of account each is, of the population and of the reference; computed once for both."""
    types = population.memo(f"types {id(reference)}", lambda: _types(population, reference))
    return types, types if reference is population else reference.memo("types", lambda: _types(reference, reference))


def _draw(
    population: Population,
    rows: Ints,
    reference: Population,
    outside: Ints,
    seed: int,
    apart: npt.NDArray[np.bool_] | None,
) -> tuple[Ints, Ints]:
    """The accounts outside most like each member, (members, stand-ins), and groups of them, (draws, members).

    `apart` are all that are not outside, (accounts,), where other groups have the same; else None.
    A stand-in drawn twice leaves a place that goes to another stand-in, or, where there are too few, to anybody.
    """
    types, others = prepare_types(population, reference)
    near = _nearest(population, rows, types, others, reference, outside, apart)
    alike = min(ALIKE, near.shape[1])
    drawn = draw_groups(near, alike, np.unique(near), len(outside), DRAWS, seed)
    return outside[near[:, :alike]], outside[drawn]


def _nearest(
    population: Population,
    rows: Ints,
    types: Floats,
    others: Floats,
    reference: Population,
    outside: Ints,
    apart: npt.NDArray[np.bool_] | None,
) -> Ints:
    """Places in `outside` of the accounts most like each of `rows`, shape (members, stand-ins).

    Where a group's own members are most of its surroundings, a tree without them is asked.
    """
    most = min(max(ALIKE, 4 * len(rows)), NEAR, len(outside))
    place = np.full(len(reference), -1)
    place[outside] = np.arange(len(outside))
    found = place[_pool(reference)[_in_pool(population, rows, reference)]]
    left = (found >= 0).sum(axis=1)
    few = left < min(ALIKE, most)
    k = min(most, int(left[~few].min(initial=most)))
    near = np.take_along_axis(found, np.argsort(found < 0, axis=1, kind="stable")[:, :k], axis=1)
    if few.any():
        rest = (
            KDTree(others[outside], leafsize=32)
            if apart is None
            else reference.memo(
                f"tree of types without {zlib.crc32(apart.tobytes())}", lambda: KDTree(others[outside], leafsize=32)
            )
        )
        near[few] = rest.query(types[rows[few]], k=k)[1].reshape(-1, k)
    return near


def prepare_neighbours(population: Population, groups: Sequence[Ints], reference: Population) -> None:
    """Look for the accounts most like those of all these groups at once."""
    compared = [rows for rows in groups if len(rows) <= MEMBERS]
    if compared:
        _in_pool(population, np.unique(np.concatenate(compared)), reference)


def _in_pool(population: Population, rows: Ints, reference: Population) -> Ints:
    """Places in the pool of the accounts most like each of `rows`, shape (rows, `NEAR`).

    One tree serves all groups, and is asked once of each account.
    """
    types, others = prepare_types(population, reference)
    pool = _pool(reference)
    tree = reference.memo("tree of types", lambda: KDTree(others[pool], leafsize=32))
    # Places from 1: zeros take no memory until an account is asked of.
    asked = reference.memo(
        f"neighbours {id(population)}", lambda: np.zeros((len(population), min(NEAR, len(pool))), np.int32)
    )
    new = rows[asked[rows, 0] == 0]
    if len(new):
        asked[new] = 1 + tree.query(types[new], k=asked.shape[1], workers=cores())[1].reshape(len(new), -1)
    return np.asarray(asked[rows] - 1)


def _tail(value: float, reference: Floats, direction: str, size: int) -> float:
    """Tail probability with mean and spread estimated from the draws (Student's t for a new draw).

    The spread is kept above what one member more or less would change in a share, so that a signal that is
    constant in every draw can't make a tiny difference certain.
    """
    n = len(reference)
    spread = max(float(reference.std(ddof=1)), abs(float(reference.mean())) * 0.02, 0.25 / size**0.5 * 0.02, 1e-9)
    # Stand-ins match by type, not in everything: what is less than half as much again is no evidence in any number.
    excess = value - float(reference.mean())
    excess = float(np.sign(excess)) * max(abs(excess) - UNMATCHED * abs(float(reference.mean())), 0.0)
    score = excess / (spread * (1 + 1 / n) ** 0.5)
    if direction == "low":
        score = -score
    p = float(stdtr(n - 1, -abs(score) if direction == "both" else -score))
    return max(min(1.0, 2 * p if direction == "both" else p), LEAST_P)


def _pairs_tail(value: float, reference: Floats, size: int) -> float:
    """Chance of as many pairs of members that share a value, from the number in the draws.

    Two members that share a card are one coincidence, not two: shares are counted in pairs. Coincidences come in
    clumps (a household has several accounts), so the count is negative binomial where the draws vary more than Poisson.
    """
    pairs = np.round(reference * size / 2)
    # Half a pair more than seen in all the draws together: a mean of zero is not certain.
    mean = (1 + UNMATCHED) * (float(pairs.sum()) + 0.5) / len(pairs)
    variance = max(float(pairs.var(ddof=1)) * (1 + UNMATCHED) ** 2, mean * 1.5)
    seen = round(value * size / 2)
    shape = mean**2 / (variance - mean)
    # The negative binomial's tail as a beta integral.
    p = float(betainc(seen, shape, 1 - mean / variance)) if seen else 1.0
    return max(p, LEAST_P)
