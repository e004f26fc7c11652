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

from stillwatch.profile.intrinsics import make_room, prefetch

SKETCH = 256  #: buckets of a prompt's sketch (feature hashing, Weinberger et al. 2009), and of its sign bits
DAMPED = 64  #: fixed-point unit of a damped count
SAMPLE = 32  #: exchanges kept per account: bottom-k by item hash (KMV, Bar-Yossef et al. 2002)
SHINGLES = 12  #: shingle hashes kept per sampled exchange: one permutation MinHash (Li, Owen and Zhang 2012)
SHINGLE_WORDS = 4
ROUNDS = SKETCH.bit_length() - 1  #: of the rotation of a sketch; an even number
SIGN_WORDS = SKETCH // 64  #: 64-bit words of the sign sketch kept per sampled exchange
TEXTS = 3  #: sampled items per account whose text is kept for evidence
LONGEST = 65_536  #: bytes of a prompt that are read; the head of longer ones stands for them
AHEAD = 8  #: rows that a kernel looks ahead to have what they need in the cache by then
SLOTS = 8  #: distinct values of an attribute kept per account: bottom-k by hash, with counts

SEED = np.uint64(0xCBF29CE484222325)
PRIME = np.uint64(0x100000001B3)
_MIX1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
_S33 = np.uint64(33)
_S32 = np.uint64(32)
_BUCKET = np.uint64(SKETCH - 1)
_SIGN = np.uint64(1 << 40)
_OTHER = 0xFF
EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)  #: an unused slot of a bottom-k list: above every hash
# Of eight bytes in a register: their highest bits, the bit of lower case, and what carries into the highest bit from
# "a", past "z", from "0" and past "9" on. `_PLACE` turns a byte's lowest bit into its place.
_HIGH, _CASE = np.uint64(0x8080808080808080), np.uint64(0x2020202020202020)
_FROM_A, _PAST_Z = np.uint64(0x1F1F1F1F1F1F1F1F), np.uint64(0x0505050505050505)
_FROM_0, _PAST_9 = np.uint64(0x5050505050505050), np.uint64(0x4646464646464646)
_PLACE = np.uint64(0x0001020304050607)
_PACK = np.uint64(0x0102040810204080)  #: turns eight bytes of 0 or 1 into the bits of the highest one


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
def keyed(h, key):
    """Hash a hash under a secret key (uint64[2]) by SipHash-1-3 (Aumasson and Bernstein 2012): no key, no dictionary.

    Neither 0 nor `EMPTY`, which stand for absent values.
    """
    v0, v1 = key[0] ^ np.uint64(0x736F6D6570736575), key[1] ^ np.uint64(0x646F72616E646F6D)
    v2, v3 = key[0] ^ np.uint64(0x6C7967656E657261), key[1] ^ np.uint64(0x7465646279746573)
    for step in range(5):
        word = np.uint64(h) if step == 0 else np.uint64(0)
        if step == 1:
            word = np.uint64(8 << 56)
        if step == 2:
            v2 ^= np.uint64(0xFF)
        v3 ^= word
        v0 += v1
        v2 += v3
        v1 = (v1 << np.uint64(13) | v1 >> np.uint64(51)) ^ v0
        v3 = (v3 << np.uint64(16) | v3 >> np.uint64(48)) ^ v2
        v0 = v0 << _S32 | v0 >> _S32
        v2 += v1
        v0 += v3
        v1 = (v1 << np.uint64(17) | v1 >> np.uint64(47)) ^ v2
        v3 = (v3 << np.uint64(21) | v3 >> np.uint64(43)) ^ v0
        v2 = v2 << _S32 | v2 >> _S32
        v0 ^= word
    return min(max(v0 ^ v1 ^ v2 ^ v3, np.uint64(1)), EMPTY - np.uint64(1))


@njit(cache=True, nogil=True)
def key_all(hashes, key):
    """`keyed`, of every hash in place; 0 stays 0."""
    for i in range(hashes.shape[0]):
        if hashes[i]:
            hashes[i] = keyed(hashes[i], key)


@njit(cache=True, nogil=True, inline="always")
def eight(data, j):
    """Eight bytes from place `j` (uint64), as one number, the first byte lowest."""
    word = np.uint64(0)
    for b in range(8):
        word |= np.uint64(data[j + np.uint64(b)]) << np.uint64(8 * b)
    return word


