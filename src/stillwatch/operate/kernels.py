"""Compiled loops of the drift test."""

# mypy: allow-untyped-defs
# Numba infers the types from the calls.

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def weigh(today, order, group, groups, now, then):
    """Weight of an account of each group on either side, so that each side sums to one and has today's volumes.

    `today` says on which side every account is, `order` which accounts count. A group that one side lacks weighs
    nothing. Written into `now` and `then`, shape (groups,).
    """
    count_now = np.zeros(groups)
    count_then = np.zeros(groups)
    for i in order:
        if today[i]:
            count_now[group[i]] += 1
        else:
            count_then[group[i]] += 1
    total = 0.0
    for g in range(groups):
        if count_now[g] > 0 and count_then[g] > 0:
            total += count_now[g]
    for g in range(groups):
        both = count_now[g] > 0 and count_then[g] > 0
        now[g] = 1 / total if both else 0.0
        then[g] = count_now[g] / count_then[g] / total if both else 0.0


@njit(cache=True, nogil=True)
def largest_differences(dealt, order, last, group, groups, out):
    """Largest difference between the sides' weighed distributions, for every way in which the sides were dealt.

    `dealt` has shape (deals, accounts), `order` holds the accounts in order of their values and `last` whether the next
    one's value is another.
    """
    now = np.zeros(groups)
    then = np.zeros(groups)
    for d in range(dealt.shape[0]):
        today = dealt[d]
        weigh(today, order, group, groups, now, then)
        difference = 0.0
        most = 0.0
        for j in range(order.shape[0]):
            i = order[j]
            difference += now[group[i]] if today[i] else -then[group[i]]
            if last[j]:
                most = max(most, abs(difference))
        out[d] = most
