"""How much of a window is foreign: the share of a mixture component that the baseline lacks."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from stillwatch.windows.baseline import FLOORS, Baseline
from stillwatch.windows.channels import deviances
from stillwatch.windows.features import Floats

COMPARED = 4000  #: prompts of the baseline that are scored beside the window's
LEVELS = np.linspace(0, 0.995, 60)  #: quantiles of the baseline's scores that are tried as cuts


def foreign_share(baseline: Baseline, terms: csr_matrix, *, seed: int = 0) -> tuple[float, float]:
    """Estimated share of the window's prompts that the baseline wouldn't send, with a lower bound.

    The terms that one half of the window shares beyond expectation score the prompts of the other half, and the
    baseline's. Above any cut t, a window with a share s of foreign prompts has at most s + (1 - s) F0(t) of its
    prompts, where F0 is the baseline's part above t, so (F(t) - F0(t)) / (1 - F0(t)) never overstates s but by chance
    (the mixture proportion of Blanchard, Lee and Scott 2010). The estimate is the largest over the cuts; the bound
    allows for 1.64 standard errors. Both are shares between 0 and 1.
    """
    rng = np.random.default_rng(seed)
    halves = np.array_split(rng.permutation(terms.shape[0]), 2)
    compared = rng.permutation(len(baseline.held))[:COMPARED]
    known = baseline.held.terms[compared]
    estimates = []
    for learn, judge in (halves, halves[::-1]):
        weight = _weights(baseline, terms[learn])
        cut = (known @ weight, terms[judge] @ weight)
        estimates.append(_largest(*cut))
    share, low = (float(np.mean(values)) for values in zip(*estimates, strict=True))
    return share, low


def _weights(baseline: Baseline, terms: csr_matrix) -> Floats:
    """Log ratios of the terms that these prompts share beyond expectation; 0 for others."""
    usual, size = baseline.usual, terms.shape[0]
    counts = np.asarray(terms.sum(axis=0), np.float64).ravel()
    found = deviances(counts, usual.term_counts, size, usual.known) > FLOORS[1]
    ratio = np.log((counts + 0.5) / (size + 1)) - np.log((usual.term_counts + 0.5) / (usual.known + 1))
    weights: Floats = np.where(found, ratio, 0.0)
    return weights


def _largest(usual: Floats, window: Floats) -> tuple[float, float]:
    """The largest excess of the window over the baseline beyond any cut, as a share; the same less its error."""
    cuts = np.quantile(usual, LEVELS)
    base = (usual[:, None] > cuts).mean(axis=0)
    part = (window[:, None] > cuts).mean(axis=0)
    error = np.sqrt(part * (1 - part) / len(window) + base * (1 - base) / len(usual))
    share = (part - base) / (1 - base)
    low = (part - base - 1.64 * error) / (1 - base)
    best = int(np.argmax(low))
    return float(np.clip(share[best], 0, 1)), float(np.clip(low[best], 0, 1))
