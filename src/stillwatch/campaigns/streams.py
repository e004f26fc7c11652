"""A stream: the part of some accounts' traffic that a link points at, seen through their samples.

A family's stream is the sampled prompts that carry its wording, so that a reseller's account is judged by that part
of its traffic and not by its innocent customers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from stillwatch.signals.memo import Memo
from stillwatch.signals.population import Floats, Ints, Population
from stillwatch.signals.registry import Signal

TIED = 1e-12  #: p-value of payers' ties at which they are no chance


@dataclass(frozen=True, eq=False)
class Stream(Memo):
    """Candidate members and the sampled prompts of theirs that are in question."""

    population: Population
    rows: Ints  #: accounts, ascending
    mask: npt.NDArray[np.bool_]  #: (members, sample): which sampled prompts belong to the stream
    channel: str  #: the channel that linked the members
    why: str  #: what linked them, in words
    wording: npt.NDArray[np.uint32]  #: shingles that the members reuse over different prompts, ascending
    coarse: bool = False  #: of the coarse partition: counts where no finer group stands
    columns: frozenset[str] | None = None  #: what linked, where other columns of the channel may still test; None: all
    chance: float = 1.0  #: p-value that those who pay for the members have nothing to do with each other

    def tests(self, signal: Signal) -> bool:
        """Whether a signal is independent of what linked the members. Who comes at one time signs up at one time.

        A relay that people pay for together is one program to them, too, unless nobody knows what they ask through it.
        """
        if self.channel == "timing":
            return signal.channel != "timing" and "account.signup_time" not in signal.columns
        if signal.channel != self.channel:
            return not (signal.follows and (self.channel == "content" or self.population.prompts_known))
        return self.columns is not None and not signal.columns & self.columns

    def only(self, members: Ints) -> Stream:
        """The stream of these of its members (places), ascending."""
        return replace(self, rows=self.rows[members], mask=self.mask[members])

    @property
    def tied(self) -> bool:
        """Whether those who pay for the members have something to do with each other for sure."""
        return self.chance <= TIED

    @cached_property
    def size(self) -> Ints:
        """Sampled prompts in the stream, per member."""
        return np.asarray(self.mask.sum(axis=1))

    @cached_property
    def share(self) -> Floats:
        """Share of each member's sampled prompts that is in the stream."""
        return self.size / np.maximum(self.population.sampled[self.rows], 1)

    @cached_property
    def everything(self) -> Stream:
        """All traffic of the members; the stream itself where it is that."""
        full = whole(self.population, self.rows, self.channel, self.why, self.wording, self.coarse)
        return self if (full.mask == self.mask).all() else full


def whole(
    population: Population, rows: Ints, channel: str, why: str, wording: npt.NDArray[np.uint32], coarse: bool = False
) -> Stream:
    """All traffic of these accounts as one stream."""
    rows = np.sort(rows)
    sample = population.profiles["items"].shape[1]
    mask = np.arange(sample)[None, :] < population.sampled[rows][:, None]
    return Stream(population, rows, mask, channel, why, wording, coarse)
