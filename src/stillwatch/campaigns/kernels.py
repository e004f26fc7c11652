"""Kernels over the sampled exchanges: which wording an account keeps reusing."""

from __future__ import annotations

import numpy as np
from numba import njit

from stillwatch.profile.kernels import EMPTY, SAMPLE, SHINGLES

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
ROOM = 1024  #: places of a table of one account's shingles


@njit(cache=True, nogil=True, inline="always")
def _slot(key, mark, account, v):
    """The place of a shingle in an open-addressing table, or where it goes: `mark` is then another account's.

    Entries are marked with their account, so that the table need not be emptied for the next.
    """
    p = (v ^ (v >> 16)) & (ROOM - 1)
    while mark[p] == account and key[p] != v:
        p = (p + 1) & (ROOM - 1)
    return p


@njit(cache=True, nogil=True)
def said_by(shingles, sampled, rows, first, last, out):
    """List the different shingles from `first` to `last` in the samples of each account in `rows`, account by account.

    Returns how many; `out` is large enough for every shingle.
    """
    key, mark = np.empty(ROOM, np.uint32), np.full(ROOM, -1, np.int64)
    n = 0
    for r in range(rows.shape[0]):
        a = rows[r]
        for i in range(sampled[a]):
            for j in range(SHINGLES):
                v = shingles[a, i, j]
                if v == 0 or v < first or v > last:
                    continue
                p = _slot(key, mark, r, v)
                if mark[p] != r:
                    mark[p], key[p] = r, v
                    out[n] = v
                    n += 1
    return n


@njit(cache=True, nogil=True)
def project(start, code, weight, signs, out):
    """Add up the signs of each row's codes, weighted: the values of row r are `code[start[r] : start[r + 1]]`.

    `signs` is uint8[codes, bytes], a bit a sign; `out` is float32[rows, 8 * bytes], zeros.
    """
    table = np.empty((256, 8), np.float32)
    for byte in range(256):
        for bit in range(8):
            table[byte, bit] = 1 if byte >> (7 - bit) & 1 else -1
    total = np.empty(out.shape[1])
    for r in range(out.shape[0]):
        total[:] = 0
        for c in code[start[r] : start[r + 1]]:
            for b in range(signs.shape[1]):
                sign = table[signs[c, b]]
                for bit in range(8):
                    total[8 * b + bit] += weight[c] * sign[bit]
        out[r] = total


@njit(cache=True, nogil=True)
def reused(shingles, sampled, least_share, account_out, shingle_out):
    """List the shingles that stand in at least two sampled prompts of an account and in `least_share` of them.

    Writes (account, shingle) by account and returns how many; the outputs are large enough for every shingle.
    """
    key, mark, count = np.empty(ROOM, np.uint32), np.full(ROOM, -1, np.int64), np.empty(ROOM, np.int64)
    often = np.empty(SAMPLE * SHINGLES, np.uint32)
    n = 0
    for a in range(shingles.shape[0]):
        least = max(2, int(np.ceil(least_share * sampled[a])))
        k = 0
        for i in range(sampled[a]):
            for j in range(SHINGLES):
                v = shingles[a, i, j]
                if v == 0:
                    continue
                p = _slot(key, mark, a, v)
                if mark[p] != a:
                    mark[p], key[p], count[p] = a, v, 0
                count[p] += 1
                if count[p] == least:
                    often[k] = v
                    k += 1
        for v in np.sort(often[:k]):
            account_out[n] = a
            shingle_out[n] = v
            n += 1
    return n


@njit(cache=True, nogil=True)
def hits(shingles, sampled, rows, wanted):
    """Count, for each sampled prompt of the accounts in `rows`, its shingles that are in `wanted` (ascending).

    Returns uint8[rows, SAMPLE].
    """
    out = np.zeros((rows.shape[0], SAMPLE), np.uint8)
    begins = np.zeros(1 << 16, np.uint8)  # most shingles begin like none of those wanted, and need no search
    for v in wanted:
        begins[v >> 16] = 1
    for r in range(rows.shape[0]):
        a = rows[r]
        for i in range(sampled[a]):
            likely = 0
            for j in range(SHINGLES):  # without a branch
                likely += begins[shingles[a, i, j] >> 16]
            if not likely:
                continue
            for j in range(SHINGLES):
                v = shingles[a, i, j]
                if v and begins[v >> 16]:
                    p = np.searchsorted(wanted, v)
                    if p < wanted.shape[0] and wanted[p] == v:
                        out[r, i] += 1
    return out