@njit(cache=True, nogil=True)
def hash_bytes(data, start, stop):
    """Hash bytes to 64 bits, neither 0 nor `EMPTY`: four lanes of eight bytes at a time."""
    a, b, c, d = SEED ^ np.uint64(stop - start), _MIX1, _MIX2, PRIME
    j, end = np.uint64(start), np.uint64(stop)
    while j + _S32 <= end:
        a = (a ^ eight(data, j)) * _MIX1
        b = (b ^ eight(data, j + np.uint64(8))) * _MIX1
        c = (c ^ eight(data, j + np.uint64(16))) * _MIX1
        d = (d ^ eight(data, j + np.uint64(24))) * _MIX1
        a ^= a >> _S32
        b ^= b >> _S32
        c ^= c >> _S32
        d ^= d >> _S32
        j += _S32
    while j + np.uint64(8) <= end:
        a = (a ^ eight(data, j)) * _MIX1
        a ^= a >> _S32
        j += np.uint64(8)
    while j < end:
        b = (b ^ np.uint64(data[j])) * PRIME
        j += np.uint64(1)
    h = mix(mix(mix(mix(a) ^ b) ^ c) ^ d)
    return min(max(h, np.uint64(1)), EMPTY - np.uint64(1))


@njit(cache=True, nogil=True)
def hash_strings(data, offsets, valid, out):
    """Hash the strings of a column; absent ones give 0, which no other does."""
    for i in range(out.shape[0]):
        out[i] = hash_bytes(data, offsets[i], offsets[i + 1]) if valid[i] else np.uint64(0)


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


@njit(cache=True, nogil=True, inline="always")
def _step(h, word):
    """Take up to eight bytes of a word into its hash."""
    h = (h ^ word) * _MIX1
    return h ^ h >> _S32


@njit(cache=True, nogil=True)
def tokenize(data, start, stop, exact, masked):
    """Split text into words, lower-cased for ASCII.

    ASCII letters and digits and the letters of two-byte scripts (U+00C0 to U+07FF) make words; characters of three
    and more bytes (CJK and others) stand alone, but for the typographic punctuation of U+2000 to U+207F and U+3000 to
    U+303F, which separates as ASCII's does. `exact` gets each word's hash, `masked` the same with every number alike;
    both need (stop - start) // 2 + 2 places. Returns the number of words. Bytes that aren't UTF-8 are read by the same
    rules.

    ASCII words are read eight bytes at a time, by arithmetic within a register (Mycroft 1987; Lamport 1975).
    """
    n = 0
    i = start
    size = data.shape[0]
    while i < stop:
        c = _FOLD[data[i]]
        if c == 0:
            i += 1
            continue
        if c == _OTHER:
            c = data[i]
            after = data[i + 1] if i + 1 < stop else np.uint8(0)
            width = 2 if c < 0xE0 else 3 if c < 0xF0 else 4
            if not (c < 0xE0 or (c == 0xE2 and (after == 0x80 or after == 0x81)) or (c == 0xE3 and after == 0x80)):
                word = np.uint64(0)
                for j in range(i, min(i + width, stop)):
                    word = word << np.uint64(8) | np.uint64(data[j])
                exact[n] = masked[n] = _step(SEED, word)
                n += 1
            i += width
            continue
        begin, h, letters, plain = i, SEED, np.uint64(0), True
        while True:
            if i + 8 > size:
                plain = False
                break
            x = eight(data, np.uint64(i))
            wide = x & _HIGH
            x &= ~_HIGH
            lower = x | _CASE
            letter = (lower + _FROM_A) & ~(lower + _PAST_Z)
            over = ~(letter | (x + _FROM_0) & ~(x + _PAST_9)) & _HIGH | wide  # the bytes that go on no ASCII word
            if stop - i < 8:
                over |= _HIGH << np.uint64(8 * (stop - i))
            if over == 0:
                h = _step(h, lower)
                letters |= letter & _HIGH
                i += 8
                continue
            first = over & (~over + np.uint64(1))
            inside = (first >> np.uint64(7)) - np.uint64(1)
            if inside:
                h = _step(h, lower & inside)
                letters |= letter & _HIGH & inside
                i += np.int64((inside + np.uint64(1)) * _PLACE >> np.uint64(56))
            plain = first & wide == 0 or i >= stop
            break
        if not plain:  # a word with other letters, or at the very end: byte by byte, to the same hash
            i, h, letters = begin, SEED, np.uint64(0)
            word, width = np.uint64(0), 0
            while i < stop:
                c = _FOLD[data[i]]
                if c == 0 or c == _OTHER:
                    break
                word |= np.uint64(c) << np.uint64(8 * width)
                width += 1
                letters |= np.uint64(c > 57)
                if width == 8:
                    h = _step(h, word)
                    word, width = np.uint64(0), 0
                i += 1
            if width:
                h = _step(h, word)
        exact[n] = h
        masked[n] = h if letters else np.uint64(48)
        n += 1
    return n


