"""Who belongs: a probability for every account that might, from all channels at once.

A campaign's core is known; an account belongs when what it does is more likely among the core than among comparable
accounts outside (naive Bayes; the weights are damped, since properties repeat each other). An innocent bystander behind
the same address, or a pupil who asks the same kind of question, differs in the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from stillwatch.campaigns import evidence
from stillwatch.campaigns.streams import Stream
from stillwatch.signals.population import LEAST_SAMPLED, Floats, Ints, Population

DAMPING = 0.6  #: weight of each property's log-likelihood ratio
ROUNDS = 3
LEAST_TOLD = 4  #: members below which nothing can be learned of them
LOOKALIKES = 400
LIKELY = 0.2  #: chance of belonging, from which on an account says nothing of what outsiders do
MOST_SURE = 30.0  #: log-odds
SEEN = 20.0  #: prompts of one linked to a broad campaign, at which the chance is as given: its odds grow with them
SUREST = 1 / 3  #: of the members, from whom is learned how often members ask what others of them ask


@dataclass(frozen=True, slots=True)
class Chances:
    """Of belonging, before anything is known of an account but how it came to be looked at."""

    linked: float = 0.7  #: a linker proposed it
    added: float = 0.03  #: it shares the wording or an attribute with the core
    broad: bool = False  #: the campaign asks about everything: no wording, so that all else has to tell its members


ORDINARY = Chances()


@dataclass(frozen=True, eq=False, slots=True)
class Weighed:
    """Whom to weigh for a campaign, and what else is known of who belongs where."""

    core: Stream  #: the members, as far as they are known
    near: Floats  #: every account's nearness to the core's content
    eligible: Ints  #: who is weighed, the core's rows among them; sorted
    fringe: Ints  #: some of the eligible who never tell what members are like
    linked: Ints  #: those that a linker proposed, which start from a better chance than the others
    elsewhere: Ints  #: accounts of other campaigns, which tell nothing of innocent ones
    bystanders: Ints  #: outsiders that members are told from, beside those who ask nearly the same


def membership(population: Population, weighed: Weighed, chances: Chances = ORDINARY) -> Floats:
    """Probability that each account in `weighed.eligible` belongs, shape (eligible,).

    Members are learned from in rounds, from the core on. Who turns out to be one, likely enough, says nothing of what
    outsiders do from then on.
    """
    scale = _Scale(population, weighed, chances)
    inside, telling = np.isin(weighed.eligible, weighed.core.rows), ~np.isin(weighed.eligible, weighed.fringe)
    probability, learned = inside.astype(float), (inside, inside, inside)
    for _ in range(ROUNDS):
        if learned[0].sum() < LEAST_TOLD:
            break
        score = scale.weigh(*learned)
        probability = expit(np.clip(score, -MOST_SURE, MOST_SURE))
        inside = (probability > 0.5) & telling
        least = np.quantile(score[inside], 1 - SUREST) if chances.broad and inside.any() else -np.inf
        before, learned = learned, (inside, probability > LIKELY, inside & (score >= least))
        if all((then == now).all() for then, now in zip(before, learned, strict=True)):
            break
    return probability


class _Scale:
    """What those who are weighed do, and the outsiders that members are told from, whoever the members are."""

    def __init__(self, population: Population, weighed: Weighed, chances: Chances) -> None:
        self._population, self._eligible, core = population, weighed.eligible, weighed.core
        self._ordinary = np.ones(len(population), bool)
        self._ordinary[np.setdiff1d(self._eligible, weighed.fringe)] = self._ordinary[weighed.elsewhere] = False
        unlinked = np.ones(len(population), bool)  # who is weighed is an outsider, too, until it turns out likely
        unlinked[core.rows] = unlinked[weighed.linked] = unlinked[weighed.elsewhere] = False
        passed_over = population.sampled >= LEAST_SAMPLED  # could have been linked, and were not
        passed_over[weighed.linked] = passed_over[weighed.elsewhere] = False
        outside = lookalikes(core.rows, unlinked, weighed.near)
        self._outside = np.append(outside, np.setdiff1d(weighed.bystanders, outside))
        self._passed = lookalikes(core.rows, passed_over, weighed.near)
        self._rows = np.concatenate((self._eligible, self._outside))
        self._habits = evidence.habits(population, self._rows)
        self._hours = evidence.hours(population, self._rows) if population.uses("timing") else None
        # One that asks about everything has no wording; turns of phrase it repeats as do others who ask alike.
        words = replace(core, wording=core.wording[:0]) if chances.broad else core
        self._said = evidence.said(population, words, np.concatenate((self._eligible, self._passed)))
        self._asked = evidence.numbered(population.profiles["items"][self._rows]) if chances.broad else None
        self._linked = np.isin(self._eligible, weighed.linked)
        self._prior = np.where(self._linked, logit(chances.linked), logit(chances.added))
        if chances.broad:  # a linker that goes by what is asked takes in by mistake whoever asks little
            asked = np.maximum(population.sampled[self._eligible], 1)
            self._prior = self._prior + self._linked * np.log(asked / SEEN)
        self._paid = evidence.paid_for(population, core.rows)
        # Who pays is why members of a community of payers are here: it tells none of them from the others, but for
        # those whom nobody linked because they pay otherwise.
        self._by_payers = core.channel == "infrastructure" and population.prompts_known

    def weigh(
        self, inside: npt.NDArray[np.bool_], likely: npt.NDArray[np.bool_], surest: npt.NDArray[np.bool_]
    ) -> Floats:
        """Log-odds of belonging, (eligible,): `inside` are the members learned from, `likely` ones are no outsiders.

        How often members meet is learned of the `surest` alone: those whom a linker took in since they ask what the
        members ask are many of all, few of these, and draw on material that they have in common where members don't.
        """
        count, members = len(self._eligible), np.flatnonzero(inside)
        known = self._eligible[likely]
        told = np.append(np.ones(count, bool), ~np.isin(self._outside, known))
        exchanges = self._population.exchanges[self._eligible]
        score = self._prior + evidence.counted_ratio(
            self._said[:count], self._said[count:][~np.isin(self._passed, known)], inside
        )
        odd = evidence.peculiarity(self._population, self._rows, members)[told]
        sampled = self._population.sampled[self._rows[told]]
        score += DAMPING * evidence.peculiarity_ratio(odd, sampled, inside)
        if self._asked is not None:
            met = evidence.met(self._asked, members)[told]
            score += evidence.counted_ratio(met[:count], met[count:], surest)
        for value in self._habits_beside(members, told):
            score += DAMPING * evidence.habit_ratio(value, inside, exchanges)
        if not self._by_payers:
            for value in evidence.partnerships(self._population, self._rows, self._eligible[inside]):
                score += DAMPING * evidence.property_ratio(value[told], inside)
        return np.asarray(score + self._payment(score, inside))

    def _habits_beside(self, members: Ints, told: npt.NDArray[np.bool_]) -> Iterator[Floats]:
        """Each habit of those who are `told` apart, (rows,), what they ask and when beside that of members too."""
        yield from (value[told] for value in self._habits)
        if self._population.uses("content"):
            outsiders = np.arange(len(self._eligible), int(told.sum()))
            yield evidence.discriminant(self._population, self._rows[told], members, outsiders)
        if self._hours is not None:
            yield evidence.nearness(self._hours, members)[told]

    def _payment(self, score: Floats, inside: npt.NDArray[np.bool_]) -> Floats:
        """Log-likelihood ratio of how each of the eligible pays; `score` are the log-odds without that."""
        paid = self._paid[self._eligible]
        ratio = evidence.payment_ratio(self._paid, self._eligible, inside, self._ordinary)
        if self._by_payers:
            return np.where(~self._linked & ~paid, ratio, 0.0)
        if not self._population.prompts_known:  # then nothing tells a reseller's customers from an operator's accounts
            return ratio
        exchanges = self._population.exchanges[self._eligible]
        most = evidence.as_those_told(score, paid, exchanges) - self._prior
        return np.where(paid, np.minimum(ratio, np.maximum(most, 0.0)), ratio)


def lookalikes(members: Ints, ordinary: npt.NDArray[np.bool_], near: Floats) -> Ints:
    """The accounts outside that ask most nearly the same: what tells members from *them* is what matters."""
    outside = np.where(ordinary, near, -np.inf)
    count = min(max(LOOKALIKES, 2 * len(members)), int(ordinary.sum()))
    if not count:
        return np.zeros(0, np.int64)
    least = -np.partition(-outside, count - 1)[count - 1]
    nearest = np.flatnonzero(outside > least)
    nearest = np.append(nearest, np.flatnonzero(outside == least)[: count - len(nearest)])
    return nearest[np.argsort(-outside[nearest], kind="stable")]