@njit(cache=True, nogil=True)
def keep_largest(values, rows, others, place, found):
    """Keep, for each of `rows`, the largest of its `values` (rows x others), its own left out.

    `place` and `found` (all rows, kept) hold the others' names and values so far; of equal values the first stay.
    """
    for i in range(values.shape[0]):
        r = rows[i]
        least = np.argmin(found[r])
        bar = found[r, least]
        for j in range(values.shape[1]):
            if values[i, j] > bar and others[j] != r:
                place[r, least], found[r, least] = others[j], values[i, j]
                least = np.argmin(found[r])
                bar = found[r, least]


@njit(cache=True, nogil=True)
def keep_largest_of_both(values, rows, others, place, found):
    """Do as `keep_largest` for each of `rows` and for each of `others`, which have no row in common."""
    least, bar = np.empty(others.shape[0], np.int64), np.empty(others.shape[0], found.dtype)
    for j in range(others.shape[0]):
        least[j] = np.argmin(found[others[j]])
        bar[j] = found[others[j], least[j]]
    for i in range(rows.shape[0]):
        r = rows[i]
        own = np.argmin(found[r])
        own_bar = found[r, own]
        for j in range(others.shape[0]):
            value = values[i, j]
            if value > own_bar:
                place[r, own], found[r, own] = others[j], value
                own = np.argmin(found[r])
                own_bar = found[r, own]
            if value > bar[j]:
                other = others[j]
                place[other, least[j]], found[other, least[j]] = r, value
                least[j] = np.argmin(found[other])
                bar[j] = found[other, least[j]]


@njit(cache=True, nogil=True)
def near_keys(shingles, rows, mask, wording):
    """A key that near-duplicates share, uint64[rows, sample]: a prompt's three smallest shingles outside `wording`.

    `EMPTY` where a prompt has fewer, or is not in `mask`.
    """
    out = np.full(mask.shape, EMPTY)
    for r in range(rows.shape[0]):
        for i in range(mask.shape[1]):
            if not mask[r, i]:
                continue
            key, found = np.uint64(0), 0
            for j in range(SHINGLES):
                v = shingles[rows[r], i, j]
                if v == 0:
                    continue
                p = np.searchsorted(wording, v)
                if p < wording.shape[0] and wording[p] == v:
                    continue
                key = (key * _GOLDEN) ^ np.uint64(v)
                found += 1
                if found == 3:
                    out[r, i] = key
                    break
    return out


@njit(cache=True, nogil=True)
def common_pairs(key, owner):
    """Pairs of owners that have a key in common, over all keys; equal keys stand together."""
    pairs, start = 0, 0
    for i in range(1, key.shape[0] + 1):
        if i < key.shape[0] and key[i] == key[start]:
            continue
        if i - start > 1:
            owners = np.unique(owner[start:i]).shape[0]
            pairs += owners * (owners - 1) // 2
        start = i
    return pairs


@njit(cache=True, nogil=True)
def log_ratio(own, inside, rest, bins):
    """Log-likelihood ratio of each value of `own`: those `inside` against `rest`, over `bins` bins of equal mass.

    Add-one smoothed histograms; zero where a value is NaN, or where there are too few to tell.
    """
    out = np.zeros(own.shape[0])
    member = np.empty(own.shape[0])
    m = 0
    for i in range(own.shape[0]):
        if inside[i] and not np.isnan(own[i]):
            member[m] = own[i]
            m += 1
    others = rest[~np.isnan(rest)]
    if others.shape[0] < 50 or m < 4:
        return out
    together = np.sort(np.concatenate((member[:m], others)))
    edges = np.empty(bins - 1)
    n = 0
    for b in range(1, bins):
        place = b / bins * (together.shape[0] - 1)
        low = int(place)
        high = min(low + 1, together.shape[0] - 1)
        edge = together[low] + (place - low) * (together[high] - together[low])
        if n == 0 or edge > edges[n - 1]:
            edges[n] = edge
            n += 1
    edges = edges[:n]
    mine, theirs = np.ones(n + 1), np.ones(n + 1)
    for i in range(m):
        mine[np.searchsorted(edges, member[i], "right")] += 1
    for i in range(others.shape[0]):
        theirs[np.searchsorted(edges, others[i], "right")] += 1
    ratio = np.log(mine / mine.sum()) - np.log(theirs / theirs.sum())
    for i in range(own.shape[0]):
        if not np.isnan(own[i]):
            out[i] = ratio[np.searchsorted(edges, own[i], "right")]
    return out


@njit(cache=True, nogil=True)
def squares_and_products(vectors, other):
    """Squared length of each vector, and its dot product with `other`: two of float64, in one order of addition."""
    square, product = np.empty(vectors.shape[0]), np.empty(vectors.shape[0])
    for i in range(vectors.shape[0]):
        own, along = 0.0, 0.0
        for j in range(vectors.shape[1]):
            v = np.float64(vectors[i, j])
            own += v * v
            along += v * other[j]
        square[i], product[i] = own, along
    return square, product


