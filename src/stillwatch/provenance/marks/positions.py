"""Which key marks which position: the provider's in every response, a group's on positions of its own.

A campaign is thousands of accounts, so a key for each account alone would dilute the mark below what a student
inherits. Therefore two layers: the provider's key, which proves that the model learnt from served outputs, and the key
of a group of accounts (or of one large account), which says whose. A third key, the router, decides from the context
alone which layer marks a position. The layers never meet: no (context, token) pair carries both, a test of one is
independent of the other, and a test can tell the layer of a pair from the text, without a log.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import UsageError
from stillwatch.provenance.keys import Key
from stillwatch.provenance.marks.colours import DRAWS, ColourKey, Ints
from stillwatch.provenance.marks.settings import MarkSettings

PROVIDER = ""  #: name of the layer that every response carries


class MarkKeys:
    """The keys of the marks of one epoch. All that a decoding machine needs, and nothing of the other purposes."""

    __slots__ = ("_root",)

    def __init__(self, root: Key) -> None:
        self._root = root

    @classmethod
    def of(cls, epoch: Key) -> MarkKeys:
        """From the epoch's key, as `MasterKey.epoch` gives it."""
        return cls(epoch.purpose("marks"))

    def __repr__(self) -> str:
        return f"<MarkKeys {'/'.join(self._root.path)}>"

    def root(self) -> Key:
        """The key that the others come from, for a serving file."""
        return self._root

    def provider(self) -> ColourKey:
        """Marks every response."""
        return ColourKey(self._root.provider())

    def group(self, name: str) -> ColourKey:
        """Marks the responses to one group of accounts, on the group layer's positions."""
        return ColourKey(self._root.group(name))

    def router(self) -> ColourKey:
        """Decides the layer of a position."""
        return ColourKey(self._root.derive("router"))

    def decoys_seed(self) -> int:
        """Seed of the decoy keys: fixed by the master key, and so before any suspect is seen."""
        return self._root.decoy(0).number("seed", bits=128)

    def ticket(self, group: str) -> str:
        """What a gateway sends along with a request so that the decoder marks it for the group: NAME.TAG.

        The tag is an HMAC, so a client can't choose a group, nor have its own left out by sending another's name.
        """
        return f"{group}.{self._tag(group)}"

    def read_ticket(self, ticket: str) -> str:
        """The group that a ticket names. Raises `UsageError` for one that was not made with this epoch's keys."""
        group, _, tag = ticket.rpartition(".")
        if not group or not hmac.compare_digest(tag.encode(), self._tag(group).encode()):
            raise UsageError("a mark ticket was not made by this provider's gateway for this epoch")
        return group

    def _tag(self, group: str) -> str:
        return self._root.derive("tickets").digest(group).hex()[:32]


def group_positions(contexts: Ints, *, router: ColourKey, settings: MarkSettings) -> NDArray[np.bool_]:
    """Whether each context is on the group layer: bool[n] for int64[n, width], nearest token first."""
    return router.context_draws(contexts) < np.uint32(group_cut(settings))


def group_cut(settings: MarkSettings) -> int:
    """Contexts whose router draw is below this are the group layer's."""
    return min(round(settings.group_share * DRAWS), DRAWS - 1)


class TableStack:
    """The word tables of the router and of the layers in use, in one array that the kernels index.

    Slot 0 holds the provider's tables. Groups take the other slots; the one used longest ago gives way when all are
    taken, so a server with thousands of groups holds a few tables of (1 + width) * vocabulary words. Only a batch with
    more groups than slots makes the array grow.
    """

    def __init__(self, keys: MarkKeys, settings: MarkSettings, *, vocabulary: int, capacity: int = 8) -> None:
        width = settings.context_width
        self._keys, self._vocabulary, self._width = keys, vocabulary, width
        self.router = keys.router().tables(vocabulary, width)
        self.words = np.zeros((1 + capacity, 1 + width, vocabulary), np.uint64)
        self.words[0] = keys.provider().tables(vocabulary, width)
        self.version = 0  #: counts the changes of `words`, for whoever holds a copy
        self._slots: OrderedDict[str, int] = OrderedDict()

    def slot(self, group: str, *, busy: frozenset[str] = frozenset()) -> int:
        """Slot of that group's tables, filled now if need be; never one that a group in `busy` holds."""
        if group == PROVIDER:
            return 0
        if group in self._slots:
            self._slots.move_to_end(group)
            return self._slots[group]
        idle = next((name for name in self._slots if name not in busy), None)
        if len(self._slots) < len(self.words) - 1:
            slot = 1 + len(self._slots)
        elif idle is not None:
            slot = self._slots.pop(idle)
        else:
            slot = len(self.words)
            self.words = np.concatenate([self.words, np.zeros_like(self.words)])
        self.words[slot] = self._keys.group(group).tables(self._vocabulary, self._width)
        self._slots[group] = slot
        self.version += 1
        return slot
