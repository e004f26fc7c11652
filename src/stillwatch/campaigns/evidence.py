"""What accounts do, and how much likelier each thing is of a campaign's members than of others: log-likelihood ratios.

A property is a histogram over population quantiles with add-one smoothing, so no shape is assumed. Arrays are of the
accounts that are weighed, the `eligible` ones, followed by the outsiders that members are told from; `inside` says
which of the eligible are members as far as is known.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from stillwatch.campaigns.candidates.families import preamble
from stillwatch.campaigns.kernels import hits, log_ratio, squares_and_products
from stillwatch.campaigns.streams import Stream
from stillwatch.profile.kernels import EMPTY
from stillwatch.signals import registry
from stillwatch.signals.infrastructure import values
from stillwatch.signals.population import LEAST_SAMPLED, Floats, Ints, Population

BINS = 16
CONCERNS = 64  #: degrees of having concerns of one's own
MOST_TELLING = 6.0  #: log-likelihood ratio that a peculiarity is at most worth, undamped
THEIRS = 0.5  #: part of a system prompt's users who are members, from which on it is the campaign's own
MEETINGS = 2  #: prompts that members ask, too, of which more say no more
SURE = 4.0  #: log-odds from which on an account is told for a member, or for none
ATTRIBUTES = ("network", "tls_fingerprint", "signup", "email_domain")
FOLDS = 5
RIDGE = 0.3  #: added to the scatter of what is asked, in units of its mean over all directions
TAUGHT = 4096  #: members, and outsiders, that a discriminant is learned from at most


def habits(population: Population, rows: Ints) -> list[Floats]:
    """What each account does, whoever the members are. Volume is left out: a linker proposes whom it can see well."""
    return [
        s.values(population)[rows]
        for s in registry()
        if s.account is not None and s.columns <= population.columns and population.uses(s.channel)
    ]


def said(population: Population, core: Stream, rows: Ints) -> Ints:
    """How much of each account's sample carries the core's wording: 0 = nothing, 1 = some, 2 = half or more.

    A system prompt of the core's own is its wording, too, whatever the prompts are beside it.
    """
    if not len(core.wording):
        return np.zeros(len(rows), np.int64)
    carried = (hits(population.profiles["shingles"], population.sampled, rows, core.wording) > 0).sum(axis=1)
    much = (2 * carried >= np.maximum(population.sampled[rows], 1)) | preamble(population, core.rows, THEIRS)[rows]
    return np.asarray(((carried > 0) | much).astype(np.int64) + much)


def numbered(items: npt.NDArray[np.uint64]) -> Ints:
    """Sampled prompts by number, from 1 on; the same have the same, and where there is none it is 0."""
    number = np.zeros(items.shape, np.int64)
    number[items != EMPTY] = 1 + np.unique(items[items != EMPTY], return_inverse=True)[1]
    return number


def met(asked: Ints, members: Ints) -> Ints:
    """How many of each account's sampled prompts another one of the members (places) asks, too, `MEETINGS` at most.

    Those who are fed from a queue never meet where it asks all once, and often where it asks all several times; people
    who draw on common material meet each other, and members who draw on it, now and then.
    """
    others = np.bincount(asked[members].ravel(), minlength=int(asked.max(initial=0)) + 1)[asked]
    others[members] -= 1
    return np.asarray(np.minimum(((others > 0) & (asked > 0)).sum(axis=1), MEETINGS))


def counted_ratio(eligible: Ints, others: Ints, inside: npt.NDArray[np.bool_]) -> Floats:
    """Log-likelihood ratio of what was counted of an account, 0 to 2: of members against others who might be taken so.

    Neither how much carries the members' wording nor how often their prompts are met is damped: words in a row, or the
    same question, are no habit that many have.
    """
    if not len(others):
        return np.zeros(len(eligible))
    return _ratios(eligible[inside], others, 3)[eligible]


def _ratios(own: Ints, others: Ints, values: int) -> Floats:
    """Log-likelihood ratio of each of so many values, from 0 on: of members' own against the others', (values,)."""
    members, rest = (np.bincount(side, minlength=values) + 0.5 for side in (own, others))
    return np.asarray(np.log(members / members.sum()) - np.log(rest / rest.sum()))


def paid_for(population: Population, linked: Ints) -> npt.NDArray[np.bool_]:
    """Who pays with means that at least two and half of the others who use them, of the linked, pay with, (accounts,).

    An agency with one such client is not one.
    """
    paid = np.zeros(len(population), bool)
    account, code = values(population, "payment")
    if len(code) and population.uses("infrastructure"):
        member = np.zeros(len(population), bool)
        member[linked] = True
        users, members = (np.bincount(c, minlength=code.max() + 1) for c in (code, code[member[account]]))
        fellows = members[code] - member[account]
        paid[account[(fellows >= 2) & (2 * fellows >= users[code] - 1)]] = True
    return paid


def payment_ratio(
    paid: npt.NDArray[np.bool_], eligible: Ints, inside: npt.NDArray[np.bool_], ordinary: npt.NDArray[np.bool_]
) -> Floats:
    """Log-likelihood ratio of paying, or not, with what members pay with: members against everybody else.

    Not damped either: who pays is a fact that the provider knows, and no habit.
    """
    if not paid.any():
        return np.zeros(len(eligible))
    pays = paid.astype(np.int64)
    return _ratios(pays[eligible[inside]], pays[ordinary], 2)[pays[eligible]]


def as_those_told(score: Floats, paid: npt.NDArray[np.bool_], exchanges: Ints) -> float:
    """Log-odds of belonging, of those of the eligible who `paid` with members' means and can be told otherwise.

    A reseller's honest customers pay with its means, too. `score` are the log-odds before anything is known of payment;
    accounts weigh by their exchanges, of which a single one tells little.
    """
    weight = np.clip(exchanges[paid] - 1.0, 0.0, 8.0)
    told, others = (float(weight[side > SURE].sum()) for side in (score[paid], -score[paid]))
    return float(np.log((told + 0.5) / (others + 0.5)))


def property_ratio(value: Floats, inside: npt.NDArray[np.bool_]) -> Floats:
    """Log-likelihood ratio of any property: of the eligible, who come first, against the others."""
    return np.asarray(log_ratio(value[: len(inside)], inside, value[len(inside) :], BINS))


def habit_ratio(value: Floats, inside: npt.NDArray[np.bool_], exchanges: Ints) -> Floats:
    """Log-likelihood ratio of a habit: of the eligible, who come first, against the others.

    A habit of few exchanges lies far from any centre, and at the ends of every share: less so it speaks against them.
    """
    ratio = property_ratio(value, inside)
    return np.asarray(np.where(ratio < 0, ratio * exchanges / (exchanges + 1.0), ratio))


def peculiarity_ratio(odd: Floats, sampled: Ints, inside: npt.NDArray[np.bool_]) -> Floats:
    """Log-likelihood ratio of an account's peculiarity: of the eligible, who come first, against the others.

    That of a member is chance, whatever the number of its prompts; somebody's own concerns show in proportion to them.
    So the few prompts of a pupil who happens to ask like the members say little, and many say much.
    """
    own, count = odd[: len(inside)], sampled[: len(inside)].astype(float)
    others = np.maximum(odd[len(inside) :], 0) / np.maximum(sampled[len(inside) :], 1)
    others = others[sampled[len(inside) :] >= LEAST_SAMPLED]
    known = own[inside & np.isfinite(own)]
    low, high = np.quantile(known, (0.16, 0.84)) if len(known) else (0.0, 0.0)
    if not len(others) or high <= low:
        return np.zeros(len(inside))
    chance = (high - low) / 2  # a standard deviation
    concerns = np.quantile(others, (np.arange(CONCERNS) + 0.5) / CONCERNS)
    outside = logsumexp(-(((own[:, None] - count[:, None] * concerns) / chance) ** 2) / 2, axis=1) - np.log(CONCERNS)
    ratio = -((own / chance) ** 2) / 2 - outside
    return np.where(np.isfinite(ratio), np.clip(ratio, -MOST_TELLING, MOST_TELLING), 0.0)


def discriminant(population: Population, rows: Ints, members: Ints, outsiders: Ints) -> Floats:
    """What each account asks, along the line that best tells members from outsiders (both places in `rows`).

    Pupils who ask about everything that a campaign asks about are as near to its centre as it is itself; what they ask
    more of is what tells them. Fisher's discriminant (1936), regularized (Friedman 1989), of mean sketches that weigh
    by their prompts; cross-fitted, so that nobody is told by a line that was drawn through its own prompts. Higher is
    more of a member's; NaN for an account without a sampled prompt, and where there is nobody to learn from.
    """
    sampled = population.sampled[rows]
    fold = (population.profiles["items"][rows, 0] % np.uint64(FOLDS)).astype(np.int64)  # whatever accounts are called
    content, width = population.content, population.content.shape[1]
    size, total = np.zeros((FOLDS, 2)), np.zeros((FOLDS, 2, width))
    scatter = np.zeros((FOLDS, width, width))
    for side, places in enumerate((_spread(outsiders), _spread(members))):
        for number in range(FOLDS):
            own = places[fold[places] == number]
            weight = sampled[own].astype(np.float32)
            asked = content[rows[own]]
            size[number, side], total[number, side] = weight.sum(), weight @ asked
            asked *= np.sqrt(weight)[:, None]
            scatter[number] += asked.T @ asked
    score = np.full(len(rows), np.nan)
    for number in range(FOLDS):
        others = size.sum(axis=0) - size[number]
        if not others.all():
            continue
        mean = (total.sum(axis=0) - total[number]) / others[:, None]
        within = (scatter.sum(axis=0) - scatter[number] - (others[:, None] * mean).T @ mean) / others.sum()
        within += RIDGE * np.trace(within) / width * np.eye(width)
        line = np.linalg.solve(within, mean[1] - mean[0])
        told = np.flatnonzero((fold == number) & (sampled > 0))
        score[told] = content[rows[told]] @ line - mean.sum(axis=0) @ line / 2
    return score


def _spread(places: Ints) -> Ints:
    """`TAUGHT` of the places at most, evenly spread."""
    return places[:: -(-len(places) // TAUGHT)] if len(places) else places


def ways(population: Population, rows: Ints) -> list[npt.NDArray[np.float32]]:
    """What accounts ask and when, as vectors whose cosine says how alike they are, of shape (rows, axes) each."""
    asked = [population.topics[rows]] if population.uses("content") else []
    return [*asked, hours(population, rows)] if population.uses("timing") else asked


def hours(population: Population, rows: Ints) -> npt.NDArray[np.float32]:
    """Square roots of activity per time bucket, as unit vectors."""
    buckets = population.profiles["buckets"][rows].astype(np.float32)
    return np.asarray(np.sqrt(buckets / np.maximum(buckets.sum(axis=1, keepdims=True), 1)))


def partnerships(population: Population, rows: Ints, members: Ints) -> list[Floats]:
    """Of each attribute, who shares a value with a member."""
    found = [partners(population, attribute, members)[rows] for attribute in ATTRIBUTES]
    return [*found, preamble(population, members)[rows].astype(float)]


def nearness(vectors: npt.NDArray[np.floating[Any]], members: Ints) -> Floats:
    """Cosine to the members' mean, each member left out of its own mean."""
    square, along, centre, others = _beside(vectors, members)
    norm = np.sqrt(square * np.maximum(centre, 0)) / others
    return np.asarray(along / others / (norm + 1e-12))


