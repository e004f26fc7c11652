"""Are the accounts interchangeable? The share of content that an account's identity explains.

A person, a product or a company asks of its own concerns: two prompts of one account are more alike than two prompts
of different ones, whatever template they stand in. Accounts that are fed from one work queue are not: which account
sent a prompt tells nothing about it. The intraclass correlation (Shrout and Fleiss 1979) of the prompts' sign
sketches measures that; it does not care what is asked, in which language or how often.

Hands that are each given a few of a campaign's many frames differ in those, and in nothing else. So it is measured once
more on what is left of the prompts beside the wording that members have in common.

A linker takes in a stranger now and then, and a few who ask of wholly other matters look like many who each ask of
their own. So the oddest members can be left out (a trimmed mean: Tukey 1962).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from stillwatch.campaigns.candidates.families import carried, holders
from stillwatch.campaigns.kernels import intraclass, unlike_pairs
from stillwatch.campaigns.streams import Stream
from stillwatch.signals.kernels import sign_sums
from stillwatch.signals.population import Floats

HOLDERS = 8  #: members who say a piece of wording, for what it adds to a prompt to be learnt; and who must be left
FOLDS = 5
RIDGE = 2.0  #: in prompts: what a piece adds is drawn to nothing as if so many more had been seen where it adds none
LEAST_WORDED = 0.3  #: share of the prompts that must carry some
PROMPTS = 4096  #: that are read, at most
REAL_USERS = 0.035  #: what identity explains among real users, or less (`python -m bench interchange`)
MOST_WEIGHT = 8.0  #: of an account's pairs
ODDEST = 0.1  #: share of the members that is left out


@dataclass(frozen=True, slots=True)
class Exchangeability:
    """Intraclass correlation of a stream over its accounts."""

    value: float  #: 0 = interchangeable; real users score about 0.04 (see `python -m bench interchange`)
    error: float  #: jackknife standard error over accounts
    alike: float  #: mean similarity of prompts of different members, -1..1

    def p_value(self, independent: float) -> float:
        """Chance of a value this low if the members were independent customers (at least `independent`)."""
        return float(ndtr((self.value - independent) / self.error)) if self.error > 0 else 1.0


def exchangeability(stream: Stream, most: int = 4000) -> Exchangeability | None:
    """Measure it; None with fewer than three members that have two prompts in the stream.

    Only the first `most` members are read: more would sharpen nothing.
    """
    size = stream.size
    able = np.flatnonzero(size >= 2)[:most]
    if len(able) < 3:
        return None
    sums = sign_sums(stream.population.profiles["item_signs"], stream.rows[able], stream.mask[able])
    prompts = size[able].astype(float)
    return _of_all_pairs(sums, prompts, prompts)


def without_oddest(stream: Stream) -> Stream:
    """The stream without the tenth of its members whose prompts, all they ask, are least like those of the others.

    Real users of whom that many are left out still show 0.029 and 0.040 (`python -m bench interchange`).
    """
    size = stream.everything.size
    able = np.flatnonzero(size >= 2)
    odd = int(ODDEST * len(able))
    if not odd:
        return stream
    prompts = size[able].astype(float)
    sums = sign_sums(stream.population.profiles["item_signs"], stream.rows[able], stream.everything.mask[able])
    own = np.einsum("ij,ij->i", sums, sums, dtype=float) / sums.shape[1]
    along = sums @ sums.sum(axis=0, dtype=float) / sums.shape[1] - own
    apart = (own - prompts) / (prompts * (prompts - 1)) - 2 * along / (prompts * (prompts.sum() - prompts))
    return stream.only(np.delete(np.arange(len(stream.rows)), able[np.argsort(-apart, kind="stable")[:odd]]))


def beside_wording(stream: Stream) -> list[Exchangeability]:
    """Measure it on what prompts say beside the stream's wording; nothing where members have too little of that.

    What a piece of wording adds to a prompt's sketch is learnt from other members (a ridge regression, cross-fitted:
    Chernozhukov et al. 2018), so that nobody's own concerns are taken for wording. Prompts without any are left out.
    Not all of it can be learnt; where no more is left than real users differ by, the prompts of an account that have no
    piece in common are measured alone: somebody's concerns show in them, too.
    """
    shingle, place = carried(stream.population, stream.rows, stream.mask, stream.wording)
    name, members = holders(shingle, place // stream.mask.shape[1])
    pieces = name[members >= HOLDERS].astype(shingle.dtype)
    held = np.isin(shingle, pieces)
    shingle, place = shingle[held], place[held]
    prompts = np.unique(place)
    if len(prompts) < max(1.0, LEAST_WORDED * np.count_nonzero(stream.mask)):
        return []
    prompts = prompts[:PROMPTS]
    shingle, place = (values[place <= prompts[-1]] for values in (shingle, place))
    wording = np.zeros((len(prompts), len(pieces)), bool)
    wording[np.searchsorted(prompts, place), np.searchsorted(pieces, shingle)] = True
    member, sample = np.divmod(prompts, stream.mask.shape[1])
    profiles, rows = stream.population.profiles, stream.rows[member]
    signs = _unpacked(profiles["item_signs"][rows, sample])
    left = _beside(wording, signs, profiles["items"][rows, 0] % np.uint64(FOLDS))  # whatever accounts are called
    start = np.flatnonzero(np.diff(member, prepend=-1))
    sums = np.add.reduceat(left, start)
    squares = np.add.reduceat(np.einsum("ij,ij->i", left, left, dtype=float), start) / left.shape[1]
    start = np.append(start, len(member))
    size = np.diff(start).astype(float)
    several = size >= 2
    if several.sum() < HOLDERS:
        return []
    found = [_of_all_pairs(sums[several], size[several], squares[several])]
    if found[0].value <= REAL_USERS:
        unlike, pairs = unlike_pairs(left, wording, start)
        if np.count_nonzero(pairs) >= HOLDERS:
            found.append(_found(sums, size, squares, unlike, 2 * pairs / size))
    return found


def _beside(
    wording: npt.NDArray[np.bool_], signs: npt.NDArray[np.float32], fold: npt.NDArray[np.uint64]
) -> npt.NDArray[np.float32]:
    """What the wording (prompts, pieces) does not say of the signs (prompts, width), by regression on other folds."""
    given = np.ones((len(wording), wording.shape[1] + 1), np.float32)  # the last is what all say
    given[:, :-1] = wording
    gram, along = given.T @ given, given.T @ signs
    ridge = RIDGE * np.eye(len(gram), dtype=np.float32)
    left = signs.copy()
    for number in range(FOLDS):
        own = fold == number
        others = gram - given[own].T @ given[own] + ridge
        left[own] -= given[own] @ np.linalg.solve(others, along - given[own].T @ signs[own])
    return left


def _unpacked(signs: npt.NDArray[np.uint64]) -> npt.NDArray[np.float32]:
    """Sign sketches (prompts, words) as +1 and -1, (prompts, signs)."""
    bits = np.unpackbits(np.ascontiguousarray(signs).view(np.uint8), axis=1)
    return bits.astype(np.float32) * 2 - 1


def _of_all_pairs(sums: npt.NDArray[np.float32], prompts: Floats, squares: Floats) -> Exchangeability:
    """Of all pairs of each account's `prompts`, two or more."""
    own = np.einsum("ij,ij->i", sums, sums, dtype=float) / sums.shape[1]
    return _found(sums, prompts, squares, (own - squares) / (prompts * (prompts - 1)), prompts - 1)


def _found(
    sums: npt.NDArray[np.float32], prompts: Floats, squares: Floats, within: Floats, weight: Floats
) -> Exchangeability:
    # An account with many prompts must not speak for all: weigh accounts by their prompts, not by pairs.
    value, error, alike = intraclass(sums, prompts, squares, within, np.minimum(weight, MOST_WEIGHT))
    return Exchangeability(float(value), max(float(error), 1e-4), float(alike))
