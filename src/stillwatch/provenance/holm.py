"""Holm's correction for several tests (Holm 1979): valid under any dependence between them."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Corrected p-values in the order given: rejecting those up to alpha keeps the family-wise error at alpha."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    out, largest = [1.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        out[i] = largest
    return out
