"""The text pass: Numba kernels over Arrow's own buffers, with no Python object per row.

Every number they write is an integer sum, a minimum, a maximum or a bottom-k by hash, so that the order in which
rows arrive can't matter. `tests/profile/twin.py` says in plain Python what is right.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SKETCH = 256  #: buckets of the content sketch (feature hashing, Weinberger et al. 2009)
SCALE = 1000  #: fixed-point unit of one prompt's normalised sketch
SAMPLE = 32  #: exchanges kept per account: bottom-k by item hash (KMV, Bar-Yossef et al. 2002)
SHINGLES = 12  #: shingle hashes kept per sampled exchange: bottom-k MinHash (Broder 1997)
SHINGLE_WORDS = 4
SIGN_WORDS = 2  #: 64-bit words of the sign sketch kept per sampled exchange
LONGEST = 65_536  #: bytes of a prompt that are read; the head of longer ones stands for them
SLOTS = 8  #: distinct values of an attribute kept per account: bottom-k by hash, with counts

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_MIX1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
_S33 = np.uint64(33)
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
def hash_strings(data, offsets, valid, out):
    """Hash each string of a column to 64 bits; absent ones give 0."""
    for i in range(out.shape[0]):
        if not valid[i]:
            out[i] = 0
            continue
        h = _SEED
        for j in range(offsets[i], offsets[i + 1]):
            h = (h ^ np.uint64(data[j])) * _PRIME
        h = mix(h)
        out[i] = h if h != 0 else np.uint64(1)


@njit(cache=True, nogil=True)
def tokenize(data, start, stop, exact, masked):
    """Split text into words, lower-cased for ASCII.

    Letters of two-byte scripts join words; characters of three and more bytes (CJK and others) stand alone. `exact`
    gets each word's hash, `masked` the same with every number alike. Returns the number of words.
    """
    n = 0
    room = exact.shape[0]
    i = start
    while i < stop and n < room:
        c = data[i]
        if c < 128:
            if 65 <= c <= 90:
                c += 32
            if 97 <= c <= 122 or 48 <= c <= 57:
                h = _SEED
                number = True
                while i < stop:
                    c = data[i]
                    if 65 <= c <= 90:
                        c += 32
                    if 48 <= c <= 57:
                        pass
                    elif 97 <= c <= 122 or 0xC3 <= c <= 0xDF:
                        number = False
                    elif not (0x80 <= c <= 0xBF and not number):
                        break
                    h = (h ^ np.uint64(c)) * _PRIME
                    i += 1
                h = mix(h)
                exact[n] = h
                masked[n] = np.uint64(48) if number else h
                n += 1
            else:
                i += 1
        elif 0xC3 <= c <= 0xDF:
            h = _SEED
            while i < stop:
                c = data[i]
                if c < 0x80 and not (97 <= c <= 122 or 65 <= c <= 90):
                    break
                if c >= 0xE0:
                    break
                if 65 <= c <= 90:
                    c += 32
                h = (h ^ np.uint64(c)) * _PRIME
                i += 1
            h = mix(h)
            exact[n] = h
            masked[n] = h
            n += 1
        elif c >= 0xE0:
            width = 3 if c < 0xF0 else 4
            h = _SEED
            for j in range(i, min(i + width, stop)):
                h = (h ^ np.uint64(data[j])) * _PRIME
            h = mix(h)
            exact[n] = h
            masked[n] = h
            n += 1
            i += width
        else:
            i += 1
    return n


@njit(cache=True, nogil=True)
def add_sketch(masked, n, buckets, row):
    """Add one prompt's unit-length sketch of words and word pairs to an account's sum.

    A frequent word says little: counts are damped by their square root.
    """
    for b in range(SKETCH):
        buckets[b] = 0.0
    previous = np.uint64(0)
    for t in range(n):
        h = masked[t]
        sign = 2.0 if h & np.uint64(1 << 40) else -2.0
        buckets[np.int64(h & np.uint64(SKETCH - 1))] += sign
        if t:
            pair = (previous * _PRIME ^ h) * _MIX1
            pair ^= pair >> _S33
            buckets[np.int64(pair & np.uint64(SKETCH - 1))] += 1.0 if pair & np.uint64(1 << 40) else -1.0
        previous = h
    norm = 0.0
    for b in range(SKETCH):
        v = buckets[b]
        v = np.sqrt(v) if v >= 0 else -np.sqrt(-v)
        buckets[b] = v
        norm += v * v
    if norm > 0:
        scale = SCALE / np.sqrt(norm)
        for b in range(SKETCH):
            row[b] += np.int64(np.rint(buckets[b] * scale))


@njit(cache=True, nogil=True)
def shingle(masked, n, out):
    """Bottom-k hashes (ascending, distinct, 32 bits, 0 = none) of the runs of `SHINGLE_WORDS` words."""
    k = 0
    for j in range(SHINGLES):
        out[j] = 0
    width = SHINGLE_WORDS if n >= SHINGLE_WORDS else n
    for t in range(n - width + 1 if n else 0):
        h = _SEED
        for j in range(t, t + width):
            h = (h ^ masked[j]) * _PRIME
        h = mix(h)
        v = np.uint32(h >> np.uint64(32))
        if v == 0:
            v = np.uint32(1)
        if k == SHINGLES and v >= out[k - 1]:
            continue
        j = k if k < SHINGLES else SHINGLES - 1
        p = 0
        while p < k and out[p] < v:
            p += 1
        if p < k and out[p] == v:
            continue
        while j > p:
            out[j] = out[j - 1]
            j -= 1
        out[p] = v
        if k < SHINGLES:
            k += 1


@njit(cache=True, nogil=True)
def signs(buckets, out):
    """Reduce a sketch to `SIGN_WORDS` x 64 sign bits after a Walsh-Hadamard rotation, in place.

    The share of equal bits of two prompts estimates the angle between their sketches (Charikar 2002); the rotation
    spreads short prompts, which fill few buckets, over all bits (Ailon and Chazelle 2009).
    """
    width = 1
    while width < SKETCH:
        for start in range(0, SKETCH, 2 * width):
            for j in range(start, start + width):
                x, y = buckets[j], buckets[j + width]
                buckets[j], buckets[j + width] = x + y, x - y
        width *= 2
    for w in range(SIGN_WORDS):
        word = np.uint64(0)
        for b in range(64):
            if buckets[1 + 64 * w + b] > 0:
                word |= np.uint64(1) << np.uint64(b)
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
def mark(exact, n, table, bits, seen):
    """Collect in `seen` the technique cues of a prompt: an open-addressing table of hashes of one to three words."""
    room = np.uint64(table.shape[0] - 1)
    found = np.uint32(0)
    one = two = np.uint64(0)
    for t in range(n):
        h = exact[t]
        for width in range(3):
            if width == 0:
                key = h
            elif width == 1:
                if t < 1:
                    break
                key = mix(one * _PRIME ^ h)
            else:
                if t < 2:
                    break
                key = mix(mix(two * _PRIME ^ one) * _PRIME ^ h)
            p = key & room
            while table[p] != 0:
                if table[p] == key:
                    found |= bits[p]
                    break
                p = (p + np.uint64(1)) & room
        two, one = one, h
    seen[0] = found


@njit(cache=True, nogil=True)
def absorb_text(
    part,
    parts,
    account,
    time,
    data,
    offsets,
    valid,
    system,
    table,
    bits,
    sketch,
    prompts,
    length,
    cues,
    items,
    item_count,
    item_time,
    item_system,
    item_cues,
    item_words,
    item_signs,
    shingles,
    fresh,
):
    """Absorb the prompts of the rows whose account falls in this part (account % parts == part).

    `fresh[i]` is set where row i entered its account's sample, so that the caller can keep its text.
    """
    exact = np.empty(LONGEST // 2, np.uint64)
    masked = np.empty(LONGEST // 2, np.uint64)
    buckets = np.empty(SKETCH, np.float64)
    seen = np.zeros(1, np.uint32)
    for i in range(account.shape[0]):
        a = account[i]
        if a % parts != part or not valid[i]:
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
        mark(exact, n, table, bits, seen)
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
            if time[i] < item_time[a, p] or (time[i] == item_time[a, p] and system[i] < item_system[a, p]):
                item_time[a, p] = time[i]
                item_system[a, p] = system[i]
            continue
        for j in range(SAMPLE - 1, p, -1):
            items[a, j] = items[a, j - 1]
            item_count[a, j] = item_count[a, j - 1]
            item_time[a, j] = item_time[a, j - 1]
            item_system[a, j] = item_system[a, j - 1]
            item_cues[a, j] = item_cues[a, j - 1]
            item_words[a, j] = item_words[a, j - 1]
            item_signs[a, j] = item_signs[a, j - 1]
            shingles[a, j] = shingles[a, j - 1]
        items[a, p] = item
        item_count[a, p] = 1
        item_time[a, p] = time[i]
        item_system[a, p] = system[i]
        item_cues[a, p] = found
        item_words[a, p] = n
        signs(buckets, item_signs[a, p])
        shingle(masked, n, shingles[a, p])
        fresh[i] = item


@njit(cache=True, nogil=True)
def absorb_values(part, parts, account, key, keys, counts):
    """Count each account's values of an attribute in a bottom-k list by hash (0 = absent)."""
    for i in range(account.shape[0]):
        a = account[i]
        if a % parts != part or key[i] == 0:
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
def hash_addresses(data, offsets, valid, out, network):
    """Turn addresses into keys that can be read back: an IPv4 address is `mix(1 << 32 | address)`.

    `network` gets the same for the /24 (IPv4) or the /48 (IPv6, a plain hash, which can't be read back).
    """
    tag = np.uint64(1 << 32)
    for i in range(out.shape[0]):
        out[i] = 0
        network[i] = 0
        if not valid[i] or offsets[i] == offsets[i + 1]:
            continue
        address, octet, dots, good = np.uint64(0), np.uint64(0), 0, True
        h = _SEED
        prefix = np.uint64(0)
        colons = 0
        for j in range(offsets[i], offsets[i + 1]):
            c = data[j]
            h = (h ^ np.uint64(c)) * _PRIME
            if 48 <= c <= 57:
                octet = octet * np.uint64(10) + np.uint64(c - 48)
            elif c == 46:
                address = address << np.uint64(8) | (octet & np.uint64(255))
                octet = np.uint64(0)
                dots += 1
            else:
                good = False
                if c == 58:
                    colons += 1
                    if colons == 3:
                        prefix = mix(h)
        if good and dots == 3:
            address = address << np.uint64(8) | (octet & np.uint64(255))
            out[i] = mix(tag | address)
            network[i] = mix(tag | (address & np.uint64(0xFFFFFF00)))
        else:
            out[i] = mix(h)
            network[i] = prefix


