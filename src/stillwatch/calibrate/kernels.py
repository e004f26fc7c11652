"""Kernels of the calibration: drawing groups of stand-ins."""

# mypy: allow-untyped-defs
# Numba infers the types from the calls.

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def draw_groups(near, alike, everybody, draws, seed):
    """Draw `draws` groups, each with one stand-in per member, nobody twice: int64[draws, members].

    `near` (members, stand-ins) holds accounts from 0 to `everybody`, the nearest first. A member gets one of its first
    `alike`; where they are taken, another of its stand-ins; where those are, anybody.
    """
    np.random.seed(seed)
    members, width = near.shape
    size = min(members, everybody)
    out = np.empty((draws, size), np.int64)
    taken = np.full(everybody, -1, np.int64)
    for d in range(draws):
        for m in range(size):
            chosen = -1
            for t in range(4 * width):
                candidate = near[m, np.random.randint(0, alike if t < alike else width)]
                if taken[candidate] != d:
                    chosen = candidate
                    break
            if chosen < 0:
                chosen = np.random.randint(0, everybody)
                while taken[chosen] == d:
                    chosen = (chosen + 1) % everybody
            taken[chosen] = d
            out[d, m] = chosen
    return out