def peculiarity(population: Population, rows: Ints, members: Ints) -> Floats:
    """How far each account's prompts are from those of the members (places in `rows`), in units of what chance does.

    Zero where they are as prompts dealt from the members' own would be, whatever their number; a member is left out of
    what it is compared with. NaN for an account without a sampled prompt.
    """
    content, sampled = population.content[rows], population.sampled[rows].astype(float)
    mean = content[members].mean(axis=0, dtype=float) + population.centre
    spread = max(1 - float(mean @ mean), 1e-6)  # a prompt's sketch is of length one
    square, along, centre, others = _beside(content, members)
    apart = square - 2 * along / others + centre / others**2
    return np.where(sampled > 0, sampled * apart / spread - 1, np.nan)


def _beside(vectors: npt.NDArray[np.floating[Any]], members: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """Of each vector: its square, its product with the sum of the members, the sum's square, and how many that sums.

    A member's own part is taken out of the sum that it is compared with.
    """
    total = vectors[members].sum(axis=0, dtype=float)
    square, along = squares_and_products(vectors, total)
    centre = np.full(len(vectors), float(total @ total))
    centre[members] += square[members] - 2 * along[members]
    along[members] -= square[members]
    others = np.full(len(vectors), float(max(len(members), 1)))
    others[members] = max(len(members) - 1, 1)
    return square, along, centre, others


def partners(population: Population, attribute: str, members: Ints) -> Floats:
    """One where an account shares a value, no hub, with another customer among the members; else zero, (accounts,)."""
    out = np.zeros(len(population))
    account, code = values(population, attribute)
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
