"""Calibration: from measured values to error rates.

Comes in: signals of a group and the population (or a saved baseline). Goes out: p-values over *accounts*, never over
queries (a group of accounts is compared with groups of comparable accounts), e-values, and false discovery control.
"""

from stillwatch.calibrate.evalues import e_bh, p_to_e
from stillwatch.calibrate.matched import LEAST_P, Comparison, Matched

__all__ = ["LEAST_P", "Comparison", "Matched", "e_bh", "p_to_e"]