@njit(cache=True, nogil=True)
def sketch(masked, n, buckets):
    """Sketch a prompt's words and word pairs into `buckets` (int32[SKETCH]), in units of 1 / `DAMPED`.

    A frequent word says little: counts are damped by their square root.
    """
    for b in range(SKETCH):
        buckets[b] = 0
    previous = np.uint64(0)
    for t in range(n):
        h = masked[t]
        buckets[h & _BUCKET] += np.int32(2) if h & _SIGN else np.int32(-2)
        if t:
            pair = (previous * PRIME ^ h) * _MIX1
            pair ^= pair >> _S33
            buckets[pair & _BUCKET] += np.int32(1) if pair & _SIGN else np.int32(-1)
        previous = h
    for b in range(SKETCH):
        v = buckets[b]
        size = np.int32(np.rint(np.sqrt(np.float32(abs(v))) * np.float32(DAMPED)))
        buckets[b] = size if v >= 0 else -size


@njit(cache=True, nogil=True)
def shingle(masked, n, out):
    """Hashes (32 bits) of the runs of `SHINGLE_WORDS` words: the smallest in each `SHINGLES`-th of their range.

    Ascending; 0 = none in that part.
    """
    for j in range(SHINGLES):
        out[j] = 0
    width = SHINGLE_WORDS if n >= SHINGLE_WORDS else n
    for t in range(n - width + 1 if n else 0):
        h = SEED
        for j in range(t, t + width):
            h = (h ^ masked[j]) * PRIME
        h ^= h >> _S33
        h *= _MIX1
        v = max(np.uint32(h >> _S32), np.uint32(1))
        part = np.uint64(v) * np.uint64(SHINGLES) >> _S32
        # 0 is none: less one, it is above every hash.
        out[part] = min(v - np.uint32(1), out[part] - np.uint32(1)) + np.uint32(1)


