"""What members share, by rarity: the values themselves, and the links between members for the graph."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.campaigns.model import SharedValue
from stillwatch.profile.addresses import ipv4_of
from stillwatch.profile.layout import BEGINNING, used
from stillwatch.signals.infrastructure import HOUR, HUB, customers, holders, pairs
from stillwatch.signals.population import Ints, Population

SHOWN = 16
MOST = 40  #: values of one attribute that are weighed, those of most members
LINKS = 400
TITLES = {
    "payment": "means of payment",
    "ip": "address",
    "network": "network",
    "tls_fingerprint": "TLS fingerprint",
    "email_domain": "mail domain",
    "signup": "hour of sign-up",
    "user_agent": "client (claimed)",
    "system_prompt": "system prompt",
}


def shared_values(population: Population, rows: Ints) -> tuple[SharedValue, ...]:
    """Values that at least two members share, heaviest first; hubs weigh nothing but are shown."""
    inside = np.zeros(len(population), bool)
    inside[rows] = True
    rest = max(len(population) - len(rows), 1)
    found: list[tuple[float, str, int, int, int, float]] = []
    for attribute in TITLES:
        account, code = pairs(population, attribute)
        if not len(code):
            continue
        value, members = np.unique(code[inside[account]], return_counts=True)
        shared = np.argsort(-members, kind="stable")[:MOST]
        value, members = value[shared][members[shared] >= 2], members[shared][members[shared] >= 2]
        others = holders(population, attribute)[value] - members
        # log-likelihood ratio of having the value, add-one smoothed, for the members that have it
        ratio = np.log((members + 1) / (len(rows) + 2)) - np.log((others + 1) / (rest + 2))
        weight = np.where(customers(population, attribute)[value] > HUB, 0.0, np.maximum(ratio, 0.0))
        columns = (array.tolist() for array in (weight * members + members / 1e6, value, members, others, weight))
        found += [(total, attribute, *each) for total, *each in zip(*columns, strict=True)]
    least = sorted((row[0] for row in found), reverse=True)[:SHOWN]
    shown = [
        (total, SharedValue(TITLES[attribute], _name(population, attribute, v), m, o, round(w, 3)))
        for total, attribute, v, m, o, w in found
        if total >= least[-1]  # naming costs more than weighing
    ]
    shown.sort(key=lambda pair: (-pair[0], pair[1].attribute, pair[1].value))
    return tuple(value for _, value in shown[:SHOWN])


def links(population: Population, rows: Ints) -> tuple[tuple[str, str, str, float], ...]:
    """The strongest links between members: one star per rare shared value."""
    inside = np.zeros(len(population), bool)
    inside[rows] = True
    names = population.profiles.names
    found: list[tuple[float, str, str, str, int]] = []
    for attribute in ("payment", "network", "tls_fingerprint", "email_domain", "signup"):
        account, code = pairs(population, attribute)
        if not len(code):
            continue
        everyone = holders(population, attribute)
        own = inside[account]
        order = np.lexsort((account[own], code[own]))
        a, c = account[own][order], code[own][order]
        same = np.flatnonzero((c[1:] == c[:-1]) & (everyone[c[1:]] <= HUB) & (a[1:] != a[:-1]))
        weight = np.log(len(population) / everyone[c[same]])
        columns = (array.tolist() for array in (weight, a[same], a[same + 1], c[same]))
        found += [
            (w, names[left], names[right], attribute, value) for w, left, right, value in zip(*columns, strict=True)
        ]
    found.sort(key=lambda link: (-link[0], link[1:]))
    named = {value: _name(population, *value) for value in {link[3:] for link in found[:LINKS]}}
    return tuple(
        (left, right, f"{TITLES[attribute]}: {named[attribute, code]}", round(weight, 3))
        for weight, left, right, attribute, code in found[:LINKS]
    )


def _name(population: Population, attribute: str, code: int) -> str:
    if attribute in ("payment", "email_domain"):
        text = population.labels[attribute][code]
        # A means of payment is shown by a pseudonym: enough to tell two apart.
        return text if attribute == "email_domain" else "#" + hashlib.sha256(text.encode()).hexdigest()[:8]
    key = int(population.memo(f"keys of {attribute}", lambda: _keys(population, attribute))[code])
    if attribute == "signup":
        return str(np.datetime64(key, "h")).replace("T", " ") + ":00 UTC"
    if attribute in ("ip", "network") and not len(population.profiles.key):
        return _address(key, attribute == "network")
    return population.profiles.labels.get(key, f"#{key:016x}"[:9])


def _keys(population: Population, attribute: str) -> npt.NDArray[np.integer[Any]]:
    """The key of each code that `pairs` gives: an hour since 1970 for sign-ups, else a hash."""
    if attribute == "signup":
        return np.unique(population.signup[population.signup > BEGINNING] // HOUR)
    keys = population.profiles[attribute]
    return np.unique(keys[used(keys)])


def _address(key: int, network: bool) -> str:
    """An IPv4 key read back; an IPv6 one is a plain hash."""
    number = int(ipv4_of(np.array([key], np.uint64))[0])
    if number < 0:
        return f"IPv6 #{key:016x}"[:12]
    address = ipaddress.IPv4Address(number)
    return f"{address}/24" if network else str(address)
