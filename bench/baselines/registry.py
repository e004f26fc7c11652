"""The registry of baselines: a method is one file with one decorated function."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.baselines.tables import Tables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ALONE = -1  #: in no group


@dataclass(frozen=True, slots=True)
class Scores:
    """What one configuration of a method says of every account, in the order of `Tables.accounts`."""

    score: Floats  #: higher = more suspicious; never NaN
    group: Ints | None = None  #: code of the account's group, `ALONE` without one; None where a method forms none


Method = Callable[[Tables, Tables], dict[str, Scores]]


@dataclass(frozen=True, slots=True)
class Baseline:
    """A method and where it comes from."""

    name: str
    title: str
    source: str
    score: Method  #: (tables, tables of earlier innocent traffic) -> scores of each configuration


_REGISTRY: dict[str, Baseline] = {}


def baseline(title: str, *, source: str) -> Callable[[Method], Method]:
    """Register a method under its function's name."""

    def keep(method: Method) -> Method:
        _REGISTRY[method.__name__] = Baseline(method.__name__, title, source, method)
        return method

    return keep


def baselines() -> dict[str, Baseline]:
    """All methods by name; every file of this folder is imported."""
    package = importlib.import_module("bench.baselines")
    for module in sorted(found.name for found in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"bench.baselines.{module}")
    return dict(sorted(_REGISTRY.items()))
