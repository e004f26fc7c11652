"""Who belongs: a probability for every account that might, from all channels at once.

A campaign's core is known; an account belongs when what it does is more likely among the core than among comparable
accounts outside. Each property is a histogram over population quantiles (naive Bayes with add-one smoothing), so no
shape is assumed; the weights are damped, since properties repeat each other. An innocent bystander behind the same
address, or a pupil who asks the same kind of question, differs in the others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.campaigns.kernels import hits
from stillwatch.campaigns.streams import Stream
from stillwatch.profile.kernels import SAMPLE
from stillwatch.signals import registry
from stillwatch.signals.infrastructure import values
from stillwatch.signals.population import Floats, Ints, Population

BINS = 8
DAMPING = 0.5  #: weight of each property's log-likelihood ratio
ROUNDS = 3
PRIOR = 0.02  #: chance that an account which shares the wording or an attribute with the core belongs
LOOKALIKES = 400
ATTRIBUTES = ("payment", "network", "tls_fingerprint", "signup", "email_domain")


def membership(population: Population, core: Stream, eligible: Ints) -> Floats:
    """Probability that each account in `eligible` (a superset of the core's rows) belongs, shape (eligible,)."""
    place = np.full(len(population), -1, np.int64)
    place[eligible] = np.arange(len(eligible))
    inside = np.zeros(len(eligible), bool)
    inside[place[core.rows]] = True
    outside = _lookalikes(population, core.rows, eligible)
    probability = inside.astype(float)
    for _ in range(ROUNDS):
        if inside.sum() < 4:
            break
        properties = _properties(population, core, eligible[inside])
        score = np.full(len(eligible), np.log(PRIOR / (1 - PRIOR)))
        for value in properties:
            score += DAMPING * _ratio(value, eligible, inside, outside)
        score[inside] += np.log(0.5 / (1 - 0.5)) - np.log(PRIOR / (1 - PRIOR))
        probability = 1 / (1 + np.exp(-np.clip(score, -30, 30)))
        grown = probability > 0.5
        if (grown == inside).all():
            break
        inside = grown
    return probability


def _lookalikes(population: Population, members: Ints, eligible: Ints) -> npt.NDArray[np.bool_]:
    """The accounts outside that ask most nearly the same: what tells members from *them* is what matters."""
    near = nearness(population.content.astype(float), members)
    near[eligible] = -np.inf
    outside = np.zeros(len(population), bool)
    count = min(max(LOOKALIKES, 2 * len(members)), len(population) - len(eligible))
    outside[np.argsort(-near, kind="stable")[:count]] = True
    return outside


def _ratio(value: Floats, eligible: Ints, inside: npt.NDArray[np.bool_], outside: npt.NDArray[np.bool_]) -> Floats:
    """Log-likelihood ratio of each eligible account's value: members against the rest of the population."""
    known = np.isfinite(value)
    rest = value[outside & known]
    own = value[eligible]
    member = own[inside & known[eligible]]
    if len(rest) < 50 or len(member) < 4:
        return np.zeros(len(eligible))
    edges = np.unique(np.quantile(np.concatenate((member, rest)), np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = len(edges) + 1
    high = np.bincount(np.searchsorted(edges, member, "right"), minlength=bins) + 1.0
    low = np.bincount(np.searchsorted(edges, rest, "right"), minlength=bins) + 1.0
    ratio = np.log(high / high.sum()) - np.log(low / low.sum())
    cell = np.searchsorted(edges, np.where(np.isfinite(own), own, 0.0), "right")
    return np.where(np.isfinite(own), ratio[cell], 0.0)


def _properties(population: Population, core: Stream, members: Ints) -> list[Floats]:
    """Values over all accounts: signals, nearness to the members' content and hours, partners among the members."""
    found = [
        population.memo(f"signal {s.name}", lambda s=s: s.account(population))  # type: ignore[misc]
        for s in registry()
        if s.account is not None and s.columns <= population.columns
    ]
    found.append(np.log(population.exchanges))
    found.append(nearness(population.content.astype(float), members))
    buckets = np.sqrt(population.profiles["buckets"].astype(float))
    buckets /= np.sqrt((buckets**2).sum(axis=1, keepdims=True)) + 1e-9
    found.append(nearness(buckets, members))
    count = np.zeros((len(population), SAMPLE), np.int64)
    hits(population.profiles["shingles"], population.sampled, core.wording, count)
    found.append((count > 0).sum(axis=1) / np.maximum(population.sampled, 1))
    for attribute in ATTRIBUTES:
        account, code = population.memo(f"values of {attribute}", lambda a=attribute: values(population, a))  # type: ignore[misc]
        found.append(_partners(population, account, code, members))
    return found


def nearness(vectors: Floats, members: Ints) -> Floats:
    """Cosine to the members' mean, each member left out of its own mean."""
    total = vectors[members].sum(axis=0)
    others = np.full(len(vectors), float(len(members)))
    own = np.zeros(len(vectors))
    own[members] = 1
    others -= own
    centre = (total[None, :] - own[:, None] * vectors) / np.maximum(others, 1)[:, None]
    norm = np.sqrt((vectors**2).sum(axis=1) * (centre**2).sum(axis=1)) + 1e-12
    return np.asarray((vectors * centre).sum(axis=1) / norm)


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
