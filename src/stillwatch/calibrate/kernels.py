"""Kernels of the calibration: drawing groups of stand-ins."""

# mypy: allow-untyped-defs
# Numba infers the types from the calls.

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def draw_groups(near, alike, stand_ins, everybody, draws, seed):
    """Draw `draws` groups, each with one stand-in per member, nobody twice: int64[draws, members].

    `near` (members, neighbours) holds accounts from 0 to `everybody`, the nearest first, and `stand_ins` all of them
    once. A member gets one of its first `alike`; where that one is taken, any stand-in; where all are, anybody.
    """
    np.random.seed(seed)
    members = near.shape[0]
    size = min(members, everybody)
    out = np.empty((draws, size), np.int64)
    taken = np.full(everybody, -1, np.int64)
    for d in range(draws):
        left = stand_ins.shape[0]
        for m in range(size):
            chosen = near[m, np.random.randint(0, alike)]
            if taken[chosen] == d and left > 0:
                place = np.random.randint(0, stand_ins.shape[0])
                while taken[stand_ins[place]] == d:
                    place = (place + 1) % stand_ins.shape[0]
                chosen = stand_ins[place]
            elif taken[chosen] == d:
                chosen = np.random.randint(0, everybody)
                while taken[chosen] == d:
                    chosen = (chosen + 1) % everybody
            left -= 1  # so few are left at least: whoever is taken is a stand-in, as long as there are any
            taken[chosen] = d
            out[d, m] = chosen
    return out
