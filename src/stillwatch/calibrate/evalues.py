"""E-values: evidence that may be averaged under any dependence, and false discovery control with them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

KAPPA = 0.1


def p_to_e(p: float) -> float:
    """Calibrate a p-value into an e-value: kappa * p**(kappa - 1), of expectation at most one under the null.

    Vovk and Wang (2021), equation 1; a small kappa favours the small p-values that campaigns have.
    """
    return float(KAPPA * max(p, 1e-300) ** (KAPPA - 1))


def e_bh(evidence: npt.ArrayLike, rate: float) -> npt.NDArray[np.bool_]:
    """Which hypotheses e-BH rejects at false discovery rate `rate` under any dependence (Wang and Ramdas 2022)."""
    e = np.asarray(evidence, float)
    if not 0 < rate < 1:
        raise ValueError(f"rate {rate} is not between 0 and 1")
    order = np.argsort(-e, kind="stable")
    ranks = np.arange(1, len(e) + 1)
    passed = np.flatnonzero(e[order] >= len(e) / (rate * ranks))
    rejected = np.zeros(len(e), bool)
    if len(passed):
        rejected[order[: passed[-1] + 1]] = True
    return rejected
