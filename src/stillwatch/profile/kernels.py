"""The text pass: Numba kernels over Arrow's own buffers, with no Python object per row.

Every number they write is an integer sum, a minimum, a maximum or a bottom-k by hash, so that the order in which
rows arrive can't matter. `tests/profile/twin.py` says in plain Python what is right.
"""

# mypy: allow-untyped-defs
# Numba infers the types from the calls; `absorb.py` states them.

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

SKETCH = 256  #: buckets of the content sketch (feature hashing, Weinberger et al. 2009)
SCALE = 1000  #: fixed-point unit of one prompt's normalised sketch
SAMPLE = 32  #: exchanges kept per account: bottom-k by item hash (KMV, Bar-Yossef et al. 2002)
SHINGLES = 12  #: shingle hashes kept per sampled exchange: bottom-k MinHash (Broder 1997)
SHINGLE_WORDS = 4
SIGN_WORDS = SKETCH // 128  #: 64-bit words of the sign sketch kept per sampled exchange
TEXTS = 3  #: sampled items per account whose text is kept for evidence
LONGEST = 65_536  #: bytes of a prompt that are read; the head of longer ones stands for them
SLOTS = 8  #: distinct values of an attribute kept per account: bottom-k by hash, with counts

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_MIX1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
_S33 = np.uint64(33)
_BUCKET = np.uint64(SKETCH - 1)
_SIGN = np.uint64(1 << 40)
_OTHER = 0xFF
EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)  #: an unused slot of a bottom-k list: above every hash


@njit(cache=True, nogil=True, inline="always")
def mix(h):
    """Finalise a 64-bit hash (murmur3's fmix64)."""
    h ^= h >> _S33
    h *= _MIX1
    h ^= h >> _S33
    h *= _MIX2
    h ^= h >> _S33
    return h


@njit(cache=True, nogil=True)
def hash_strings(rows, data, offsets, valid, out):
    """Hash these rows of a string column to 64 bits, eight bytes at a time; absent ones give 0, which no other does."""
    for i in rows:
        if not valid[i]:
            out[i] = 0
            continue
        j, stop = offsets[i], offsets[i + 1]
        h = _SEED ^ np.uint64(stop - j)
        while j + 8 <= stop:
            word = np.uint64(0)
            for b in range(8):
                word |= np.uint64(data[j + b]) << np.uint64(8 * b)
            h = mix(h ^ word) * _PRIME
            j += 8
        while j < stop:
            h = (h ^ np.uint64(data[j])) * _PRIME
            j += 1
        h = mix(h)
        out[i] = h if h != 0 else np.uint64(1)


def _classes() -> npt.NDArray[np.uint8]:
    """Of every byte: its lower-case form if it belongs in a word, 0 if it ends one, `_OTHER` if more must be read."""
    fold = np.zeros(256, np.uint8)
    for c in range(128):
        if chr(c).isalnum():
            fold[c] = ord(chr(c).lower())
    fold[0x80:] = np.arange(0x80, 0x100)
    fold[0xC0:0xC3] = fold[0xE0:] = _OTHER
    return fold


_FOLD = _classes()
_MAPPED = np.frombuffer(b"::ffff:", np.uint8)


