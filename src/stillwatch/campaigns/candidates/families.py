"""Candidates by wording: accounts that keep reusing the same frame, which few others use.

A frame is what stays the same while the slot changes: shingles that recur over an account's different prompts.
Accounts with much the same frame shingles, weighted by rarity, are neighbours; communities of neighbours are the
families. A campaign that varies its wording over interchangeable parts still comes out as one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.campaigns.candidates.communities import communities, nearest
from stillwatch.campaigns.kernels import hits, project, reused, said_by
from stillwatch.campaigns.ragged import spans
from stillwatch.campaigns.streams import Stream
from stillwatch.profile.kernels import SHINGLES
from stillwatch.signals.infrastructure import pairs
from stillwatch.signals.population import Ints, Population

LEAST_SHARE = 0.08  #: of an account's sampled prompts that must carry a shingle for it to be the account's frame
COMMON = 0.4  #: a shingle that more of all accounts reuse is language, not a frame (hub)
INSIDE = 0.5  #: of a shingle's accounts that must be in the family for the shingle to be its wording
ENRICHED = 0.25  #: of a shingle's accounts that must be known members for it to be their manner
LEAST_HOLDERS = 4  #: accounts that a shingle of their manner needs
REUSED = "reused wording"
LEAST_COSINE = 0.35
CHUNK = 65_536  #: accounts whose shingles are looked through at once
SORTED = 1 << 24  #: shingles that are sorted at once, about
LAST = 2**32 - 1  #: the last shingle
PROJECTION = 128  #: random signs per shingle (Achlioptas 2003): cosines are kept to about 0.09


@dataclass(frozen=True, eq=False)
class Frames:
    """Shingles, and the accounts that each is typical of."""

    names: npt.NDArray[np.uint32]  #: shingle of each code, ascending
    spread: Ints  #: accounts of each
    own: npt.NDArray[np.int32]  #: codes, account after account
    start: Ints  #: where in `own` each account begins, and the end

    def count(self, rows: Ints) -> tuple[npt.NDArray[np.int32], Ints]:
        """The codes that these accounts have, ascending, and how many of them have each."""
        return np.unique(self.own[spans(self.start, rows)], return_counts=True)


def frames(population: Population) -> Frames:
    """What every account reuses over different prompts, hubs left out. Linear in the sampled shingles."""
    shingles, sampled = population.profiles["shingles"], population.sampled
    account, shingle = [np.empty(0, np.int64)], [np.empty(0, np.uint32)]
    for at in range(0, len(population), CHUNK):
        piece = slice(at, at + CHUNK)
        room = int((sampled[piece] * SHINGLES).sum())
        who, what = np.empty(room, np.int64), np.empty(room, np.uint32)
        found = reused(shingles[piece], sampled[piece], LEAST_SHARE, who, what)
        account.append(who[:found] + at)
        shingle.append(what[:found].copy())
    names, code = np.unique(np.concatenate(shingle), return_inverse=True)
    spread = np.bincount(code, minlength=len(names))
    kept = (spread >= 3) & (spread <= max(COMMON * len(population), 50))
    keep = kept[code]
    size = np.bincount(np.concatenate(account)[keep], minlength=len(population))
    own = (np.cumsum(kept) - 1)[code[keep]].astype(np.int32)
    return Frames(names[kept], spread[kept], own, np.append(0, np.cumsum(size)))


def wording(population: Population, rows: Ints) -> npt.NDArray[np.uint32]:
    """Shingles that these accounts reuse more than all others together, ascending."""
    found = population.memo("frames", lambda: frames(population))
    code, count = found.count(rows)
    return np.asarray(found.names[code[(count >= INSIDE * found.spread[code]) & (count >= max(2, 0.01 * len(rows)))]])


def manner(population: Population, rows: Ints) -> npt.NDArray[np.uint32]:
    """Shingles that these accounts say far more than others, whether or not one account says them twice, ascending.

    Wider than `wording`: it knows members with a single prompt, and does not ask that all users be known already.
    """
    room = np.empty(int(population.sampled[rows].sum()) * SHINGLES, np.uint32)
    found = said_by(population.profiles["shingles"], population.sampled, rows, 0, LAST, room)
    name, count = np.unique(room[:found], return_counts=True)
    often = count >= max(LEAST_HOLDERS, 0.03 * len(rows))
    name, count = name[often], count[often]
    return np.asarray(name[count >= ENRICHED * spread(population, name)])


def preamble(population: Population, rows: Ints, part: float = ENRICHED) -> npt.NDArray[np.bool_]:
    """Who sends a system prompt that two of these customers send, and that at least `part` of all its users are.

    Shape (accounts,).
    """
    account, code = pairs(population, "system_prompt")
    out = np.zeros(len(population), bool)
    if not len(code):
        return out
    inside = np.zeros(len(population), bool)
    inside[rows] = True
    own = inside[account]
    held, spread = (np.bincount(c, minlength=code.max() + 1) for c in (code[own], code))
    owners = np.unique(code[own] << 32 | population.principal[account[own]]) >> 32
    customers = np.bincount(owners, minlength=code.max() + 1)
    out[account[((customers >= 2) & (held >= part * spread))[code]]] = True
    return out


def prepare_manner(population: Population) -> None:
    """Count who says what, once for every `manner`."""
    spread(population, np.zeros(0, np.uint32))


def spread(population: Population, shingle: npt.NDArray[np.uint32]) -> Ints:
    """How many accounts' samples hold each of these shingles; zero for fewer than `LEAST_HOLDERS`."""
    names, count = population.memo("said", lambda: _said(population))
    if not len(names):
        return np.zeros(len(shingle), np.int64)
    place = np.minimum(np.searchsorted(names, shingle), len(names) - 1)
    return np.where(names[place] == shingle, count[place], 0)


