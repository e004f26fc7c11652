"""Score one prompt's word hashes: a hashed linear model over the distinct words and word pairs.

Hashing: Weinberger et al. (2009). Words come without case, punctuation and the values of numbers, and each counts
once, so that none of these can carry the decision; the sum is damped by the number of features, so that length
doesn't either.
"""

# mypy: allow-untyped-defs
# Numba infers the types from the calls; `score.py` states them.

from __future__ import annotations

import numpy as np
from numba import njit

BITS = 20
PLACES = 1 << BITS  #: weights
HEAD, TAIL = 400, 200  #: words of a prompt that are read, from its beginning and from its end
FEATURES = 2 * (HEAD + TAIL)  #: the most features that a prompt has
POWER = 0.35  #: the sum is divided by (number of features) ** POWER

_MASK = np.uint64(PLACES - 1)
_PRIME = np.uint64(0x100000001B3)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_S33 = np.uint64(33)


@njit(cache=True, nogil=True)
def features(masked, n, seen, out):
    """Write the distinct features (places of weights) of a prompt of `n` words into `out`; returns their number.

    `seen` (bool, `PLACES`) must be all false and is left so; `out` (int32) needs `FEATURES` places.
    """
    count = 0
    previous = np.uint64(0)
    for t in range(n):
        if t >= HEAD and t < n - TAIL:
            previous = np.uint64(0)
            continue
        h = masked[t]
        place = np.int32(h & _MASK)
        if not seen[place]:
            seen[place] = True
            out[count] = place
            count += 1
        if previous != 0:
            pair = (previous * _PRIME ^ h) * _MIX
            pair ^= pair >> _S33
            place = np.int32(pair & _MASK)
            if not seen[place]:
                seen[place] = True
                out[count] = place
                count += 1
        previous = h
    for j in range(count):
        seen[out[j]] = False
    return count


@njit(cache=True, nogil=True)
def elicit(masked, n, weights, scale, bias, seen, places):
    """Logit of a prompt from the `masked` hashes of its `n` words (see `tokenize`).

    `weights` (int8, `PLACES`), `scale` and `bias` are the model: a feature weighs `scale` times the square of its
    entry, with its sign, so that 8 bits hold the few strong words and the many weak ones. `seen` and `places` are work
    space as in `features`. A prompt without words gets the bias.
    """
    count = features(masked, n, seen, places)
    total = np.int64(0)
    for j in range(count):
        code = np.int32(weights[places[j]])
        total += code * abs(code)
    return np.float32(bias + scale * total / max(count, 1) ** POWER)
