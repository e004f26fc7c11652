"""Numba kernels of the marks: the keyed hash, the marking of logits on a CPU, and the decoys of a test.

A key is two 64-bit words. It is expanded by SipHash-2-4 (Aumasson and Bernstein, Indocrypt 2012) into one table of
64-bit words for the token that is chosen and one for each place of the context; the *draw* of a (context, token) pair
is 32 bits of murmur3's finaliser over their exclusive or. Expanding tables costs one SipHash a token once per key, and
a draw a few instructions, which is what lets a mark run inside the decoding loop and a test look at a million decoys.
`tests/provenance/marks/twin.py` says in plain Python what is right.
"""

# mypy: allow-untyped-defs
# Numba infers the types from the calls; `colours.py` and `marking.py` state them.

from __future__ import annotations

import numpy as np
from numba import njit

from stillwatch.profile.kernels import mix

_I0 = np.uint64(0x736F6D6570736575)
_I1 = np.uint64(0x646F72616E646F6D)
_I2 = np.uint64(0x6C7967656E657261)
_I3 = np.uint64(0x7465646279746573)
_LENGTH = np.uint64(8 << 56)
_FF = np.uint64(0xFF)
_S13, _S16, _S17, _S21, _S32 = (np.uint64(n) for n in (13, 16, 17, 21, 32))
_S51, _S48, _S47, _S43, _S56 = (np.uint64(n) for n in (51, 48, 47, 43, 56))
_ROWS = 2.0**-32
#: A token this far below the best one can't win: keyed Gumbel noise of 32 bits lies in (-3.2, 22.9).
_OUT_OF_REACH = 27.0
_TOP_BIT, _ONE = np.uint32(1 << 31), np.uint32(1)
_LOG_2 = 0.6932  # rounded up


@njit(cache=True, nogil=True, inline="always")
def _round(v0, v1, v2, v3):
    v0 += v1
    v1 = ((v1 << _S13) | (v1 >> _S51)) ^ v0
    v0 = (v0 << _S32) | (v0 >> _S32)
    v2 += v3
    v3 = ((v3 << _S16) | (v3 >> _S48)) ^ v2
    v0 += v3
    v3 = ((v3 << _S21) | (v3 >> _S43)) ^ v0
    v2 += v1
    v1 = ((v1 << _S17) | (v1 >> _S47)) ^ v2
    v2 = (v2 << _S32) | (v2 >> _S32)
    return v0, v1, v2, v3


@njit(cache=True, nogil=True, inline="always")
def siphash(k0, k1, word):
    """SipHash-2-4 of one 8-byte little-endian word under the key (k0, k1); all unsigned 64-bit."""
    v0, v1, v2, v3 = k0 ^ _I0, k1 ^ _I1, k0 ^ _I2, k1 ^ _I3
    for block in (word, _LENGTH):
        v3 ^= block
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= block
    v2 ^= _FF
    for _ in range(4):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@njit(cache=True, nogil=True)
def fill_table(k0, k1, role, tokens, out):
    """Word of each token in one role: 0 = the token that is chosen, j = the j-th token before it."""
    head = np.uint64(role) << _S56
    for i in range(len(tokens)):
        out[i] = siphash(k0, k1, head | np.uint64(tokens[i]))


@njit(cache=True, nogil=True, inline="always")
def _context(tables, contexts, i):
    word = tables[1, contexts[i, 0]]
    if contexts.shape[1] > 1:
        for j in range(1, contexts.shape[1]):
            word ^= tables[1 + j, contexts[i, j]]
        word = mix(word)
    return word


@njit(cache=True, nogil=True)
def context_draws(tables, contexts, out):
    """32-bit draw of each context alone, which decides the layer that marks its position."""
    for i in range(len(contexts)):
        out[i] = np.uint32(mix(_context(tables, contexts, i)) >> _S32)


@njit(cache=True, nogil=True)
def pair_draws(tables, contexts, tokens, out):
    """32-bit draw of each (context, token) pair; contexts int64[n, width], nearest token first."""
    for i in range(len(tokens)):
        out[i] = np.uint32(mix(_context(tables, contexts, i) ^ tables[0, tokens[i]]) >> _S32)