@njit(cache=True, nogil=True)
def tokenize(data, start, stop, exact, masked):
    """Split text into words, lower-cased for ASCII.

    ASCII letters and digits and the letters of two-byte scripts (U+00C0 to U+07FF) make words; characters of three
    and more bytes (CJK and others) stand alone, but for the typographic punctuation of U+2000 to U+207F and U+3000 to
    U+303F, which separates as ASCII's does. `exact` gets each word's hash, `masked` the same with every number alike;
    both need (stop - start) // 2 + 2 places. Returns the number of words. Bytes that aren't UTF-8 are read by the same
    rules.
    """
    n = 0
    i = start
    h = _SEED
    highest = np.uint8(0)  # byte of the word: 0 = no word has begun, up to "9" = a number
    while i < stop:
        c = _FOLD[data[i]]
        if c != _OTHER:
            # No branch, since where words end can't be predicted: the word is written at every byte, and counts if
            # this byte ends it.
            exact[n] = h
            masked[n] = highest
            inside = c != 0
            n += (not inside) & (highest != 0)
            keep = np.uint64(0) - np.uint64(inside)
            h = (((h ^ np.uint64(c)) * _PRIME) & keep) | (_SEED & ~keep)
            highest = max(highest, c) if inside else np.uint8(0)
            i += 1
            continue
        if highest != 0:
            exact[n] = h
            masked[n] = highest
            n += 1
            h, highest = _SEED, np.uint8(0)
        c = data[i]
        after = data[i + 1] if i + 1 < stop else np.uint8(0)
        width = 2 if c < 0xE0 else 3 if c < 0xF0 else 4
        if not (c < 0xE0 or (c == 0xE2 and (after == 0x80 or after == 0x81)) or (c == 0xE3 and after == 0x80)):
            for j in range(i, min(i + width, stop)):
                h = (h ^ np.uint64(data[j])) * _PRIME
            exact[n] = h
            masked[n] = c
            n += 1
            h = _SEED
        i += width
    if highest != 0:
        exact[n] = h
        masked[n] = highest
        n += 1
    for t in range(n):
        exact[t] = mix(exact[t])
        masked[t] = np.uint64(48) if masked[t] <= 57 else exact[t]
    return n


@njit(cache=True, nogil=True)
def add_sketch(masked, n, buckets, row):
    """Add one prompt's unit-length sketch of words and word pairs to an account's sum.

    A frequent word says little: counts are damped by their square root. `buckets` (int32) are left holding what was
    added, in units of 1 / `SCALE`.
    """
    for b in range(SKETCH):
        buckets[b] = 0
    previous = np.uint64(0)
    for t in range(n):
        h = masked[t]
        buckets[h & _BUCKET] += np.int32(2) if h & _SIGN else np.int32(-2)
        if t:
            pair = (previous * _PRIME ^ h) * _MIX1
            pair ^= pair >> _S33
            buckets[pair & _BUCKET] += np.int32(1) if pair & _SIGN else np.int32(-1)
        previous = h
    norm = 0
    for b in range(SKETCH):
        norm += abs(buckets[b])
    if norm > 0:
        scale = np.float32(SCALE / np.sqrt(norm))
        for b in range(SKETCH):
            v = buckets[b]
            size = np.int32(np.rint(np.sqrt(np.float32(abs(v))) * scale))
            v = size if v >= 0 else -size
            buckets[b] = v
            row[b] += v


@njit(cache=True, nogil=True)
def shingle(masked, n, out):
    """Bottom-k hashes (ascending, distinct, 32 bits, 0 = none) of the runs of `SHINGLE_WORDS` words."""
    none = np.uint32(0xFFFFFFFF)
    for j in range(SHINGLES):
        out[j] = none
    width = SHINGLE_WORDS if n >= SHINGLE_WORDS else n
    for t in range(n - width + 1 if n else 0):
        h = _SEED
        for j in range(t, t + width):
            h = (h ^ masked[j]) * _PRIME
        h ^= h >> _S33
        h *= _MIX1
        v = max(np.uint32(h >> np.uint64(32)), np.uint32(1))
        if v >= out[SHINGLES - 1]:
            continue
        for j in range(SHINGLES):  # one pass of insertion without a branch; a duplicate becomes "none" and sinks
            here = out[j]
            v = none if v == here else v
            out[j] = min(v, here)
            v = max(v, here)
    for j in range(SHINGLES):
        if out[j] == none:
            out[j] = 0


@njit(cache=True, nogil=True)
def signs(buckets, work, out):
    """Reduce a prompt's sketch, folded in half, to sign bits after a Walsh-Hadamard rotation.

    The share of equal bits of two prompts estimates the angle between their sketches (Charikar 2002); the rotation
    spreads short prompts, which fill few buckets, over all bits (Ailon and Chazelle 2009). `work` has `SKETCH` places.
    """
    half = SKETCH // 2
    for j in range(half):
        work[j] = buckets[j] + buckets[j + half]
    width = half // 2
    while width >= 8:
        for start in range(0, half, 2 * width):
            upper, lower_half = work[start : start + width], work[start + width : start + 2 * width]
            for j in range(width):
                x, y = upper[j], lower_half[j]
                upper[j], lower_half[j] = x + y, x - y
        width //= 2
    for j in range(0, half, 8):  # the last three rounds in registers
        a, b, c, d = (
            work[j] + work[j + 4],
            work[j + 1] + work[j + 5],
            work[j + 2] + work[j + 6],
            work[j + 3] + work[j + 7],
        )
        e, f, g, h = (
            work[j] - work[j + 4],
            work[j + 1] - work[j + 5],
            work[j + 2] - work[j + 6],
            work[j + 3] - work[j + 7],
        )
        a, b, c, d = a + c, b + d, a - c, b - d
        e, f, g, h = e + g, f + h, e - g, f - h
        work[j], work[j + 1], work[j + 2], work[j + 3] = a + b, a - b, c + d, c - d
        work[j + 4], work[j + 5], work[j + 6], work[j + 7] = e + f, e - f, g + h, g - h
    for w in range(SIGN_WORDS):
        word = np.uint64(0)
        for b in range(64):
            word |= np.uint64(work[64 * w + b] > 0) << np.uint64(b)
        out[w] = word


