"""What of an account is watched for drift: every signal of accounts, the kind of traffic, what it asks about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stillwatch.signals import registry
from stillwatch.signals.population import LEAST_SAMPLED, Floats, Ints, Population

AXES = 3  #: of content that are watched
_DAY = 86_400_000_000
#: Signals of accounts whose values depend on how long was watched.
_LENGTH = frozenset({"age_at_first_use", "life_span", "round_the_clock"})


class Side(NamedTuple):
    """Some accounts of a population."""

    population: Population
    rows: Ints


@dataclass(frozen=True, slots=True)
class Measure:
    """One property of an account that is watched."""

    name: str
    meaning: str
    columns: frozenset[str]
    values: Callable[[Side, Side], Floats]  #: of the accounts of both sides, the first side's before the second's
    needs_length: bool = False  #: depends on the length of the period
    volume: bool = False  #: is the volume itself, compared without regard to volume
    ordered: bool = True  #: whether more and less mean anything


def measures() -> tuple[Measure, ...]:
    """All of them: the registry's, the kinds of traffic, the content."""
    signals = tuple(
        Measure(s.name, s.meaning, s.columns, _each(s.values), needs_length=s.name in _LENGTH)
        for s in registry()
        if s.account is not None
    )
    return signals + _TRAFFIC + _CONTENT


def days(population: Population, rows: Ints) -> float:
    """Days from the first exchange of these accounts to their last."""
    if not len(rows):
        return 0.0
    return float(population.profiles["last"][rows].max() - population.profiles["first"][rows].min()) / _DAY


def _each(of_all: Callable[[Population], Floats]) -> Callable[[Side, Side], Floats]:
    """A measure of populations as one of two sides."""
    return lambda *sides: np.concatenate([of_all(side.population)[side.rows] for side in sides])


def _per_exchange(total: str, known: str) -> Callable[[Side, Side], Floats]:
    def values(population: Population) -> Floats:
        count = population.profiles.count(known)
        return np.where(count > 0, population.profiles.count(total) / np.maximum(count, 1), np.nan)

    return _each(values)


def _axis(number: int) -> Callable[[Side, Side], Floats]:
    """Places on one leading axis of the content of both sides together.

    Nobody's side has a part in the axis, so that an exchange of customers leaves it as it is.
    """

    def values(*sides: Side) -> Floats:
        meaning = np.concatenate([side.population.meaning[side.rows] for side in sides])
        known = np.concatenate([side.population.sampled[side.rows] for side in sides]) >= LEAST_SAMPLED
        if not known.any():
            return np.full(len(known), np.nan)
        centred = meaning - meaning[known].mean(axis=0)
        _, axes = np.linalg.eigh(centred[known].T @ centred[known])
        axis = axes[:, -number] * np.sign(axes[np.abs(axes[:, -number]).argmax(), -number])
        return np.where(known, centred @ axis, np.nan)

    return values


def _of(*columns: str) -> frozenset[str]:
    return frozenset(columns)


_TRAFFIC = (
    Measure(
        "requests",
        "Exchanges of the account in the period.",
        _of("time"),
        _each(lambda population: population.exchanges.astype(float)),
        needs_length=True,
        volume=True,
    ),
    Measure(
        "prompt_words", "Mean words of a prompt.", _of("prompt"), _each(lambda population: population.prompt_words)
    ),
    Measure(
        "tokens_read",
        "Mean tokens read per exchange.",
        _of("input_tokens"),
        _per_exchange("input_tokens", "input_known"),
    ),
    Measure(
        "tokens_made",
        "Mean tokens generated per exchange.",
        _of("output_tokens"),
        _per_exchange("output_tokens", "output_known"),
    ),
    Measure(
        "system_prompts",
        "Share of exchanges with a system prompt.",
        _of("system"),
        _per_exchange("system", "exchanges"),
    ),
    Measure("tool_use", "Share of exchanges that offer tools.", _of("tools"), _per_exchange("tools", "tools_known")),
    Measure("refusals", "Share of exchanges refused.", _of("status"), _per_exchange("refused", "status_known")),
)
_CONTENT = tuple(
    Measure(
        f"asked_about_{number}",
        f"What the account asks about: its place on axis {number} of everybody's content.",
        _of("prompt"),
        _axis(number),
        ordered=False,
    )
    for number in range(1, AXES + 1)
)
