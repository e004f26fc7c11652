"""Lists of different lengths, one after another in one array: list r is what lies from `start[r]` to `start[r + 1]`."""

from __future__ import annotations

import numpy as np

from stillwatch.signals.population import Ints


def spans(start: Ints, chosen: Ints) -> Ints:
    """The places of what the chosen lists hold, list after list."""
    size = start[chosen + 1] - start[chosen]
    return np.repeat(start[chosen] - np.append(0, np.cumsum(size)[:-1]), size) + np.arange(size.sum())
