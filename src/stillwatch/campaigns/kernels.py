"""Kernels over the sampled exchanges: which wording an account keeps reusing."""

from __future__ import annotations

import numpy as np
from numba import njit

from stillwatch.profile.kernels import SAMPLE, SHINGLES


@njit(cache=True, nogil=True)
def reused(shingles, sampled, least_share, account_out, shingle_out, count_out):
    """List the shingles that stand in at least two sampled prompts of an account and in `least_share` of them.

    Writes (account, shingle, prompts) and returns how many; the outputs are large enough for every shingle.
    """
    buffer = np.empty(SAMPLE * SHINGLES, np.uint32)
    n = 0
    for a in range(shingles.shape[0]):
        k = 0
        for i in range(sampled[a]):
            for j in range(SHINGLES):
                v = shingles[a, i, j]
                if v:
                    buffer[k] = v
                    k += 1
        least = max(2, int(np.ceil(least_share * sampled[a])))
        if k < least:
            continue
        ordered = np.sort(buffer[:k])
        start = 0
        for i in range(1, k + 1):
            if i == k or ordered[i] != ordered[start]:
                if i - start >= least:
                    account_out[n] = a
                    shingle_out[n] = ordered[start]
                    count_out[n] = i - start
                    n += 1
                start = i
    return n


@njit(cache=True, nogil=True)
def hits(shingles, sampled, rows, wanted):
    """Count, for each sampled prompt of the accounts in `rows`, its shingles that are in `wanted` (ascending).

    Returns int64[rows, SAMPLE].
    """
    out = np.zeros((rows.shape[0], SAMPLE), np.int64)
    begins = np.zeros(1 << 16, np.bool_)  # most shingles begin like none of those wanted, and need no search
    for v in wanted:
        begins[v >> 16] = True
    for r in range(rows.shape[0]):
        a = rows[r]
        for i in range(sampled[a]):
            for j in range(SHINGLES):
                v = shingles[a, i, j]
                if v == 0:
                    break
                if begins[v >> 16]:
                    p = np.searchsorted(wanted, v)
                    if p < wanted.shape[0] and wanted[p] == v:
                        out[r, i] += 1
    return out


@njit(cache=True, nogil=True)
def largest(values, start, k):
    """Places and values of the `k` largest of each row of `values`, its own place `start + row` left out.

    Of equal ones the first are taken; they come in no order.
    """
    place, found = np.empty((values.shape[0], k), np.int64), np.empty((values.shape[0], k), values.dtype)
    for i in range(values.shape[0]):
        held, least = np.int64(0), np.int64(0)
        for j in range(values.shape[1]):
            if j == start + i or (held == k and values[i, j] <= found[i, least]):
                continue
            p = held if held < k else least
            place[i, p], found[i, p] = j, values[i, j]
            if held < k:
                held += 1
            if held == k:
                least = np.argmin(found[i])
    return place, found


@njit(cache=True, nogil=True)
def sign_sums(signs, rows, mask):
    """Add up, per account in `rows`, the signs (+1 and -1) of the prompts that `mask` (rows, sample) selects.

    Returns float64[rows, signs of a prompt]: whole numbers.
    """
    words = signs.shape[2]
    out = np.zeros((rows.shape[0], 64 * words))
    for r in range(rows.shape[0]):
        for i in range(mask.shape[1]):
            if mask[r, i]:
                for w in range(words):
                    word = signs[rows[r], i, w]
                    for b in range(64):
                        out[r, 64 * w + b] += np.float64((word >> np.uint64(b)) & np.uint64(1)) * 2 - 1
    return out
