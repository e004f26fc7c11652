"""E-values: evidence that may be averaged under any dependence."""

from __future__ import annotations

KAPPA = 0.1


def p_to_e(p: float) -> float:
    """Calibrate a p-value into an e-value: kappa * p**(kappa - 1), of expectation at most one under the null.

    Vovk and Wang (2021), equation 1; a small kappa favours the small p-values that campaigns have.
    """
    return float(KAPPA * max(p, 1e-300) ** (KAPPA - 1))
