"""The registry of signals: a signal is one function, registered with what it means and its innocent explanation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stillwatch.signals.population import Floats, Ints, Population

Channel = Literal["content", "timing", "infrastructure", "usage"]
Direction = Literal["high", "low", "both"]
AccountMeasure = Callable[[Population], Floats]
GroupMeasure = Callable[[Population, Ints], Floats]
CHANNELS: tuple[Channel, ...] = ("content", "timing", "infrastructure", "usage")


@dataclass(frozen=True, slots=True)
class Signal:
    """One measured property of an account or of a group, with its direction and its benign explanation."""

    name: str
    channel: Channel
    direction: Direction  #: which tail speaks for a campaign
    columns: frozenset[str]  #: exchange columns, and account columns as "account.NAME", without which it says nothing
    meaning: str
    benign: str  #: what else explains it
    reference: str
    account: AccountMeasure | None = None  #: (accounts,) values, NaN where not computable
    group: GroupMeasure | None = None  #: one value per row of (groups, members)
    partners: bool = False  #: the value is the share of members with a partner: few pairs, counted as such
    follows: bool = False  #: from what is asked, or the program that asks it: speaks for no campaign linked by one
    local: bool = False  #: people of one place have it in common: compared with groups of neighbours, too

    def values(self, population: Population) -> Floats:
        """The value of every account, computed once per population. Raises `ValueError` for a signal of groups."""
        measure = self.account
        if measure is None:
            raise ValueError(f"{self.name} is measured on groups")
        return population.memo(f"signal {self.name}", lambda: measure(population))

    def prepare(self, population: Population) -> None:
        """Compute what it needs of all accounts (two at least), once per population."""
        if self.group is None:
            self.values(population)
        else:
            self.group(population, np.array([[0, 1]]))

    @property
    def level(self) -> str:
        """Account or group."""
        return "account" if self.account else "group"


_REGISTRY: dict[str, Signal] = {}


def account_signal(
    channel: Channel, direction: Direction, columns: str, *, benign: str, reference: str, follows: bool = False
) -> Callable[[AccountMeasure], AccountMeasure]:
    """Register a function of the population that gives one value per account. `columns` is separated by blanks."""

    def register(function: AccountMeasure) -> AccountMeasure:
        _add(function, channel, direction, columns, benign, reference, account=function, follows=follows)
        return function

    return register


def group_signal(
    channel: Channel,
    direction: Direction,
    columns: str,
    *,
    benign: str,
    reference: str,
    partners: bool = False,
    follows: bool = False,
    local: bool = False,
) -> Callable[[GroupMeasure], GroupMeasure]:
    """Register a function that gives one value per group; groups are rows of accounts, shape (groups, members)."""

    def register(function: GroupMeasure) -> GroupMeasure:
        marks = (partners, follows, local)
        _add(function, channel, direction, columns, benign, reference, None, function, *marks)
        return function

    return register


def _add(
    function: Callable[..., object],
    channel: Channel,
    direction: Direction,
    columns: str,
    benign: str,
    reference: str,
    account: AccountMeasure | None = None,
    group: GroupMeasure | None = None,
    partners: bool = False,
    follows: bool = False,
    local: bool = False,
) -> None:
    name = function.__name__
    if name in _REGISTRY:
        raise ValueError(f"two signals are called {name}")
    meaning = (function.__doc__ or "").strip().splitlines()[0]
    _REGISTRY[name] = Signal(
        name,
        channel,
        direction,
        frozenset(columns.split()),
        meaning,
        benign,
        reference,
        account,
        group,
        partners,
        follows,
        local,
    )


def named(name: str) -> Signal:
    """The signal of that name. Raises `KeyError` where there is none."""
    return _REGISTRY[name]


def registry() -> tuple[Signal, ...]:
    """All signals, by channel and name."""
    return tuple(sorted(_REGISTRY.values(), key=lambda s: (CHANNELS.index(s.channel), s.name)))