@njit(cache=True, nogil=True)
def _rotate(x, y):
    """One round of the Walsh-Hadamard transform; each round reads and writes alike, so it runs in whole registers."""
    for j in range(SKETCH // 2):
        a, b = x[j], x[j + SKETCH // 2]
        y[2 * j], y[2 * j + 1] = a + b, a - b


@njit(cache=True, nogil=True)
def signs(buckets, spare, positive, out):
    """Reduce a prompt's sketch, which is used up, to sign bits after a Walsh-Hadamard rotation.

    The share of equal bits of two prompts estimates the angle between their sketches (Charikar 2002); the rotation
    spreads short prompts, which fill few buckets, over all bits (Ailon and Chazelle 2009; in the constant geometry of
    Pease 1968). `spare` (int32) and `positive` (uint8) are room for `SKETCH` numbers each.
    """
    for _ in range(ROUNDS // 2):
        _rotate(buckets, spare)
        _rotate(spare, buckets)
    for j in range(SKETCH):
        positive[j] = buckets[j] > 0
    for w in range(SIGN_WORDS):
        word = np.uint64(0)
        for b in range(8):
            bits = eight(positive, np.uint64(64 * w + 8 * b)) * _PACK >> np.uint64(56)
            word |= bits << np.uint64(8 * b)
        out[w] = word


@njit(cache=True, nogil=True, inline="always")
def place(items, a, item):
    """Where `item` goes in the ascending bottom-k list in row `a`: (position, already there); -1 if it's too large."""
    low, high = 0, items.shape[1]
    if item > items[a, high - 1]:
        return -1, False
    while low < high:
        middle = (low + high) // 2
        if items[a, middle] < item:
            low = middle + 1
        else:
            high = middle
    return low, items[a, low] == item


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
                key = mix(exact[t - 1] * PRIME ^ h)
            elif width == 2:
                key = mix(mix(exact[t - 2] * PRIME ^ exact[t - 1]) * PRIME ^ h)
            p = key & room
            while table[p] != 0:
                if table[p] == key:
                    found |= bits[p]
                    break
                p = (p + np.uint64(1)) & room
    seen[0] = found


@njit(cache=True, nogil=True, inline="always")
def _expect(i, account, data, offsets, prompts, items, counts, times, models):
    """Fetch the head of a row's prompt, and the keys and companions of its account's sample."""
    for line in range(4):
        prefetch(data, offsets[i], line)
    a = account[i]
    prefetch(prompts, a, 0)
    for line in range(SAMPLE * 8 // 64):
        prefetch(items, a, line)
        prefetch(counts, a, line)
        prefetch(times, a, line)
        prefetch(models, a, line)


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
    key,
    prompts,
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
    """Absorb the prompts of these rows of the batch, which stand in order of account.

    Every prompt is hashed; the words are read of those alone that stay in their account's sample. `fresh[i]` is set to
    the item where row i is the earliest yet that sent it, so that the caller can keep its text. With a `key`
    (uint64[2], or none: uint64[0]) items and words are hashed under it, and so is all that is made of them.
    """
    exact, masked = np.empty(LONGEST // 2 + 2, np.uint64), np.empty(LONGEST // 2 + 2, np.uint64)
    buckets, spare = np.empty(SKETCH, np.int32), np.empty(SKETCH, np.int32)
    positive, signed = np.empty(SKETCH, np.uint8), np.empty(SIGN_WORDS, np.uint64)
    seen, runs = np.zeros(1, np.uint32), np.empty(SHINGLES, np.uint32)
    # Of each place of the sample, what was there before the batch (or SAMPLE + row), and the row of this batch that is
    # the earliest of all (or -1).
    source, text = 0, 1
    now = np.empty((2, SAMPLE), np.int64)
    r = 0
    while r < rows.shape[0]:
        a = account[rows[r]]
        for p in range(SAMPLE):
            now[source, p], now[text, p] = p, -1
        new = False
        while r < rows.shape[0] and account[rows[r]] == a:
            i = rows[r]
            r += 1
            if r + AHEAD < rows.shape[0]:
                _expect(rows[r + AHEAD], account, data, offsets, prompts, items, item_count, item_time, item_model)
            if not valid[i]:
                continue
            prompts[a] += 1
            item = hash_bytes(data, offsets[i], offsets[i + 1])
            if key.shape[0]:
                item = keyed(item, key)
            p, there = place(items, a, item)
            if p < 0:
                continue
            if there:
                item_count[a, p] += 1
                if time[i] < item_time[a, p] or (time[i] == item_time[a, p] and model[i] <= item_model[a, p]):
                    item_time[a, p], item_model[a, p], now[text, p] = time[i], model[i], i
                continue
            make_room(items, a, p)
            make_room(item_count, a, p)
            make_room(item_time, a, p)
            make_room(item_model, a, p)
            make_room(now, source, p)
            make_room(now, text, p)
            items[a, p], item_count[a, p], item_time[a, p], item_model[a, p] = item, 1, time[i], model[i]
            now[source, p], now[text, p] = SAMPLE + i, i
            new = True
        for p in range(TEXTS):
            if now[text, p] >= 0:
                fresh[now[text, p]] = items[a, p]
        if not new:
            continue
        for p in range(SAMPLE - 1, -1, -1):  # items only ever move up: from above, none is overwritten before it moved
            q = now[source, p]
            if q < SAMPLE:
                if q != p:
                    item_cues[a, p], item_words[a, p] = item_cues[a, q], item_words[a, q]
                    for j in range(SIGN_WORDS):
                        item_signs[a, p, j] = item_signs[a, q, j]
                    for j in range(SHINGLES):
                        shingles[a, p, j] = shingles[a, q, j]
                continue
            start = offsets[q - SAMPLE]
            n = tokenize(data, start, min(offsets[q - SAMPLE + 1], start + LONGEST), exact, masked)
            mark(exact, n, table, bits, ends, seen)
            if key.shape[0]:
                key_all(masked[:n], key)
            item_cues[a, p], item_words[a, p] = seen[0], n
            sketch(masked, n, buckets)
            signs(buckets, spare, positive, signed)
            for j in range(SIGN_WORDS):
                item_signs[a, p, j] = signed[j]
            shingle(masked, n, runs)
            for j in range(SHINGLES):
                shingles[a, p, j] = runs[j]


@njit(cache=True, nogil=True)
def absorb_values(rows, account, key, keys, counts):
    """Count each account's values of an attribute in a bottom-k list by hash (0 = absent)."""
    for r in range(rows.shape[0]):
        i = rows[r]
        a = account[i]
        if r + AHEAD < rows.shape[0]:
            coming = account[rows[r + AHEAD]]
            prefetch(keys, coming, 0)
            prefetch(counts, coming, 0)
        if key[i] == 0:
            continue
        p, there = place(keys, a, key[i])
        if p < 0:
            continue
        if not there:
            make_room(keys, a, p)
            make_room(counts, a, p)
            keys[a, p], counts[a, p] = key[i], 0
        counts[a, p] += 1
