"""The kinds of customers and of campaigns: a new kind is one file with one decorated function.

A benign kind is called as `kind(town, accounts, exchanges)`: it opens about so many accounts in the town and sends
about so many requests from them. A campaign kind is called as `kind(operation)`; see `operation.Operation`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stillwatch.range.operation import Operation
    from stillwatch.range.town import Town

    BenignBuilder = Callable[[Town, int, int], None]
    CampaignBuilder = Callable[[Operation], None]


@dataclass(frozen=True, slots=True)
class BenignKind:
    """A kind of innocent customer: its share of the benign accounts and its usual requests per account."""

    name: str
    share: float
    per_account: float
    build: BenignBuilder
    meaning: str


@dataclass(frozen=True, slots=True)
class CampaignKind:
    """A kind of campaign: its share of the attackers' accounts and its usual requests per account.

    `adaptive` ones know what a detector looks for; a world holds them only where it is asked to.
    """

    name: str
    share: float
    per_account: float
    build: CampaignBuilder
    meaning: str
    adaptive: bool = False


BENIGN: dict[str, BenignKind] = {}
CAMPAIGNS: dict[str, CampaignKind] = {}


def benign(name: str, *, share: float, per_account: float) -> Callable[[BenignBuilder], BenignBuilder]:
    """Register a benign kind."""

    def keep(build: BenignBuilder) -> BenignBuilder:
        BENIGN[name] = BenignKind(name, share, per_account, build, (build.__doc__ or "").split("\n")[0])
        return build

    return keep


def campaign(
    name: str, *, share: float, per_account: float, adaptive: bool = False
) -> Callable[[CampaignBuilder], CampaignBuilder]:
    """Register a campaign kind."""

    def keep(build: CampaignBuilder) -> CampaignBuilder:
        meaning = (build.__doc__ or "").split("\n")[0]
        CAMPAIGNS[name] = CampaignKind(name, share, per_account, build, meaning, adaptive)
        return build

    return keep


def load_kinds() -> None:
    """Import every file of `benign/` and `campaigns/`, so that the two registries are full."""
    for package in ("stillwatch.range.benign", "stillwatch.range.campaigns"):
        path = importlib.import_module(package).__path__
        for module in sorted(found.name for found in pkgutil.iter_modules(path)):
            importlib.import_module(f"{package}.{module}")
