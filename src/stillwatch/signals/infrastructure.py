"""Infrastructure: what accounts share beside what they ask. Rarity decides; a value that many share is a hub.

Each measure is the share of members who have a *partner*, another customer in the group with the same value. Values
seen with more than `HUB` customers link nobody: a carrier's NAT, a campus, an SDK, a card issuer. Customers for whom
one card pays, or whose mail has one rare domain, are no partners in anything but who pays: a household or the shops of
one brand share an address because they are one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.profile.layout import BEGINNING, used
from stillwatch.signals.customers import merged
from stillwatch.signals.kernels import with_partner
from stillwatch.signals.population import UNKNOWN, Floats, Ints, Population
from stillwatch.signals.registry import group_signal

HUB = 60  #: customers behind one value from which on it links nobody
HOUR = 3_600_000_000


def values(population: Population, attribute: str) -> tuple[Ints, Ints]:
    """The (account, value code) pairs of an attribute by account, hubs left out. Computed once per population."""
    return population.memo(f"values of {attribute}", lambda: _values(population, attribute))


def pairs(population: Population, attribute: str) -> tuple[Ints, Ints]:
    """All (account, value code) pairs of an attribute, hubs included. Computed once per population."""
    return population.memo(f"pairs of {attribute}", lambda: _pairs(population, attribute))


def _values(population: Population, attribute: str) -> tuple[Ints, Ints]:
    account, code = pairs(population, attribute)
    if not population.uses("infrastructure"):
        return account[:0], code[:0]
    kept = customers(population, attribute)[code] <= HUB
    return account[kept], code[kept]


def _pairs(population: Population, attribute: str) -> tuple[Ints, Ints]:
    if attribute in ("payment", "email_domain"):
        column: Ints = getattr(population, attribute)
        known = np.flatnonzero(column >= 0)
        return known, column[known]
    if attribute == "signup":
        known = np.flatnonzero(population.signup > BEGINNING)
        return known, np.unique(population.signup[known] // HOUR, return_inverse=True)[1].astype(np.int64)
    keys: npt.NDArray[np.uint64] = population.profiles[attribute]
    account, slot = np.nonzero(used(keys))
    return account, np.unique(keys[account, slot], return_inverse=True)[1].astype(np.int64)


def holders(population: Population, attribute: str) -> Ints:
    """How many accounts have each value of an attribute, by its code. Computed once per population."""
    return population.memo(f"holders of {attribute}", lambda: np.bincount(pairs(population, attribute)[1]))


def customers(population: Population, attribute: str) -> Ints:
    """How many different customers have each value of an attribute, by its code. Computed once per population."""
    return population.memo(f"customers of {attribute}", lambda: customers_of(population, *pairs(population, attribute)))


def customers_of(population: Population, account: Ints, code: Ints) -> Ints:
    """How many different customers are behind each code in these (account, value code) pairs."""
    owners = len(population)  # codes of principals are below
    held = np.sort(code * owners + population.principal[account])
    held = held[np.append(True, held[1:] != held[:-1])[: len(held)]]
    return np.bincount(held // owners, minlength=int(code.max(initial=-1)) + 1)


def partnered(population: Population, groups: Ints, attribute: str) -> Floats:
    """Share of each group's members who share a value, no hub, with another customer in it; NaN without values."""
    account, code = values(population, attribute)
    if not len(code):
        return np.full(len(groups), np.nan)
    start = population.memo(f"starts of {attribute}", lambda: np.searchsorted(account, np.arange(len(population) + 1)))
    customer = (
        population.principal if attribute == "payment" else population.memo("parties", lambda: _parties(population))
    )
    return np.asarray(with_partner(start, code, customer, groups))


def _parties(population: Population) -> Ints:
    """A code of each account that those of one customer, of one payer and of one rare mail domain have in common."""
    codes = [population.principal]
    for attribute in ("payment", "email_domain"):
        account, code = values(population, attribute)
        codes.append(np.full(len(population), UNKNOWN))
        codes[-1][account] = code
    return merged(*codes)


@group_signal(
    "infrastructure",
    "high",
    "account.payment",
    benign="a household or an agency pays for several accounts",
    reference="shared means of payment (Anthropic, February 2026; CISA AA26-251A)",
    partners=True,
)
def shared_payment(population: Population, groups: Ints) -> Floats:
    """Share of members that pay with another customer's means."""
    return partnered(population, groups, "payment")


@group_signal(
    "infrastructure",
    "high",
    "ip",
    benign="a home, an office, a campus or a VPN exit",
    reference="EvilCohort (Stringhini et al. 2015) with hubs capped",
    partners=True,
    local=True,
)
def shared_address(population: Population, groups: Ints) -> Floats:
    """Share of members that use the address of a customer who pays otherwise."""
    return partnered(population, groups, "ip")


@group_signal(
    "infrastructure",
    "high",
    "ip",
    benign="neighbours in one block of a hosting or access provider",
    reference="EvilCohort (Stringhini et al. 2015) with hubs capped",
    partners=True,
    local=True,
)
def shared_network(population: Population, groups: Ints) -> Floats:
    """Share of members in a /24 with a customer who pays otherwise."""
    return partnered(population, groups, "network")


@group_signal(
    "infrastructure",
    "high",
    "tls_fingerprint",
    benign="users of one program, which words their requests for them, too",
    reference="JA4 (FoxIO)",
    partners=True,
    follows=True,
)
def shared_fingerprint(population: Population, groups: Ints) -> Floats:
    """Share of members with a rare TLS fingerprint that a customer who pays otherwise has."""
    return partnered(population, groups, "tls_fingerprint")


@group_signal(
    "infrastructure",
    "high",
    "account.signup_time",
    benign="a class or a launch signs up together",
    reference="sign-up cohorts (CISA AA26-251A)",
    partners=True,
)
def shared_signup(population: Population, groups: Ints) -> Floats:
    """Share of members that signed up in the same hour as a member who pays otherwise."""
    return partnered(population, groups, "signup")
