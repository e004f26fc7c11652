"""Technique probing: a group that tried a campaign's wording among many others, before it was sent in numbers.

Campaigns of one purpose share turns of phrase, and public templates are everybody's. So what counts is the frame as a
whole, and only one that hardly anybody else has sent.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

from stillwatch.campaigns.candidates.families import manner, wording
from stillwatch.campaigns.kernels import hits
from stillwatch.profile.layout import NEVER
from stillwatch.signals.population import Ints, Population

WHOLE = 0.6  #: quantile of what the campaign's own prompts hold of its wording, from which on a prompt has all of it
LEAST_FRAME = 4  #: pieces of wording that make a frame
TRIED = 0.25  #: share of a group that must have sent the frame to have tried it
TRIED_AMONG_ALL = 0.1  #: the same of a group that has no frame of its own
SHARED = 0.5  #: share of a group that must have sent the frame to share it, whoever was first; below it, it has another
LEAST_TRIERS = 3
DAWN = 0.1  #: of the members that send the frame, after whose first time it is sent in numbers
EARLY = 0.1  #: probability, up to which it is no chance that all who sent the frame beside them did so before that
AMONG_OTHERS = 0.5  #: part of those who also have another wording in common than the campaign's
CHANCE = 1e-6  #: that as many of the group would send it, did they send it as often as everybody else


class Frame:
    """The whole frame of some accounts, and when every account first sent it; nobody did where they have no frame."""

    def __init__(self, population: Population, rows: Ints) -> None:
        self.rows, self._population = rows, population
        everybody, self._words = np.arange(len(population)), wording(population, rows)
        held = np.asarray(hits(population.profiles["shingles"], population.sampled, everybody, self._words))
        own = held[rows][held[rows] > 0]
        sent = np.asarray(held >= (max(float(np.quantile(own, WHOLE)), LEAST_FRAME) if len(own) else np.inf))
        self.users = np.asarray(sent.any(axis=1))  #: who sent it, shape (accounts,)
        self.first = np.full(len(population), NEVER)  #: when, microseconds since 1970
        times = np.where(sent[self.users], population.profiles["item_time"][self.users], NEVER)
        self.first[self.users] = times.min(axis=1, initial=NEVER)

    def part(self, group: Ints) -> float:
        """Share of the group's accounts that sent the frame."""
        return float(self.users[group].mean()) if len(group) else 0.0

    def tried_by(self, group: Ints) -> bool:
        """Whether accounts of the group, none of them the campaign's, sent the frame before it did.

        Fewer have to of fewer accounts than those who scaled it up, if they have no frame of their own: who has one
        shares turns of phrase with others.
        """
        if not self._sent_by(group, TRIED_AMONG_ALL) or self._begun(group) >= self._begun(self.rows):
            return False
        if self.part(group) >= TRIED:
            return True
        return len(group) < len(self.rows) and Frame(self._population, group).part(group) < SHARED

    def shared_by(self, group: Ints) -> bool:
        """Whether most accounts of the group, none of them the campaign's, sent the frame."""
        return self._sent_by(group, SHARED)

    def forerunners(self) -> Ints:
        """The accounts, none of them the campaign's, that tried the frame before it was sent in numbers.

        Nobody but them sent it since, as users of a template would have; and they have tried other wordings, too, that
        hardly anybody else sends. Those who only tried what didn't do have no such frame: `membership` may know them.
        """
        beside = self.users.copy()
        beside[self.rows] = False
        begun = self.first[self.rows[self.users[self.rows]]]
        if not LEAST_TRIERS <= beside.sum() <= len(begun):
            return np.zeros(0, np.int64)
        dawn = np.quantile(begun, DAWN)
        early = np.flatnonzero(beside & (self.first < dawn))
        opened, closed = self._population.profiles["first"].min(), self._population.profiles["last"].max()
        usual = max((dawn - opened) / max(closed - opened, 1), DAWN)
        enough = len(early) >= LEAST_TRIERS and binom.sf(len(early) - 1, beside.sum(), usual) <= EARLY
        return early if enough and self._other_wordings(early) >= AMONG_OTHERS else early[:0]

    def _other_wordings(self, group: Ints) -> float:
        """Part of the group's accounts with a prompt in a wording of the group's own, and not in the campaign's."""
        shingles, sampled = self._population.profiles["shingles"], self._population.sampled
        other = np.setdiff1d(manner(self._population, group), manner(self._population, self.rows))
        other = np.setdiff1d(other, self._words)
        own, theirs = (np.asarray(hits(shingles, sampled, group, words)) > 0 for words in (other, self._words))
        return float((own & ~theirs).any(axis=1).mean())

    def _sent_by(self, group: Ints, share: float) -> bool:
        if self.users[group].sum() < LEAST_TRIERS or not self.users[self.rows].any():
            return False
        group = np.setdiff1d(group, self.rows)
        sent = int(self.users[group].sum())
        if sent < max(LEAST_TRIERS, share * len(group)):
            return False
        others = len(self.users) - len(self.rows) - len(group)
        usual = (int(self.users.sum()) - int(self.users[self.rows].sum()) - sent + 1) / (others + 1)
        return bool(binom.sf(sent - 1, len(group), usual) <= CHANCE)

    def _begun(self, rows: Ints) -> float:
        """When the middle one of those of the accounts that sent the frame first did, microseconds since 1970."""
        return float(np.median(self.first[rows[self.users[rows]]]))
