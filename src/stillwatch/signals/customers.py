"""Who the customer behind an account is: its organization, the firm that openly pays for it, or nobody but itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PAYERS = 8  #: means of payment in an organization, from which on its accounts may be customers of their own


def principals(organization: Ints, payment: Ints, email_domain: Ints) -> Ints:
    """The customer of each account, codes from zero; the arguments are codes, (accounts,), below zero where unknown.

    A firm may hold its staff's accounts without an organization: most who use its means of payment then have its mail
    domain, and most who have that domain pay with it. Whoever has either is of that customer. Operators who hide behind
    many customers share one or the other, but not both with the same accounts.

    Nor does an organization's name make one customer of many who each pay for themselves, and have no mail domain of
    theirs: whoever signs up says what it is.
    """
    means, domain = _firms(payment, email_domain)
    named = np.where(_by_name_alone(organization, payment, email_domain), -1, organization)
    return merged(named, np.where(means, payment, -1), np.where(domain, email_domain, -1))


def merged(*codes: Ints) -> Ints:
    """A code for each account, the same for two that have one of their `codes` in common, directly or through others.

    Codes below zero are unknown and shared with nobody. Shape (accounts,), as the arguments'.
    """
    accounts = len(codes[0])
    left, right, nodes = [np.arange(accounts)], [np.arange(accounts)], accounts
    for code in codes:
        known = np.flatnonzero(code >= 0)
        left.append(known)
        right.append(nodes + code[known])
        nodes += int(code.max(initial=-1)) + 1
    ends = np.concatenate(left), np.concatenate(right)
    graph = coo_array((np.ones(len(ends[0]), np.int8), ends), shape=(nodes, nodes))
    group = connected_components(graph, directed=False)[1][:accounts]
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _by_name_alone(organization: Ints, payment: Ints, domain: Ints) -> Bools:
    """Who is of an organization that pays with many means, none of them for most, and has no mail domain, (accounts,).

    A mail domain is an organization's if most of its accounts have it, and most who have it are its accounts.
    """
    count = int(organization.max(initial=-1)) + 1
    of, _, users = _together(organization, payment)
    payers, most = np.bincount(of, minlength=count), np.zeros(count, np.int64)
    np.maximum.at(most, of, users)
    apart = (payers >= PAYERS) & (2 * most <= np.bincount(of, users, minlength=count))
    apart[_each_others(organization, domain)[0]] = False
    return np.isin(organization, np.flatnonzero(apart))


def _together(one: Ints, other: Ints) -> tuple[Ints, Ints, Ints]:
    """Pairs of the two codes that accounts have, and how many have each; none below zero."""
    both = np.flatnonzero((one >= 0) & (other >= 0))
    width = int(other.max(initial=-1)) + 1
    pair, accounts = np.unique(one[both] * width + other[both], return_counts=True)
    return pair // max(width, 1), pair % max(width, 1), accounts


def _each_others(one: Ints, other: Ints) -> tuple[Ints, Ints, Ints]:
    """The same of those pairs alone of which most who have either code have both."""
    of, theirs, users = _together(one, other)
    ones, others = (np.bincount(code[code >= 0], minlength=1) for code in (one, other))
    mostly = (2 * users >= ones[of]) & (2 * users >= others[theirs])
    return of[mostly], theirs[mostly], users[mostly]


def _firms(payment: Ints, domain: Ints) -> tuple[Bools, Bools]:
    """Which accounts pay with a firm's means, and which have a firm's mail domain, (accounts,) each."""
    means, theirs, users = _each_others(payment, domain)
    firm = users >= 2
    return np.isin(payment, means[firm]), np.isin(domain, theirs[firm])
