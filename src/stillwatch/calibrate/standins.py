"""The tail of a group's total, when each member could be exchanged with its stand-ins.

Under the null a member's value is one of `1 + stand-ins` exchangeable ones, independently of the other members'. The
chance of a total as high is then at most the least of E[exp(theta * total)] * exp(-theta * total seen) over theta >= 0
(Chernoff 1952): valid for every size of group and however heavy the tails, so that one strange customer in a group
weighs no more than one in `1 + stand-ins`.
"""

from __future__ import annotations

import numpy as np

from stillwatch.calibrate.kernels import least_bound
from stillwatch.signals.population import Floats

_TILTS = np.geomspace(0.1, 40.0, 14)  #: in units of one over the spread; each gives a valid bound


def stand_in_tail(own: Floats, others: Floats, direction: str, slight: float = 0.0) -> float:
    """P-value of members' values (members,) beside those of their stand-ins (members, stand-ins).

    `direction` is high, low or both. A member without a value is left out, and so is a stand-in without one. `slight`
    is how far members may differ and still be exchangeable, in standard deviations of the stand-ins' values.
    """
    if direction == "both":
        high, low = (stand_in_tail(own, others, side, slight) for side in ("high", "low"))
        return min(1.0, 2 * min(high, low))
    known = np.isfinite(own)
    sign = -1.0 if direction == "low" else 1.0
    excess = sign * (others[known] - own[known, None])
    there = np.isfinite(excess)
    if slight and there.any():
        excess = excess + slight * float(others[known][there].std())
    spread = float((excess[there] ** 2).mean() ** 0.5) if there.any() else 0.0
    if spread == 0:
        return 1.0
    return float(np.exp(least_bound(excess, there, _TILTS / spread)))
