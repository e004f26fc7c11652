"""Whether prompts were dealt: each item given to the same few customers, as a queue that asks everything k times does.

Independent users meet an item or don't, each by a chance of the item's own, so how many of n users have it follows a
mixture of binomial laws, whatever the items' popularity. The moments of a mixture are log-convex: with a(j) the number
of items that j users have, divided by the binomial coefficient, a(j)² <= a(j - 1) a(j + 1). Items that too many have in
common with exactly j - 1 others break that. On its border the law is that of genotypes, and the test the exact one for
an excess of heterozygotes (Haldane 1954; Wigginton, Cutler and Abecasis 2005), its odds those of n users.

Firms that run whole benchmarks have every item of one in common with the same others. So items that the same j users
have count as one that j have: that leaves less to break the law, never more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, logsumexp

from stillwatch.profile.kernels import EMPTY
from stillwatch.signals.population import Floats, Ints

TIMES = 8  #: the most often that an item is tested to be dealt
LEAST_USERS = 8
PARTNERS = 3.0  #: times as many customers as share one item must share some with each, or they are small circles


def dealt(keys: npt.NDArray[np.uint64], principal: Ints, visible: Floats) -> float:
    """P-value that independent users would have asked these items, Bonferroni over how often each may be dealt.

    `keys` (members, sample) are items, `EMPTY` where there is none, `principal` the customer of each member and
    `visible` the share of the hash range that its sample shows. Only those that show most are counted, and of the items
    those that all of these would show.
    """
    order = np.argsort(-visible, kind="stable")
    most = int(np.argmax(np.arange(1, len(order) + 1) ** 2 * visible[order]))  # pairs of them that would be seen
    shown = order[: most + 1]
    below = np.uint64(min(float(visible[shown].min()), 1 - 2**-53) * 2.0**64)
    held = keys[shown]
    row, column = np.nonzero((held != EMPTY) & (held <= below))
    item, place = np.unique(held[row, column], return_inverse=True)
    customer, owner = np.unique(principal[shown], return_inverse=True)
    users = len(customer)
    if users < LEAST_USERS or not len(item):
        return 1.0
    told = np.unique(place << 32 | owner[row])
    place, owner = told >> 32, told & 0xFFFFFFFF
    times = np.bincount(place)
    count = np.bincount(times, minlength=TIMES + 3)
    circle = _partners(place, owner, times) if count[2 : TIMES + 1].any() else 0.0
    if circle < PARTNERS:
        return 1.0
    sets = np.bincount(times[_first_of_each_set(place, owner)], minlength=TIMES + 3)
    found = [
        _excess(users, j, np.array([count[j - 1], sets[j], count[j + 1]])) if circle >= PARTNERS * (j - 1) else 1.0
        for j in range(2, TIMES + 1)
    ]
    return float(min(1.0, len(found) * min(found)))


def _first_of_each_set(item: Ints, user: Ints) -> Ints:
    """Of the items that the same users have, one each."""
    name = np.random.default_rng(0).integers(0, 2**64, int(user.max()) + 1, np.uint64)
    named = np.zeros(int(item.max()) + 1, np.uint64)
    np.add.at(named, item, name[user])  # sums of random names differ where sets do, but for one pair in 2**64
    return np.unique(named, return_index=True)[1]


def _partners(item: Ints, user: Ints, times: Ints) -> float:
    """With how many others a user shares an item, in the mean over users; items that many have are left out."""
    known = times[item] <= TIMES
    order = np.argsort(item[known], kind="stable")
    item, user = item[known][order], user[known][order]
    met = []
    for apart in range(1, TIMES):
        same = np.flatnonzero(item[apart:] == item[:-apart])
        one, other = user[same], user[same + apart]
        met.append(np.minimum(one, other) << 32 | np.maximum(one, other))
    return 2 * len(np.unique(np.concatenate(met))) / max(len(np.unique(user)), 1)


def _excess(users: int, j: int, count: Ints) -> float:
    """Chance of as many items that j users have, given those that j - 1, j and j + 1 have together."""
    fewer, middle, more = (int(c) for c in count)
    total, surplus = fewer + middle + more, more - fewer
    if not middle or users <= j:
        return 1.0
    # a(j - 1) + a(j) + a(j + 1) and their mean order are kept; the middle varies in steps of two.
    possible = np.arange(middle % 2, total - abs(surplus) + 1, 2)
    low = (total - possible - surplus) // 2
    binomial = [_binomial(users, k) for k in (j - 1, j, j + 1)]
    odds = binomial[1] - (binomial[0] + binomial[2]) / 2
    weight = possible * odds - gammaln(possible + 1.0) - gammaln(low + 1.0) - gammaln(low + surplus + 1.0)
    return float(np.exp(logsumexp(weight[possible >= middle]) - logsumexp(weight)))


def _binomial(n: int, k: int) -> float:
    return float(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))
