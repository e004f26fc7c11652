"""Kernels of the calibration: drawing groups of stand-ins, and the tail of a total among them."""

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


@njit(cache=True, nogil=True)
def least_bound(excess, there, tilts):
    """The least of the Chernoff bounds on the log chance of a total, over ascending `tilts`, at most zero.

    `excess` (members, stand-ins) is by how much each stand-in, where it is `there`, exceeds its member, whose own
    excess is zero: it is exchangeable with them.
    """
    least = 0.0
    for tilt in tilts:
        bound = 0.0
        for m in range(excess.shape[0]):
            top, count = 0.0, 1
            for k in range(excess.shape[1]):
                if there[m, k]:
                    count += 1
                    top = max(top, excess[m, k])
            moment = np.exp(-tilt * top)
            for k in range(excess.shape[1]):
                if there[m, k]:
                    moment += np.exp(tilt * (excess[m, k] - top))
            bound += tilt * top + np.log(moment / count)
        if bound > least:  # convex in the tilt: from here on it only rises
            break
        least = bound
    return least