@njit(cache=True, nogil=True)
def bias_green(logits, tables, index, contexts, cut, bias):
    """Red/green marking in place: add `bias` to the logits of the green tokens. index[r] < 0 leaves row r alone."""
    for r in range(len(logits)):
        if index[r] < 0:
            continue
        table = tables[index[r]]
        head = _context(table, contexts, r)
        words = table[0]
        for t in range(logits.shape[1]):
            if np.uint32(mix(head ^ words[t]) >> _S32) >= cut:
                logits[r, t] += bias


@njit(cache=True, nogil=True)
def bias_fingerprint(logits, proxy, tables, index, contexts, cut, strength):
    """Fingerprint in place: add strength * q[t] * (green[t] - L), L the green share of the proxy's distribution q."""
    green = np.empty(logits.shape[1], np.bool_)
    for r in range(len(logits)):
        if index[r] < 0:
            continue
        table = tables[index[r]]
        head = _context(table, contexts, r)
        words = table[0]
        share = 0.0
        for t in range(logits.shape[1]):
            green[t] = np.uint32(mix(head ^ words[t]) >> _S32) >= cut
            if green[t]:
                share += proxy[r, t]
        for t in range(logits.shape[1]):
            logits[r, t] += strength * proxy[r, t] * ((1.0 if green[t] else 0.0) - share)


@njit(cache=True, nogil=True)
def choose_gumbel(logits, tables, index, contexts, chosen):
    """Token with the highest logit plus keyed Gumbel noise, a row; rows with index[r] < 0 keep `chosen` as it is."""
    for r in range(len(logits)):
        if index[r] < 0:
            continue
        table = tables[index[r]]
        head = _context(table, contexts, r)
        words = table[0]
        top = -np.inf
        for t in range(logits.shape[1]):
            top = max(top, logits[r, t])
        best = -np.inf
        for t in range(logits.shape[1]):
            if logits[r, t] < top - _OUT_OF_REACH:
                continue
            draw = np.uint32(mix(head ^ words[t]) >> _S32)
            # The noise is at most -log(1 - u), and u below 1 - 2^-n where the n-th bit is its first that is not set:
            # nearly all tokens are out without a logarithm.
            bound, bit = _LOG_2, _TOP_BIT
            while draw & bit:
                bound += _LOG_2
                bit >>= _ONE
            if logits[r, t] + bound < best:
                continue
            value = logits[r, t] - np.log(-np.log((draw + 0.5) * _ROWS))
            if value > best:
                best = value
                chosen[r] = t


@njit(cache=True, nogil=True)
def score_keys(keys, context_tokens, chosen_tokens, contexts, tokens, start, weights, cuts, scores, out):
    """The statistic under each key: sum over pairs of weight * score of the pair's draw, in whole numbers.

    keys uint64[n, 2]. `context_tokens` and `chosen_tokens` are the distinct tokens; contexts int64[c, width] and
    tokens int64[m] index into them; pairs start[i]:start[i + 1] have context i. The score of a draw is
    scores[number of cuts <= draw].
    """
    width = contexts.shape[1]
    places = np.empty((width, len(context_tokens)), np.uint64)
    words = np.empty(len(chosen_tokens), np.uint64)
    for k in range(len(keys)):
        k0, k1 = keys[k, 0], keys[k, 1]
        fill_table(k0, k1, 0, chosen_tokens, words)
        for j in range(width):
            fill_table(k0, k1, j + 1, context_tokens, places[j])
        total = np.int64(0)
        for c in range(len(contexts)):
            head = places[0, contexts[c, 0]]
            if width > 1:
                for j in range(1, width):
                    head ^= places[j, contexts[c, j]]
                head = mix(head)
            for i in range(start[c], start[c + 1]):
                draw = np.uint32(mix(head ^ words[tokens[i]]) >> _S32)
                level = 0
                for cut in cuts:
                    level += draw >= cut
                total += weights[i] * scores[level]
        out[k] = total