@njit(cache=True, nogil=True)
def add_columns(part, parts, account, values, totals):
    """Add the columns of `values` (columns x rows) to the accounts' totals (accounts x columns)."""
    for i in range(account.shape[0]):
        a = account[i]
        if a % parts != part:
            continue
        for c in range(values.shape[0]):
            totals[a, c] += values[c, i]


@njit(cache=True, nogil=True)
def add_times(part, parts, account, time, bucket, first, last, hours, buckets):
    """Add arrival times (microseconds since 1970): extent, hour of the day, and buckets of `bucket` microseconds."""
    hour = 3_600_000_000
    for i in range(account.shape[0]):
        a = account[i]
        if a % parts != part:
            continue
        t = time[i]
        if t < first[a]:
            first[a] = t
        if t > last[a]:
            last[a] = t
        hours[a, (t // hour) % 24] += 1
        buckets[a, (t // bucket) % buckets.shape[1]] += 1


@njit(cache=True, nogil=True)
def extremes(part, parts, account, value, low, high):
    """Keep the smallest and largest value that each account asked for; NaN is absent."""
    for i in range(account.shape[0]):
        a = account[i]
        if a % parts != part or np.isnan(value[i]):
            continue
        if value[i] < low[a]:
            low[a] = value[i]
        if value[i] > high[a]:
            high[a] = value[i]
