"""Who the customer behind an account is: its organization, the firm that openly pays for it, or nobody but itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]


def principals(organization: Ints, payment: Ints, email_domain: Ints) -> Ints:
    """The customer of each account, codes from zero; the arguments are codes, (accounts,), below zero where unknown.

    A firm may hold its staff's accounts without an organization: most who use its means of payment then have its mail
    domain, and most who have that domain pay with it. Whoever has either is of that customer. Operators who hide behind
    many customers share one or the other, but not both with the same accounts.
    """
    means, domain = _firms(payment, email_domain)
    return merged(organization, np.where(means, payment, -1), np.where(domain, email_domain, -1))


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


def _firms(payment: Ints, domain: Ints) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which accounts pay with a firm's means, and which have a firm's mail domain, (accounts,) each."""
    both = np.flatnonzero((payment >= 0) & (domain >= 0))
    width = int(domain.max(initial=-1)) + 1
    pair, users = np.unique(payment[both] * width + domain[both], return_counts=True)
    means, theirs = pair // max(width, 1), pair % max(width, 1)
    payers, mailers = (np.bincount(code[code >= 0], minlength=1) for code in (payment, domain))
    firm = (users >= 2) & (2 * users >= payers[means]) & (2 * users >= mailers[theirs])
    return np.isin(payment, means[firm]), np.isin(domain, theirs[firm])
