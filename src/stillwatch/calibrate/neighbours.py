"""Stand-ins from the members' own networks: what people of one place have in common, they have in common as that.

Customers of one carrier, in one country, share its few addresses, its evenings and its holidays. Where a group lives in
one place, groups of like accounts from anywhere show none of that; groups of its neighbours do. Machines that an
operator rents have no such neighbours, or some who share nothing with each other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.profile.layout import used
from stillwatch.signals.population import Ints, Population


def neighbours(population: Population, rows: Ints, reference: Population, place: Ints, otherwise: Ints) -> Ints:
    """Accounts of the reference in the networks (/24) of each of `rows`, drawn at random: as `otherwise` in shape.

    `place` says who may be drawn, and by which number, below zero nobody, shape (accounts of the reference,);
    `otherwise` (members, stand-ins) holds such numbers, for a member without neighbours.
    """
    key, account = reference.memo("accounts by network", lambda: _by_network(reference))
    able = place[account] >= 0
    key, number = key[able], place[account[able]]
    networks = population.profiles["network"][rows]
    member, slot = np.nonzero(used(networks))
    first = np.searchsorted(key, networks[member, slot], "left")
    count = np.searchsorted(key, networks[member, slot], "right") - first
    # Each member's neighbours are one run of places in a row of all the members' runs.
    upto = np.concatenate(([0], np.cumsum(count)))
    begin = upto[np.searchsorted(member, np.arange(len(rows)))]
    there = np.bincount(member, weights=count, minlength=len(rows)).astype(np.int64)
    chance = np.random.default_rng(0).random(otherwise.shape)
    drawn = begin[:, None] + np.floor(chance * there[:, None]).astype(np.int64)
    some = there > 0
    run = np.searchsorted(upto, drawn[some], "right") - 1
    found = otherwise.copy()
    found[some] = number[first[run] + drawn[some] - upto[run]]
    return found


def _by_network(reference: Population) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Every network that an account uses, ascending, and the account."""
    networks = reference.profiles["network"]
    account, slot = np.nonzero(used(networks))
    key = networks[account, slot]
    order = np.argsort(key, kind="stable")
    return key[order], account[order]
