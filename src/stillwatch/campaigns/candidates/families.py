"""Candidates by wording: accounts that keep reusing the same frame, which few others use.

A frame is what stays the same while the slot changes: shingles that recur over an account's different prompts.
Accounts with much the same frame shingles, weighted by rarity, are neighbours; communities of neighbours are the
families. A campaign that varies its wording over interchangeable parts still comes out as one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from stillwatch.campaigns.candidates.communities import communities, nearest
from stillwatch.campaigns.kernels import hits, reused
from stillwatch.campaigns.streams import Stream
from stillwatch.profile.kernels import SHINGLES, by_account
from stillwatch.signals.infrastructure import pairs
from stillwatch.signals.population import Ints, Population

LEAST_SHARE = 0.08  #: of an account's sampled prompts that must carry a shingle for it to be the account's frame
COMMON = 0.4  #: a shingle that more of all accounts reuse is language, not a frame (hub)
INSIDE = 0.5  #: of a shingle's accounts that must be in the family for the shingle to be its wording
ENRICHED = 0.25  #: of a shingle's accounts that must be known members for it to be their manner
LEAST_HOLDERS = 4  #: accounts that a shingle of their manner needs
REUSED = "reused wording"
LEAST_COSINE = 0.35
PROJECTION = 128  #: random signs per shingle (Achlioptas 2003): cosines are kept to about 0.09


@dataclass(frozen=True, eq=False)
class Frames:
    """Shingles, and the accounts that each is typical of, as pairs."""

    account: Ints
    code: Ints
    names: npt.NDArray[np.uint32]  #: shingle of each code, ascending
    spread: Ints  #: accounts of each
    own: Ints  #: the codes again, account after account
    start: Ints  #: where in `own` each account begins, and the end

    def count(self, rows: Ints) -> Ints:
        """How many of these accounts have each shingle."""
        begin, size = self.start[rows], self.start[rows + 1] - self.start[rows]
        place = np.repeat(begin - np.append(0, np.cumsum(size)[:-1]), size) + np.arange(size.sum())
        return np.bincount(self.own[place], minlength=len(self.names))


def frames(population: Population) -> Frames:
    """What every account reuses over different prompts, hubs left out. Linear in the sampled shingles."""
    room = int((population.sampled * SHINGLES).sum())
    account, shingle = np.empty(room, np.int64), np.empty(room, np.uint32)
    shingles = population.profiles["shingles"]
    found = reused(shingles, population.sampled, LEAST_SHARE, account, shingle, np.empty(room, np.int64))
    names, code = np.unique(shingle[:found], return_inverse=True)
    spread = np.bincount(code, minlength=len(names))
    kept = (spread >= 3) & (spread <= max(COMMON * len(population), 50))
    keep = kept[code]
    return _frames(len(population), account[:found][keep], (np.cumsum(kept) - 1)[code[keep]], names[kept], spread[kept])


def _frames(accounts: int, account: Ints, code: Ints, names: npt.NDArray[np.uint32], spread: Ints) -> Frames:
    order = by_account(account, accounts)
    start = np.append(0, np.cumsum(np.bincount(account, minlength=accounts)))
    return Frames(account, code, names, spread, code[order], start)


def wording(population: Population, rows: Ints) -> npt.NDArray[np.uint32]:
    """Shingles that these accounts reuse more than all others together, ascending."""
    found = population.memo("frames", lambda: frames(population))
    count = found.count(rows)
    return np.asarray(found.names[(count >= INSIDE * found.spread) & (count >= max(2, 0.01 * len(rows)))])


def manner(population: Population, rows: Ints) -> npt.NDArray[np.uint32]:
    """Shingles that these accounts say far more than others, whether or not one account says them twice, ascending.

    Wider than `wording`: it knows members with a single prompt, and does not ask that all users be known already.
    """
    found = population.memo("said", lambda: said(population))
    count = found.count(rows)
    return np.asarray(found.names[(count >= ENRICHED * found.spread) & (count >= max(LEAST_HOLDERS, 0.03 * len(rows)))])


def preamble(population: Population, rows: Ints) -> npt.NDArray[np.bool_]:
    """Who sends a system prompt that at least two of these customers send and few others do, shape (accounts,)."""
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
    out[account[((customers >= 2) & (held >= ENRICHED * spread))[code]]] = True
    return out


def holders(population: Population, shingle: int) -> Ints:
    """The accounts whose sample holds this shingle; none where fewer than `LEAST_HOLDERS` do."""
    found = population.memo("said", lambda: said(population))
    place = int(np.searchsorted(found.names, shingle))
    if place == len(found.names) or found.names[place] != shingle:
        return np.zeros(0, np.int64)
    start = int(found.spread[:place].sum())
    return found.account[start : start + int(found.spread[place])]


def said(population: Population) -> Frames:
    """Every shingle that `LEAST_HOLDERS` accounts' samples hold, reused or not, as pairs sorted by shingle."""
    shingles = population.profiles["shingles"].reshape(len(population), -1)
    account, place = np.nonzero(shingles)
    pairs = np.sort(shingles[account, place].astype(np.uint64) << np.uint64(32) | account.astype(np.uint64))
    pairs = pairs[_first(pairs)]
    shingle, account = (pairs >> np.uint64(32)).astype(np.uint32), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
    first = _first(shingle)
    names, code = shingle[first], np.cumsum(first) - 1
    spread = np.bincount(code, minlength=len(names))
    kept = spread >= LEAST_HOLDERS
    keep = kept[code]
    return _frames(len(population), account[keep], (np.cumsum(kept) - 1)[code[keep]], names[kept], spread[kept])


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
    rows, row = np.unique(found.account, return_inverse=True)
    rarity = np.log(len(population) / found.spread)
    uses = csr_array((rarity[found.code], (row, found.code)), shape=(len(rows), len(found.names)))
    near, cosine = nearest((uses @ _signs(found.names)).astype(np.float32))
    left = np.repeat(np.arange(len(rows)), near.shape[1])
    kept = cosine.ravel() >= LEAST_COSINE
    groups = communities(left[kept], near.ravel()[kept], cosine.ravel()[kept].astype(float), least)
    streams = [_stream(population, rows[group], coarse) for group, coarse in groups]
    return [stream for stream in streams if len(stream.rows) >= least]


def _signs(names: npt.NDArray[np.uint32]) -> npt.NDArray[np.float32]:
    """Random signs that depend on the shingle alone, so that every run and every machine projects alike."""
    lanes = np.arange(PROJECTION // 64, dtype=np.uint64)
    h = names.astype(np.uint64)[:, None] * np.uint64(0x9E3779B97F4A7C15) + lanes * np.uint64(0xD1B54A32D192ED03)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        h = (h ^ (h >> np.uint64(shift))) * np.uint64(factor)
    h ^= h >> np.uint64(31)
    return np.unpackbits(h.view(np.uint8), axis=1).astype(np.float32) * 2 - 1


def _stream(population: Population, rows: Ints, coarse: bool) -> Stream:
    words = wording(population, rows)
    count = hits(population.profiles["shingles"], population.sampled, rows, words)
    typical = np.median(count[count > 0]) if (count > 0).any() else 1
    mask = count >= max(1, round(0.3 * typical))
    held = mask.sum(axis=1) >= 2
    return Stream(population, rows[held], mask[held], "content", REUSED, words, coarse)
