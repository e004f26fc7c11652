"""What members share, by rarity: the values themselves, and the links between members for the graph."""

from __future__ import annotations

import hashlib
import ipaddress

import numpy as np
import numpy.typing as npt

from stillwatch.campaigns.model import SharedValue
from stillwatch.profile.addresses import ipv4_of
from stillwatch.profile.kernels import EMPTY
from stillwatch.signals.infrastructure import HUB, holders, pairs
from stillwatch.signals.population import Ints, Population

SHOWN = 16
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
    found: list[tuple[float, SharedValue]] = []
    for attribute, title in TITLES.items():
        account, code = pairs(population, attribute)
        if not len(code):
            continue
        own = np.flatnonzero(inside[account])
        value, members = np.unique(np.unique(code[own] << 32 | account[own]) >> 32, return_counts=True)
        everyone = holders(population, attribute)
        order, start = population.memo(f"order of {attribute}", lambda code=code: _order(code))  # type: ignore[misc]
        for v, m in sorted(zip(value.tolist(), members.tolist(), strict=True), key=lambda x: -x[1])[:40]:
            if m < 2:
                break
            others = int(everyone[v]) - m
            having = account[order[start[v] : start[v + 1]]]
            customers = len(np.unique(population.principal[having]))
            # log-likelihood ratio of having the value, add-one smoothed, for the members that have it
            ratio = np.log((m + 1) / (len(rows) + 2)) - np.log((others + 1) / (rest + 2))
            weight = 0.0 if customers > HUB else max(float(ratio), 0.0)
            name = _name(population, attribute, having, v)
            found.append((weight * m + m / 1e6, SharedValue(title, name, m, others, round(weight, 3))))
    found.sort(key=lambda pair: (-pair[0], pair[1].attribute, pair[1].value))
    return tuple(value for _, value in found[:SHOWN])


def _order(code: Ints) -> tuple[Ints, Ints]:
    """The pairs in order of their value, and where each value begins, and the end."""
    return np.argsort(code, kind="stable"), np.append(0, np.cumsum(np.bincount(code)))


def links(population: Population, rows: Ints) -> tuple[tuple[str, str, str, float], ...]:
    """The strongest links between members: one star per rare shared value."""
    inside = np.zeros(len(population), bool)
    inside[rows] = True
    names = population.profiles.names
    found: list[tuple[float, str, str, str, int, int]] = []
    for attribute in ("payment", "network", "tls_fingerprint", "email_domain", "signup"):
        account, code = pairs(population, attribute)
        if not len(code):
            continue
        everyone = holders(population, attribute)
        own = inside[account]
        order = np.lexsort((account[own], code[own]))
        a, c = account[own][order], code[own][order]
        same = np.flatnonzero((c[1:] == c[:-1]) & (everyone[c[1:]] <= HUB) & (a[1:] != a[:-1]))
        for i in same.tolist():
            weight = float(np.log(len(population) / everyone[c[i]]))
            found.append((weight, names[a[i]], names[a[i + 1]], attribute, int(c[i]), int(a[i])))
    found.sort(key=lambda link: (-link[0], link[1:]))
    return tuple(
        (left, right, f"{TITLES[attribute]}: {_name(population, attribute, np.array([row]), code)}", round(weight, 3))
        for weight, left, right, attribute, code, row in found[:LINKS]
    )


def _name(population: Population, attribute: str, accounts: Ints, code: int) -> str:
    if attribute in ("payment", "email_domain"):
        text = population.labels[attribute][code]
        # A means of payment is shown by a pseudonym: enough to tell two apart.
        return text if attribute == "email_domain" else "#" + hashlib.sha256(text.encode()).hexdigest()[:8]
    if attribute == "signup":
        hour = int(population.signup[accounts[0]]) // 3_600_000_000
        return str(np.datetime64(hour, "h")).replace("T", " ") + ":00 UTC"
    key = int(population.memo(f"keys of {attribute}", lambda: _keys(population, attribute))[code])
    if attribute in ("ip", "network") and not len(population.profiles.key):
        return _address(key, attribute == "network")
    return population.profiles.labels.get(key, f"#{key:016x}"[:9])


def _keys(population: Population, attribute: str) -> npt.NDArray[np.uint64]:
    """The key of each code that `pairs` gives."""
    keys = population.profiles[attribute]
    return np.unique(keys[(keys != EMPTY) & (keys != 0)])


def _address(key: int, network: bool) -> str:
    """An IPv4 key read back; an IPv6 one is a plain hash."""
    number = int(ipv4_of(np.array([key], np.uint64))[0])
    if number < 0:
        return f"IPv6 #{key:016x}"[:12]
    address = ipaddress.IPv4Address(number)
    return f"{address}/24" if network else str(address)