@njit(cache=True, nogil=True)
def products(vectors, rows, near):
    """Dot product of each of `rows` with those at its `near` (rows, neighbours, places in `rows`), float64 alike."""
    out = np.empty(near.shape)
    for i in range(near.shape[0]):
        own = vectors[rows[i]]
        for k in range(near.shape[1]):
            other = vectors[rows[near[i, k]]]
            total = np.float32(0)
            for j in range(own.shape[0]):
                total += own[j] * other[j]
            out[i, k] = total
    return out


@njit(cache=True, nogil=True)
def sign_up_ratio(hours, payer, usual, inside, near, batch, batched, out):
    """Add to each payer's `out` the log-likelihood ratio of its customers' sign-ups, in a batch with those `inside`.

    `hours` ascend; `usual` is the rate an hour at which those inside sign up anyway. A customer is compared with the
    nearest inside of another payer, among the `near` before and the `near` after.
    """
    held = np.flatnonzero(inside[payer])
    if held.shape[0] < 2:
        return
    after = 0  # of those held, the first that does not come before
    for i in range(hours.shape[0]):
        while after < held.shape[0] and held[after] < i:
            after += 1
        wait = np.inf
        for step in range(near):
            if after - 1 - step < 0:
                break
            other = held[after - 1 - step]
            if payer[other] != payer[i]:
                wait = hours[i] - hours[other]
                break
        for step in range(near + 1):
            if after + step >= held.shape[0]:
                break
            other = held[after + step]
            if payer[other] != payer[i]:
                wait = min(wait, hours[other] - hours[i])
                break
        rate = usual[i] * held.shape[0]
        together = np.exp(-wait / batch) / batch
        chance = rate * np.exp(-rate * min(wait, 100 / rate))
        out[payer[i]] += np.log(1 - batched + batched * together / chance)


@njit(cache=True, nogil=True)
def intraclass(sums, prompts, squares, within, weight):
    """Intraclass correlation of prompts over accounts, its jackknife error, and the similarity between accounts.

    `sums` (accounts, width) are the sums of each account's `prompts` vectors, `squares` the sums of their mean squares:
    of sign sketches, their number. `within` is the mean similarity of two prompts of each account, `weight` its weight.
    """
    accounts, width = sums.shape
    total = np.zeros(width)
    for a in range(accounts):
        for b in range(width):
            total[b] += sums[a, b]
    every, pairs, spread = 0.0, 0.0, 0.0
    own, along = np.zeros(accounts), np.zeros(accounts)
    weighted, weights = 0.0, 0.0
    for a in range(accounts):
        for b in range(width):
            own[a] += sums[a, b] * sums[a, b]
            along[a] += sums[a, b] * total[b]
        own[a] /= width
        along[a] /= width
        n = prompts[a]
        every += n
        pairs += n * n
        spread += squares[a]
        weighted += weight[a] * within[a]
        weights += weight[a]
    together, apart = (total * total).sum() / width, own.sum()
    between = (together - apart) / (every * every - pairs)
    estimate = (weighted / weights - between) / max(spread / every - between, 1e-6)
    # Delete one account at a time.
    replica = np.empty(accounts)
    for a in range(accounts):
        n = prompts[a]
        left = (weighted - weight[a] * within[a]) / (weights - weight[a])
        others = (together - 2 * along[a] + own[a] - (apart - own[a])) / ((every - n) ** 2 - (pairs - n * n))
        replica[a] = (left - others) / max((spread - squares[a]) / (every - n) - others, 1e-6)
    error = np.sqrt((accounts - 1) / accounts * ((replica - replica.mean()) ** 2).sum())
    return estimate, error, between


@njit(cache=True, nogil=True)
def unlike_pairs(vectors, wording, start):
    """Mean similarity of an account's prompts that have no piece of wording in common, and how many pairs those are.

    `vectors` (prompts, width) and `wording` (prompts, pieces) are of accounts one after another, which begin at
    `start`, the end last.
    """
    accounts = start.shape[0] - 1
    mean, count = np.zeros(accounts), np.zeros(accounts)
    for a in range(accounts):
        for i in range(start[a], start[a + 1]):
            for j in range(start[a], i):
                shared = False
                for piece in range(wording.shape[1]):
                    if wording[i, piece] and wording[j, piece]:
                        shared = True
                        break
                if not shared:
                    product = 0.0
                    for b in range(vectors.shape[1]):
                        product += vectors[i, b] * vectors[j, b]
                    mean[a] += product / vectors.shape[1]
                    count[a] += 1
        if count[a]:
            mean[a] /= count[a]
    return mean, count
