"""Who belongs: a probability for every account that might, from all channels at once.

A campaign's core is known; an account belongs when what it does is more likely among the core than among comparable
accounts outside. Each property is a histogram over population quantiles (naive Bayes with add-one smoothing), so no
shape is assumed; the weights are damped, since properties repeat each other. An innocent bystander behind the same
address, or a pupil who asks the same kind of question, differs in the others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from stillwatch.campaigns.candidates.families import preamble
from stillwatch.campaigns.kernels import hits
from stillwatch.campaigns.streams import Stream
from stillwatch.signals import registry
from stillwatch.signals.infrastructure import values
from stillwatch.signals.population import Floats, Ints, Population

BINS = 8
DAMPING = 0.5  #: weight of each property's log-likelihood ratio
ROUNDS = 3
PRIOR_LINKED = 0.8  #: chance that an account which a linker proposed belongs
PRIOR = 0.02  #: chance that an account which shares the wording or an attribute with the core belongs
LOOKALIKES = 400
ATTRIBUTES = ("payment", "network", "tls_fingerprint", "signup", "email_domain")


def membership(population: Population, core: Stream, eligible: Ints, near: Floats, linked: Ints) -> Floats:
    """Probability that each account in `eligible` belongs, shape (eligible,).

    `eligible` holds the core's rows; `near` is every account's nearness to the core's content; `linked` are those
    that a linker proposed, which start from a better chance than accounts that only might be added.
    """
    rows = np.concatenate((eligible, _lookalikes(core.rows, eligible, near)))
    inside = np.isin(eligible, core.rows)
    probability = inside.astype(float)
    habits = _habits(population, core, rows)
    vectors = {"content": population.content[rows].astype(float), "timing": _hours(population, rows)}
    vectors = {channel: each for channel, each in vectors.items() if population.uses(channel)}
    for _ in range(ROUNDS):
        if inside.sum() < 4:
            break
        members = np.flatnonzero(inside)
        properties = [*habits, *(nearness(each, members) for each in vectors.values())]
        properties += _partnerships(population, rows, eligible[inside])
        score = np.where(np.isin(eligible, linked), logit(PRIOR_LINKED), logit(PRIOR))
        for value in properties:
            score += DAMPING * _ratio(value[: len(eligible)], inside, value[len(eligible) :])
        probability = 1 / (1 + np.exp(-np.clip(score, -30, 30)))
        grown = probability > 0.5
        if (grown == inside).all():
            break
        inside = grown
    return probability


def _lookalikes(members: Ints, eligible: Ints, near: Floats) -> Ints:
    """The accounts outside that ask most nearly the same: what tells members from *them* is what matters."""
    outside = near.copy()
    outside[eligible] = -np.inf
    count = min(max(LOOKALIKES, 2 * len(members)), len(near) - len(eligible))
    return np.argsort(-outside, kind="stable")[:count]


def _ratio(own: Floats, inside: npt.NDArray[np.bool_], rest: Floats) -> Floats:
    """Log-likelihood ratio of each eligible account's value: members against the look-alikes outside."""
    known = np.isfinite(own)
    rest, member = rest[np.isfinite(rest)], own[inside & known]
    if len(rest) < 50 or len(member) < 4:
        return np.zeros(len(own))
    edges = np.unique(np.quantile(np.concatenate((member, rest)), np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = len(edges) + 1
    high = np.bincount(np.searchsorted(edges, member, "right"), minlength=bins) + 1.0
    low = np.bincount(np.searchsorted(edges, rest, "right"), minlength=bins) + 1.0
    ratio = np.log(high / high.sum()) - np.log(low / low.sum())
    cell = np.searchsorted(edges, np.where(known, own, 0.0), "right")
    return np.where(known, ratio[cell], 0.0)


def _habits(population: Population, core: Stream, rows: Ints) -> list[Floats]:
    """What each account does, whoever the members are: signals, volume, use of the core's wording."""
    found = [
        population.memo(f"signal {s.name}", lambda s=s: s.account(population))[rows]  # type: ignore[misc]
        for s in registry()
        if s.account is not None and s.columns <= population.columns and population.uses(s.channel)
    ]
    found.append(np.log(population.exchanges[rows]))
    count = hits(population.profiles["shingles"], population.sampled, rows, core.wording)
    found.append((count > 0).sum(axis=1) / np.maximum(population.sampled[rows], 1))
    return found


def _hours(population: Population, rows: Ints) -> Floats:
    """Square roots of activity per time bucket, as unit vectors."""
    buckets = np.sqrt(population.profiles["buckets"][rows].astype(float))
    return np.asarray(buckets / (np.sqrt((buckets**2).sum(axis=1, keepdims=True)) + 1e-9))


def _partnerships(population: Population, rows: Ints, members: Ints) -> list[Floats]:
    """Of each attribute, who shares a value with a member."""
    found = []
    for attribute in ATTRIBUTES:
        account, code = values(population, attribute)
        found.append(_partners(population, account, code, members)[rows])
    found.append(preamble(population, members)[rows].astype(float))
    return found


def nearness(vectors: Floats, members: Ints) -> Floats:
    """Cosine to the members' mean, each member left out of its own mean."""
    total = vectors[members].sum(axis=0)
    square = np.einsum("ij,ij->i", vectors, vectors)
    along = vectors @ total
    centre = np.full(len(vectors), total @ total)
    # A member's own part is taken out of the sum that it is compared with.
    centre[members] += square[members] - 2 * along[members]
    along[members] -= square[members]
    others = np.full(len(vectors), max(len(members), 1))
    others[members] = max(len(members) - 1, 1)
    norm = np.sqrt(square * np.maximum(centre, 0)) / others
    return np.asarray(along / others / (norm + 1e-12))


def _partners(population: Population, account: Ints, code: Ints, members: Ints) -> Floats:
    """One where an account shares a value, no hub, with another customer among the members; else zero."""
    out = np.zeros(len(population))
    if not len(code):
        return np.full(len(population), np.nan)
    inside = np.zeros(len(population), bool)
    inside[members] = True
    principal = population.principal[account]
    own = inside[account]
    low = np.full(code.max() + 1, np.iinfo(np.int64).max)
    high = np.full(code.max() + 1, -1)
    np.minimum.at(low, code[own], principal[own])
    np.maximum.at(high, code[own], principal[own])
    partner = (low[code] <= high[code]) & ((low[code] != principal) | (high[code] != principal))
    out[account[partner]] = 1.0
    return out