@njit(cache=True, nogil=True)
def place(items, item):
    """Where `item` goes in an ascending bottom-k list: (position, already there); position -1 if it's too large."""
    k = items.shape[0]
    if item > items[k - 1]:
        return -1, False
    low, high = 0, k
    while low < high:
        middle = (low + high) // 2
        if items[middle] < item:
            low = middle + 1
        else:
            high = middle
    return low, items[low] == item


@njit(cache=True, nogil=True)
def make_room(values, place, last, width):
    """Move the entries of a list (each of `width` values) from `place` on one place up; the one at `last` is lost."""
    for j in range(last * width - 1, place * width - 1, -1):
        values[j + width] = values[j]


@njit(cache=True, nogil=True)
def mark(exact, n, table, bits, ends, seen):
    """Collect in `seen` the technique cues of a prompt: an open-addressing table of hashes of one to three words.

    `ends` is a bit map of the last words of cues, by the low bits of their hash: most words end none.
    """
    room = np.uint64(table.shape[0] - 1)
    last = np.uint64(ends.shape[0] - 1)
    found = np.uint32(0)
    for t in range(n):
        h = exact[t]
        if not ends[h & last]:
            continue
        key = h
        for width in range(min(t + 1, 3)):
            if width == 1:
                key = mix(exact[t - 1] * _PRIME ^ h)
            elif width == 2:
                key = mix(mix(exact[t - 2] * _PRIME ^ exact[t - 1]) * _PRIME ^ h)
            p = key & room
            while table[p] != 0:
                if table[p] == key:
                    found |= bits[p]
                    break
                p = (p + np.uint64(1)) & room
    seen[0] = found


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
def absorb_text(
    rows,
    account,
    time,
    data,
    offsets,
    valid,
    model,
    table,
    bits,
    ends,
    sketch,
    prompts,
    length,
    cues,
    items,
    item_count,
    item_time,
    item_model,
    item_cues,
    item_words,
    item_signs,
    shingles,
    fresh,
):
    """Absorb the prompts of these rows of the batch.

    `fresh[i]` is set to the item where row i is the earliest yet that sent it, so that the caller can keep its text.
    """
    exact = np.empty(LONGEST // 2 + 2, np.uint64)
    masked = np.empty(LONGEST // 2 + 2, np.uint64)
    buckets, work = np.empty(SKETCH, np.int32), np.empty(SKETCH, np.int32)
    seen = np.zeros(1, np.uint32)
    for i in rows:
        a = account[i]
        if not valid[i]:
            continue
        start = offsets[i]
        stop = min(offsets[i + 1], start + LONGEST)
        n = tokenize(data, start, stop, exact, masked)
        item = _SEED
        for t in range(n):
            item = (item ^ exact[t]) * _PRIME
        if n == 0:  # punctuation only: the bytes are the item
            for j in range(start, stop):
                item = (item ^ np.uint64(data[j])) * _PRIME
        item = mix(item)
        if item == EMPTY:
            item -= np.uint64(1)
        add_sketch(masked, n, buckets, sketch[a])
        mark(exact, n, table, bits, ends, seen)
        found = seen[0]
        prompts[a] += 1
        length[a] += n
        for b in range(cues.shape[1]):
            if found >> np.uint32(b) & np.uint32(1):
                cues[a, b] += 1
        p, there = place(items[a], item)
        if p < 0:
            continue
        if there:
            item_count[a, p] += 1
            if time[i] < item_time[a, p] or (time[i] == item_time[a, p] and model[i] <= item_model[a, p]):
                item_time[a, p] = time[i]
                item_model[a, p] = model[i]
                if p < TEXTS:
                    fresh[i] = item
            continue
        used, _ = place(items[a], EMPTY)
        last = used if used >= 0 else SAMPLE - 1
        make_room(items[a], p, last, 1)
        make_room(item_count[a], p, last, 1)
        make_room(item_time[a], p, last, 1)
        make_room(item_model[a], p, last, 1)
        make_room(item_cues[a], p, last, 1)
        make_room(item_words[a], p, last, 1)
        make_room(item_signs[a].reshape(-1), p, last, SIGN_WORDS)
        make_room(shingles[a].reshape(-1), p, last, SHINGLES)
        items[a, p] = item
        item_count[a, p] = 1
        item_time[a, p] = time[i]
        item_model[a, p] = model[i]
        item_cues[a, p] = found
        item_words[a, p] = n
        signs(buckets, work, item_signs[a, p])
        shingle(masked, n, shingles[a, p])
        fresh[i] = item


@njit(cache=True, nogil=True)
def absorb_values(rows, account, key, keys, counts):
    """Count each account's values of an attribute in a bottom-k list by hash (0 = absent)."""
    for i in rows:
        a = account[i]
        if key[i] == 0:
            continue
        p, there = place(keys[a], key[i])
        if p < 0:
            continue
        if there:
            counts[a, p] += 1
            continue
        for j in range(keys.shape[1] - 1, p, -1):
            keys[a, j] = keys[a, j - 1]
            counts[a, j] = counts[a, j - 1]
        keys[a, p] = key[i]
        counts[a, p] = 1


@njit(cache=True, nogil=True)
def lower(c):
    """The lower-case form of an ASCII letter."""
    return c + np.uint8(32) if 65 <= c <= 90 else c


@njit(cache=True, nogil=True)
def read_ipv4(data, start, stop):
    """The IPv4 address in this text, also as IPv6 writes it (`::ffff:192.0.2.1`); -1 if it's none."""
    address, octet, digits, dots = 0, 0, 0, 0
    for j in range(start, stop):
        c = data[j]
        if 48 <= c <= 57:
            octet = octet * 10 + (c - 48)
            digits += 1
        elif c == 46:
            if digits == 0:
                return -1
            address = address * 256 + octet
            octet, digits = 0, 0
            dots += 1
        elif c == 58 and j == start and stop - start >= 14:
            for k in range(7):
                if lower(data[start + k]) != _MAPPED[k]:
                    return -1
            return read_ipv4(data, start + 7, stop)
        else:
            return -1
        if digits > 3 or octet > 255 or dots > 3:
            return -1
    return address * 256 + octet if dots == 3 and digits else -1


@njit(cache=True, nogil=True)
def hash_addresses(rows, data, offsets, valid, out, network):
    """Turn addresses into keys that can be read back: an IPv4 address is `mix(1 << 32 | address)`.

    `network` gets the same for the /24 (IPv4) or the text of the first three groups (IPv6: a plain hash, which can't
    be read back; 0 where the text has fewer). Text that is no IPv4 address is hashed in lower case.
    """
    tag = np.uint64(1 << 32)
    for i in rows:
        out[i] = 0
        network[i] = 0
        if not valid[i] or offsets[i] == offsets[i + 1]:
            continue
        four = read_ipv4(data, offsets[i], offsets[i + 1])
        if four >= 0:
            address = np.uint64(four)
            out[i] = mix(tag | address)
            network[i] = mix(tag | (address & np.uint64(0xFFFFFF00)))
            continue
        h = _SEED
        colons = 0
        for j in range(offsets[i], offsets[i + 1]):
            c = lower(data[j])
            h = (h ^ np.uint64(c)) * _PRIME
            if c == 58:
                colons += 1
                if colons == 3:
                    network[i] = mix(h)
        out[i] = mix(h)


@njit(cache=True, nogil=True)
def add_columns(rows, account, values, totals):
    """Add the columns of `values` (columns x rows) to the accounts' totals (accounts x columns)."""
    for i in rows:
        a = account[i]
        for c in range(values.shape[0]):
            totals[a, c] += values[c, i]


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
