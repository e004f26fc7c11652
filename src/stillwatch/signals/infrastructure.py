"""Infrastructure: what accounts share beside what they ask. Rarity decides; a value that many share is a hub.

Each measure is the share of members who have a *partner*, another customer in the group with the same value. Values
seen with more than `HUB` customers link nobody: a carrier's NAT, a campus, an SDK, a card issuer.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.profile.kernels import EMPTY
from stillwatch.profile.layout import BEGINNING
from stillwatch.signals.population import Ints, Population
from stillwatch.signals.registry import group_signal

HUB = 60  #: customers behind one value from which on it links nobody
_HOUR = 3_600_000_000


def values(population: Population, attribute: str) -> tuple[Ints, Ints]:
    """The (account, value code) pairs of an attribute, hubs left out; codes are dense."""
    account, code = pairs(population, attribute)
    if not len(code):
        return account, code
    owner = np.unique(np.stack((code, population.principal[account])), axis=1)
    customers = np.bincount(owner[0], minlength=code.max() + 1)
    kept = customers[code] <= HUB
    return account[kept], code[kept]


def pairs(population: Population, attribute: str) -> tuple[Ints, Ints]:
    """All (account, value code) pairs of an attribute, hubs included."""
    if attribute in ("payment", "email_domain"):
        column: Ints = getattr(population, attribute)
        known = np.flatnonzero(column >= 0)
        return known, column[known]
    if attribute == "signup":
        known = np.flatnonzero(population.signup > BEGINNING)
        return known, np.unique(population.signup[known] // _HOUR, return_inverse=True)[1].astype(np.int64)
    keys: npt.NDArray[np.uint64] = population.profiles[attribute]
    account, slot = np.nonzero((keys != EMPTY) & (keys != 0))
    return account, np.unique(keys[account, slot], return_inverse=True)[1].astype(np.int64)


def partnered(population: Population, rows: Ints, attribute: str) -> float:
    """Share of the members who share a value, no hub, with another customer in the group; NaN without values."""
    account, code = population.memo(f"values of {attribute}", lambda: values(population, attribute))
    if not len(code):
        return float("nan")
    inside = np.zeros(len(population), bool)
    inside[rows] = True
    kept = inside[account]
    account, code = account[kept], code[kept]
    if not len(code):
        return 0.0
    principal = population.principal[account]
    low = np.full(code.max() + 1, np.iinfo(np.int64).max)
    high = np.full(code.max() + 1, -1)
    np.minimum.at(low, code, principal)
    np.maximum.at(high, code, principal)
    return float(len(np.unique(account[low[code] < high[code]])) / len(rows))


@group_signal(
    "infrastructure",
    "high",
    "account.payment",
    benign="a household or an agency pays for several accounts",
    reference="shared means of payment (Anthropic, February 2026; CISA AA26-251A)",
    partners=True,
)
def shared_payment(population: Population, rows: Ints) -> float:
    """Share of members that pay with another customer's means."""
    return partnered(population, rows, "payment")


@group_signal(
    "infrastructure",
    "high",
    "ip",
    benign="a home, an office, a campus or a VPN exit",
    reference="EvilCohort (Stringhini et al. 2015) with hubs capped",
    partners=True,
)
def shared_address(population: Population, rows: Ints) -> float:
    """Share of members that use another customer's address."""
    return partnered(population, rows, "ip")


@group_signal(
    "infrastructure",
    "high",
    "ip",
    benign="neighbours in one block of a hosting or access provider",
    reference="EvilCohort (Stringhini et al. 2015) with hubs capped",
    partners=True,
)
def shared_network(population: Population, rows: Ints) -> float:
    """Share of members in a /24 with another customer."""
    return partnered(population, rows, "network")


@group_signal(
    "infrastructure",
    "high",
    "tls_fingerprint",
    benign="users of one rare client",
    reference="JA4 (FoxIO)",
    partners=True,
)
def shared_fingerprint(population: Population, rows: Ints) -> float:
    """Share of members with a rare TLS fingerprint that another customer has."""
    return partnered(population, rows, "tls_fingerprint")


@group_signal(
    "infrastructure",
    "high",
    "account.email_domain",
    benign="members of a small organization",
    reference="registration details (CISA AA26-251A)",
    partners=True,
)
def shared_mail_domain(population: Population, rows: Ints) -> float:
    """Share of members with a rare mail domain that another customer has."""
    return partnered(population, rows, "email_domain")


@group_signal(
    "infrastructure",
    "high",
    "account.signup_time",
    benign="a class or a launch signs up together",
    reference="sign-up cohorts (CISA AA26-251A)",
    partners=True,
)
def shared_signup(population: Population, rows: Ints) -> float:
    """Share of members that signed up in the same hour as another member."""
    return partnered(population, rows, "signup")
