"""What of an account is watched for drift: every signal of accounts, and what kind of traffic it sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stillwatch.signals import registry
from stillwatch.signals.population import Floats, Ints, Population

_DAY = 86_400_000_000
#: Signals of accounts whose values depend on how long was watched.
_LENGTH = frozenset({"life_span", "round_the_clock"})


@dataclass(frozen=True, slots=True)
class Measure:
    """One property of an account that is watched."""

    name: str
    meaning: str
    columns: frozenset[str]
    values: Callable[[Population], Floats]
    needs_length: bool = False  #: depends on the length of the period
    volume: bool = False  #: is the volume itself, compared without regard to volume


def measures() -> tuple[Measure, ...]:
    """All of them: the registry's, then the kinds of traffic."""
    signals = tuple(
        Measure(s.name, s.meaning, s.columns, s.values, needs_length=s.name in _LENGTH)
        for s in registry()
        if s.account is not None
    )
    return signals + _TRAFFIC


def days(population: Population, rows: Ints) -> float:
    """Days from the first exchange of these accounts to their last."""
    if not len(rows):
        return 0.0
    return float(population.profiles["last"][rows].max() - population.profiles["first"][rows].min()) / _DAY


def _per_exchange(total: str, known: str) -> Callable[[Population], Floats]:
    def values(population: Population) -> Floats:
        count = population.profiles.count(known)
        return np.where(count > 0, population.profiles.count(total) / np.maximum(count, 1), np.nan)

    return values


def _of(*columns: str) -> frozenset[str]:
    return frozenset(columns)


_TRAFFIC = (
    Measure(
        "requests",
        "Exchanges of the account in the period.",
        _of("time"),
        lambda population: population.exchanges.astype(float),
        needs_length=True,
        volume=True,
    ),
    Measure("prompt_words", "Mean words of a prompt.", _of("prompt"), lambda population: population.prompt_words),
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
