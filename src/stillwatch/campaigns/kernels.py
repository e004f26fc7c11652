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
def hits(shingles, sampled, wanted, out):
    """Count, for each sampled prompt, its shingles that are in `wanted` (ascending)."""
    for a in range(shingles.shape[0]):
        for i in range(SAMPLE):
            out[a, i] = 0
        for i in range(sampled[a]):
            c = 0
            for j in range(SHINGLES):
                v = shingles[a, i, j]
                if v == 0:
                    break
                p = np.searchsorted(wanted, v)
                if p < wanted.shape[0] and wanted[p] == v:
                    c += 1
            out[a, i] = c
