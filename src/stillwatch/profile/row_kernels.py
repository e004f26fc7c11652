"""Kernels of rows: which account each belongs to, and what is added up of an account; and the order of accounts.

Like those of the text pass, they write nothing that the order of rows could change.
"""

# mypy: allow-untyped-defs
# Numba infers the types from the calls; `absorb.py`, `accounts.py` and `layout.py` state them.

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def find(keys, rows, wanted, out):
    """Look hashes up in an open-addressing table (`keys`, 0 = free, and the row of each); -1 where one is not there."""
    room = np.uint64(keys.shape[0] - 1)
    for i in range(wanted.shape[0]):
        p = wanted[i] & room
        while keys[p] != 0 and keys[p] != wanted[i]:
            p = (p + np.uint64(1)) & room
        out[i] = rows[p] if keys[p] != 0 else -1


@njit(cache=True, nogil=True)
def enter(keys, rows, new, first):
    """Enter hashes that are not there yet into the table, for the rows from `first` on."""
    room = np.uint64(keys.shape[0] - 1)
    for i in range(new.shape[0]):
        p = new[i] & room
        while keys[p] != 0:
            p = (p + np.uint64(1)) & room
        keys[p] = new[i]
        rows[p] = first + i


@njit(cache=True, nogil=True)
def by_account(account, accounts):
    """The rows in order of their account (a stable counting sort), so that a profile is in the cache when it's used."""
    ends = np.zeros(accounts + 1, np.int64)
    for a in account:
        ends[a + 1] += 1
    for a in range(accounts):
        ends[a + 1] += ends[a]
    rows = np.empty(account.shape[0], np.int64)
    for i in range(account.shape[0]):
        rows[ends[account[i]]] = i
        ends[account[i]] += 1
    return rows


@njit(cache=True, nogil=True)
def add_counts(rows, account, flags, amounts, places, totals):
    """Count each row for those columns of its account's totals whose bit is set, and add its amounts at `places`."""
    for i in rows:
        a = account[i]
        for c in range(totals.shape[1]):
            totals[a, c] += (flags[i] >> c) & 1
        for j in range(places.shape[0]):
            totals[a, places[j]] += amounts[i, j]


@njit(cache=True, nogil=True)
def add_times(rows, account, time, bucket, first, last, hours, buckets):
    """Add arrival times (microseconds since 1970): extent, hour of the day, and buckets of `bucket` microseconds."""
    hour = 3_600_000_000
    for i in rows:
        a = account[i]
        t = time[i]
        if t < first[a]:
            first[a] = t
        if t > last[a]:
            last[a] = t
        hours[a, (t // hour) % 24] += 1
        buckets[a, (t // bucket) % buckets.shape[1]] += 1


@njit(cache=True, nogil=True)
def extremes(rows, account, value, low, high):
    """Keep the smallest and largest value that each account asked for; NaN is absent."""
    for i in rows:
        a = account[i]
        if np.isnan(value[i]):
            continue
        if value[i] < low[a]:
            low[a] = value[i]
        if value[i] > high[a]:
            high[a] = value[i]


@njit(cache=True, nogil=True)
def permute(values, order):
    """Put rows in the order `order` (row i becomes what was row `order[i]`) in place: cycle by cycle, with one copy."""
    done = np.zeros(order.shape[0], np.bool_)
    for first in range(order.shape[0]):
        if done[first] or order[first] == first:
            continue
        kept = values[first].copy()
        at = first
        while order[at] != first:
            values[at] = values[order[at]]
            done[at] = True
            at = order[at]
        values[at] = kept
        done[at] = True
