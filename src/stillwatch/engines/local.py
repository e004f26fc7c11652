"""The local engine: one streaming pass over the log on all cores of this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from stillwatch.cores import cores
from stillwatch.exchange import EXCHANGE_SCHEMA, UNREAD
from stillwatch.logs import LogStream
from stillwatch.memory import steady_arrow
from stillwatch.profile import Profiles
from stillwatch.profile.absorb import Absorber
from stillwatch.profile.prepare import Prepared, prepare
from stillwatch.profile.secret import Key
from stillwatch.progress import Progress

#: The columns that profiles are made of.
COLUMNS = frozenset(EXCHANGE_SCHEMA.names) - UNREAD

AHEAD = 2  #: batches that are read while one is absorbed

#: What was asked and answered.
WORDS = frozenset({"prompt", "system", "response"})


class Keeper(Protocol):
    """Keeps what was read, so that reading can stop at any moment and go on later."""

    def due(self) -> bool:
        """Whether to save what has been read by now: nothing is read beyond that until it is saved."""

    def save(self, profiles: Profiles) -> None:
        """Save the profiles of all batches so far, and where the stream stands."""


def profile_log(
    stream: LogStream,
    progress: Progress | None = None,
    key: Key | None = None,
    budget: int | None = None,
    profiles: Profiles | None = None,
    keeper: Keeper | None = None,
) -> Profiles:
    """Read a log once and return its profiles. Memory is bounded by accounts, not by exchanges.

    With a `key`, what was asked is hashed under it and no text is kept. Beyond `budget` bytes of memory, profiles are
    kept in a temporary file. Given the `profiles` of what was read before, the log is added to them, in place.
    """
    if profiles is None:
        profiles = Profiles(budget=budget) if key is None else Profiles(key=key, budget=budget)
    before = profiles.present
    parts = cores()
    with steady_arrow(), ThreadPoolExecutor(parts) as pool:
        absorber = Absorber(profiles, pool, parts)
        for batch, last in _ahead(stream, profiles.key, keeper):
            absorber.add(batch)
            if progress is not None:
                progress("reading exchanges", stream.rows, stream.total)
            if last and keeper is not None:
                absorber.finish()
                keeper.save(profiles)
        absorber.finish()
    profiles.present = before | (stream.present & frozenset(stream.schema.names))
    return profiles


def _ahead(stream: LogStream, key: Key, keeper: Keeper | None) -> Iterator[tuple[Prepared, bool]]:
    """The batches of a stream, `AHEAD` of them read and prepared meanwhile, and whether to save after it.

    Where it's time to save, what was read is given out first, and nothing is read until the caller comes back.
    """
    batches = iter(stream)

    def read() -> Prepared | None:
        batch = next(batches, None)
        return None if batch is None else prepare(batch, key)

    coming: deque[Future[Prepared | None]] = deque()
    with ThreadPoolExecutor(1) as reader:
        coming.append(reader.submit(read))
        while (batch := coming.popleft().result()) is not None:
            due = keeper is not None and keeper.due()
            while not due and len(coming) < AHEAD:
                coming.append(reader.submit(read))
            yield batch, due and not coming
            if not coming:
                coming.append(reader.submit(read))
