"""Allow-lists: accounts that are known and are never to be named, with a reason, a person and an expiry.

An allow-list acts after the statistics. Its accounts are profiled, calibrate and link like any others: were they taken
out before, a list could hide a campaign (the accounts left over may be too few to show it) and every entry would change
everybody else's p-values. What it spares is counted in every group, so that nothing disappears in silence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.errors import InputError
from stillwatch.operate.files import Entry, day
from stillwatch.operate.networks import accounts_in, read_network
from stillwatch.signals.population import Population

LONGEST = timedelta(days=366)  #: from `since` to `expires`: somebody has to look again within a year
MANY = 0.1  #: share of all accounts from which on an entry is remarked upon
#: Set by the provider or its gateway, every one: what a client claims (user agent, mail domain) may not exempt it.
SCOPES = ("account", "organization", "payment", "network")
_KEYS = frozenset({"scope", "value", "reason", "who", "since", "expires"})
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class AllowEntry:
    """One entry of an allow-list."""

    scope: str
    value: str
    reason: str
    who: str
    since: datetime
    expires: datetime

    @property
    def name(self) -> str:
        """As in "organization acme"."""
        return f"{self.scope} {self.value}"

    def facts(self) -> dict[str, object]:
        """What scan.json says of it."""
        said = {name: getattr(self, name) for name in ("scope", "value", "reason", "who")}
        return said | {"since": day(self.since), "expires": day(self.expires)}


class AllowList:
    """The entries of a list that are in force at one moment; called by the analysis with the population."""

    def __init__(self, file: str, entries: Sequence[AllowEntry], at: datetime) -> None:
        self.file = file
        self.entries = [entry for entry in entries if entry.since <= at < entry.expires]
        self.notes = [
            f"{file}: the entry '{entry.name}' expired on {day(entry.expires)} and was ignored"
            if entry.expires <= at
            else f"{file}: the entry '{entry.name}' begins on {day(entry.since)}, after this traffic, and was ignored"
            for entry in entries
            if not entry.since <= at < entry.expires
        ]
        self.ignored = len(entries) - len(self.entries)
        self.covered: dict[str, int] = {}

    def __call__(self, population: Population) -> list[str | None]:
        """The name of the entry that covers each account, the first in the file where several do."""
        names: list[str | None] = [None] * len(population)
        for entry in self.entries:
            covered = _MASKS[entry.scope](population, entry.value)
            if covered is None:
                self.notes.append(
                    f"{self.file}: the entry '{entry.name}' covers nobody: in the mode sketches addresses are hashed, "
                    "and a network has to be an IPv4 /24 or /32 or an IPv6 /48"
                )
                continue
            rows = np.flatnonzero(covered).tolist()
            self.covered[entry.name] = len(rows)
            for row in rows:
                names[row] = names[row] or entry.name
            if not rows:
                self.notes.append(f"{self.file}: the entry '{entry.name}' covers no account of this log")
            if len(rows) > MANY * len(population):
                self.notes.append(
                    f"{self.file}: the entry '{entry.name}' covers {len(rows):,} of {len(population):,} accounts"
                )
        return names


def read_allow(path: str | Path) -> list[AllowEntry]:
    """The entries of an allow-list: TOML, one table `[[allow]]` each (grammar in docs/reference/control-files.md).

    Raises:
        InputError: Not TOML, or an entry that is incomplete, unbounded or of a scope that there is not.

    """
    file = str(path)
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"can't be opened: {error.strerror}", file=file) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is not valid TOML: {error}", file=file) from None
    for key in sorted(content.keys() - {"allow"}):
        raise InputError("an allow-list has only tables [[allow]]", file=file, field=key)
    tables = content.get("allow", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError("has to be a list of tables: write [[allow]]", file=file, field="allow")
    entries = [_entry(Entry(file, f"entry {number}", table)) for number, table in enumerate(tables, 1)]
    names = [entry.name for entry in entries]
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            raise InputError(f"entry {number}: '{name}' came before", file=file, field="value")
    return entries


def _entry(given: Entry) -> AllowEntry:
    given.only(_KEYS)
    scope, value = given.text("scope"), given.text("value")
    if scope not in SCOPES:
        raise given.fail("scope", f"'{scope}' is not one of {', '.join(SCOPES)}")
    if scope == "network":
        try:
            read_network(value)
        except ValueError as error:
            raise given.fail("value", str(error)) from None
    since, expires = given.required_moment("since"), given.required_moment("expires")
    if expires <= since:
        raise given.fail("expires", f"{day(expires)} is not after since, {day(since)}")
    if expires - since > LONGEST:
        raise given.fail("expires", f"{day(expires)} is more than {LONGEST.days} days after since, {day(since)}")
    return AllowEntry(scope, value, given.text("reason"), given.text("who"), since, expires)


def _account(population: Population, value: str) -> Mask:
    return _equal(population.profiles.names, value)


def _organization(population: Population, value: str) -> Mask:
    return np.asarray(population.organization == population.organizations.get(value, -2))


def _payment(population: Population, value: str) -> Mask:
    names = population.labels["payment"]
    return np.asarray(population.payment == (names.index(value) if value in names else -2))


def _network(population: Population, value: str) -> Mask | None:
    return accounts_in(population.profiles, read_network(value))


def _equal(names: Sequence[str], value: str) -> Mask:
    return np.asarray(pc.equal(pa.array(names, pa.string()), value).to_numpy(zero_copy_only=False), bool)


_MASKS: dict[str, Callable[[Population, str], Mask | None]] = {
    "account": _account,
    "organization": _organization,
    "payment": _payment,
    "network": _network,
}
