"""Measures of many groups at once, compiled: a group is compared with dozens of others, so these are the hot path.

`groups` is (groups, members), rows of accounts; every group is measured alone.
"""

# mypy: allow-untyped-defs
# Numba infers the types from the calls.

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def mean_products(vectors, groups):
    """Mean dot product of two different members' vectors: a U-statistic, float64[groups]."""
    members, width = groups.shape[1], vectors.shape[1]
    out = np.empty(groups.shape[0])
    total, square = np.empty(width), np.empty(width)
    for g in range(groups.shape[0]):
        total[:] = 0
        square[:] = 0
        for a in groups[g]:
            for j in range(width):
                v = np.float64(vectors[a, j])
                total[j] += v
                square[j] += v * v
        out[g] = (total * total - square).sum() / (members * (members - 1))
    return out


@njit(cache=True, nogil=True)
def equal_pairs(code, codes, groups, least):
    """Chance that two members have the same code (below `codes`; -1 = none), float64[groups]; NaN under `least`."""
    out = np.empty(groups.shape[0])
    seen = np.zeros(codes, np.int64)
    for g in range(groups.shape[0]):
        pairs, known = 0, 0
        for a in groups[g]:
            if code[a] >= 0:
                pairs += 2 * seen[code[a]]
                seen[code[a]] += 1
                known += 1
        out[g] = pairs / (known * (known - 1)) if known >= least else np.nan
        for a in groups[g]:
            if code[a] >= 0:
                seen[code[a]] = 0
    return out


@njit(cache=True, nogil=True)
def with_partner(start, code, principal, groups):
    """Share of the members with a value that another customer of the group has too, float64[groups].

    The values of account a are `code[start[a] : start[a + 1]]`; there is at least one.
    """
    out = np.empty(groups.shape[0])
    low, high = np.empty(code.max() + 1, np.int64), np.empty(code.max() + 1, np.int64)
    for g in range(groups.shape[0]):
        for a in groups[g]:
            for c in code[start[a] : start[a + 1]]:
                low[c] = high[c] = principal[a]
        for a in groups[g]:
            for c in code[start[a] : start[a + 1]]:
                low[c] = min(low[c], principal[a])
                high[c] = max(high[c], principal[a])
        found = 0
        for a in groups[g]:
            for c in code[start[a] : start[a + 1]]:
                if low[c] < high[c]:
                    found += 1
                    break
        out[g] = found / groups.shape[1]
    return out


@njit(cache=True, nogil=True)
def sign_sums(signs, rows, mask):
    """Add up, per account in `rows`, the signs (+1 and -1) of the prompts that `mask` (rows, sample) selects.

    Returns float32[rows, signs of a prompt]: whole numbers.
    """
    words = signs.shape[2]
    out = np.empty((rows.shape[0], 64 * words), np.float32)
    ones = np.empty(64 * words, np.int32)
    shift = np.arange(64).astype(np.uint64)
    for r in range(rows.shape[0]):
        ones[:] = 0
        n = 0
        for i in range(mask.shape[1]):
            if mask[r, i]:
                n += 1
                for w in range(words):
                    word = signs[rows[r], i, w]
                    for b in range(64):
                        ones[64 * w + b] += np.int32((word >> shift[b]) & np.uint64(1))
        for b in range(64 * words):
            out[r, b] = 2 * ones[b] - n
    return out
