"""Calibration: from measured values to error rates.

Comes in: signals of a group and the population (or a saved baseline). Goes out: p-values over *accounts*, never over
queries (a group of accounts is compared with groups of comparable accounts), and e-values.
"""

from stillwatch.calibrate.evalues import p_to_e
from stillwatch.calibrate.matched import LEAST_P, Comparison, Matched

__all__ = ["LEAST_P", "Comparison", "Matched", "p_to_e"]
