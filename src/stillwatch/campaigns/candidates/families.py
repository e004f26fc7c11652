"""Candidates by wording: accounts that keep reusing the same frame, which few others use.

A frame is what stays the same while the slot changes: shingles that recur over an account's different prompts. Frames
are grown from a seed shingle to the shingles that live among the same accounts, so a campaign that varies its wording
over many interchangeable parts still comes out as one family. Every step is linear in the sampled shingles.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.campaigns.kernels import hits, reused
from stillwatch.campaigns.streams import Stream
from stillwatch.profile.kernels import SAMPLE, SHINGLES
from stillwatch.signals.population import Population

LEAST_SHARE = 0.08  #: of an account's sampled prompts that must carry a shingle for it to be the account's frame
COMMON = 0.35  #: a shingle that more of all accounts reuse is language, not a frame (hub)
INSIDE = 0.6  #: of a shingle's accounts that must be in the family for the shingle to belong to it
ROUNDS = 5


def families(population: Population, least: int) -> list[Stream]:
    """The families of at least `least` accounts, largest seeds first; shape of each: see `Stream`."""
    shingles = population.profiles["shingles"]
    room = int((population.sampled * SHINGLES).sum())
    account, shingle = np.empty(room, np.int64), np.empty(room, np.uint32)
    found = reused(shingles, population.sampled, LEAST_SHARE, account, shingle, np.empty(room, np.int64))
    names, code = np.unique(shingle[:found], return_inverse=True)
    account = account[:found]
    spread = np.bincount(code, minlength=len(names))
    kept = (spread >= 3) & (spread <= max(COMMON * len(population), least))
    keep = kept[code]
    names, account = names[kept], account[keep]
    code = (np.cumsum(kept) - 1)[code[keep]]
    spread = spread[kept]
    if not len(names):
        return []
    by_shingle = _groups(code, account, len(names))
    by_account = _groups(account, code, len(population))
    score = spread * np.log(len(population) / spread)
    open_ = spread >= least
    out: list[Stream] = []
    for seed in np.argsort(-score, kind="stable"):
        if not open_[seed]:
            continue
        members, wording = _grow(int(seed), by_shingle, by_account, spread)
        open_[wording] = False
        open_[seed] = False
        if len(members) < least:
            continue
        out.append(_stream(population, members, np.sort(names[wording])))
    return out


_Groups = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def _groups(key: npt.NDArray[np.int64], value: npt.NDArray[np.int64], size: int) -> _Groups:
    order = np.argsort(key, kind="stable")
    return np.searchsorted(key[order], np.arange(size + 1)), value[order]


def _gather(groups: _Groups, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    starts, values = groups
    lengths = starts[keys + 1] - starts[keys]
    total = int(lengths.sum())
    if total == 0:
        return np.zeros(0, np.int64)
    ends = np.cumsum(lengths)
    index = np.arange(total) - np.repeat(ends - lengths, lengths) + np.repeat(starts[keys], lengths)
    return values[index]


def _grow(
    seed: int, by_shingle: _Groups, by_account: _Groups, spread: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    members = np.sort(_gather(by_shingle, np.array([seed])))
    wording = np.array([seed])
    for _ in range(ROUNDS):
        shingle, count = np.unique(_gather(by_account, members), return_counts=True)
        inside = (count >= INSIDE * spread[shingle]) & (count >= max(3, 0.02 * len(members)))
        wording = shingle[inside]
        if not len(wording):
            wording = np.array([seed])
        account, held = np.unique(_gather(by_shingle, wording), return_counts=True)
        typical = np.median(held[np.isin(account, members)])
        grown = account[held >= max(1.0, 0.3 * typical)]
        if len(grown) == len(members) and (grown == members).all():
            break
        members = grown
    return members, wording


def _stream(population: Population, rows: npt.NDArray[np.int64], wording: npt.NDArray[np.uint32]) -> Stream:
    rows = np.sort(rows)
    count = np.zeros((len(rows), SAMPLE), np.int64)
    hits(population.profiles["shingles"][rows], population.sampled[rows], wording, count)
    typical = np.median(count[count > 0]) if (count > 0).any() else 1
    mask = count >= max(1, round(0.3 * typical))
    held = mask.sum(axis=1) >= 2
    return Stream(
        population, rows[held], mask[held], "content", f"a frame of {len(wording)} recurring word sequences", wording
    )