def _said(population: Population) -> tuple[npt.NDArray[np.uint32], Ints]:
    """Every shingle that `LEAST_HOLDERS` accounts' samples hold, ascending, and how many do.

    Shingles are hashes: they are counted a range of them at a time, so that memory is bounded.
    """
    shingles, sampled, everybody = population.profiles["shingles"], population.sampled, np.arange(len(population))
    parts = -(-int(sampled.sum()) * SHINGLES // SORTED) or 1
    room = np.empty(2 * SORTED, np.uint32)
    names, counts = [], []
    for part in range(parts):
        first, beyond = (LAST + 1) * part // parts, (LAST + 1) * (part + 1) // parts
        found = np.sort(room[: said_by(shingles, sampled, everybody, first, beyond - 1, room)])
        start = np.flatnonzero(_first(found))
        count = np.diff(np.append(start, len(found)))
        names.append(found[start[count >= LEAST_HOLDERS]])
        counts.append(count[count >= LEAST_HOLDERS])
    return np.concatenate(names), np.concatenate(counts)


def _first(ordered: npt.NDArray[np.unsignedinteger]) -> npt.NDArray[np.bool_]:
    """Where a new value begins."""
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return first


def families(population: Population, least: int) -> list[Stream]:
    """The families of at least `least` accounts, largest first."""
    found = population.memo("frames", lambda: frames(population))
    if not len(found.names):
        return []
    size = np.diff(found.start)
    rows = np.flatnonzero(size)
    projected = np.zeros((len(rows), PROJECTION), np.float32)
    start = np.append(0, np.cumsum(size[rows]))
    project(start, found.own, np.log(len(population) / found.spread), _signs(found.names), projected)
    near, cosine = nearest(projected)
    left = np.repeat(np.arange(len(rows)), near.shape[1])
    kept = cosine.ravel() >= LEAST_COSINE
    groups = communities(left[kept], near.ravel()[kept], cosine.ravel()[kept].astype(float), least)
    streams = [_stream(population, rows[group], coarse) for group, coarse in groups]
    return [stream for stream in streams if len(stream.rows) >= least]


def in_common(stream: Stream) -> float:
    """The largest part of a stream's members who have one and the same shingle of its wording in it; measured once."""

    def measure() -> float:
        shingle, prompt = carried(stream.population, stream.rows, stream.mask, stream.wording)
        return float(holders(shingle, prompt // stream.mask.shape[1])[1].max(initial=0) / len(stream.rows))

    return stream.memo("in common", measure)


def carried(
    population: Population, rows: Ints, mask: npt.NDArray[np.bool_], wording: npt.NDArray[np.uint32]
) -> tuple[npt.NDArray[np.uint32], Ints]:
    """The shingles of the wording that these prompts hold, and which prompt holds each, a place in the flat mask.

    `mask` (members, sample) chooses sampled prompts of the accounts in `rows`.
    """
    prompts = np.flatnonzero(mask)
    if not len(wording):
        return np.zeros(0, np.uint32), prompts[:0]
    held = population.profiles["shingles"][rows].reshape(mask.size, -1)[prompts]
    place, column = np.nonzero(np.isin(held, wording))
    return held[place, column], prompts[place]


def holders(shingle: npt.NDArray[np.uint32], member: Ints) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Each of the shingles once, ascending, and how many different members hold it."""
    told = np.unique(shingle.astype(np.uint64) << np.uint64(32) | member.astype(np.uint64))
    return np.unique(told >> np.uint64(32), return_counts=True)


def _signs(names: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """Random bits that depend on the shingle alone, so that every run and every machine projects alike."""
    lanes = np.arange(PROJECTION // 64, dtype=np.uint64)
    h = names.astype(np.uint64)[:, None] * np.uint64(0x9E3779B97F4A7C15) + lanes * np.uint64(0xD1B54A32D192ED03)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        h = (h ^ (h >> np.uint64(shift))) * np.uint64(factor)
    h ^= h >> np.uint64(31)
    return np.asarray(h.view(np.uint8))


def _stream(population: Population, rows: Ints, coarse: bool) -> Stream:
    words = wording(population, rows)
    count = hits(population.profiles["shingles"], population.sampled, rows, words)
    typical = np.median(count[count > 0]) if (count > 0).any() else 1
    mask = count >= max(1, round(0.3 * typical))
    held = mask.sum(axis=1) >= 2
    return Stream(population, rows[held], mask[held], "content", REUSED, words, coarse)
