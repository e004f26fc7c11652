"""Maximum mean discrepancy from innocent traffic (Liu, Guo and Dong 2026, arXiv 2606.05725), per window and account."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bench.baselines.kernel import discrepancy, features
from bench.baselines.registry import Floats, Scores, baseline
from bench.baselines.tables import Tables
from bench.baselines.threshold import two_sided

WINDOW = 1500


@baseline("MMD per window of 1,500", source="Liu, Guo and Dong 2026, arXiv 2606.05725")
def mmd_window(tables: Tables, normal: Tables) -> dict[str, Scores]:
    """Windows of consecutive prompts, as in the paper; an account is as suspicious as the windows that it is in.

    The paper never says who: every account in a window is accused alike.
    """
    mapped, centre = features(tables, normal)
    order = np.argsort(tables.time[tables.sample], kind="stable")
    windows = max(len(order) // WINDOW, 1)
    window = np.empty(len(order), np.int64)
    window[order] = np.minimum(np.arange(len(order)) // WINDOW, windows - 1)
    total = np.stack([mapped[window == each].sum(axis=0, dtype=np.float64) for each in range(windows)])
    squares = np.bincount(window, weights=(mapped**2).sum(axis=1), minlength=windows)
    found = discrepancy(total, squares, np.bincount(window, minlength=windows), centre)[window]
    highest = np.full(len(tables), -1.0)
    np.maximum.at(highest, tables.owner[tables.sample], found)
    mean = np.where(tables.sampled > 0, tables.per_account(found) / np.maximum(tables.sampled, 1), -1.0)
    return {"mean of its windows": Scores(mean), "highest of its windows": Scores(highest)}


@baseline("MMD per account", source="Liu, Guo and Dong 2026, arXiv 2606.05725, with an account as the window")
def mmd_account(tables: Tables, normal: Tables) -> dict[str, Scores]:
    """The account's own prompts as the window: far from the innocent, near to them, or unusual either way."""
    own, earlier = _by_account(tables, normal), _of_normal(normal)
    scaled = own * tables.sampled
    either = two_sided(scaled, tables.sampled, earlier * normal.sampled, normal.sampled)
    return {
        "far": Scores(np.nan_to_num(own, nan=-1.0)),
        "far, scaled by size": Scores(np.nan_to_num(scaled, nan=-1.0)),
        "near": Scores(np.nan_to_num(-scaled, nan=-np.inf)),
        "either way": Scores(either),
    }


@lru_cache(maxsize=1)
def _of_normal(normal: Tables) -> Floats:
    return _by_account(normal, normal)


def _by_account(tables: Tables, normal: Tables) -> Floats:
    mapped, centre = features(tables, normal)
    squares = tables.per_account((mapped**2).sum(axis=1))
    return discrepancy(tables.per_account(mapped), squares, tables.sampled, centre)
