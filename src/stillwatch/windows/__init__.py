"""Windows of anonymous prompts: whether part of the traffic is collected for training, with nobody named.

Comes in: prompts in order of time, without accounts, and a baseline of earlier traffic of the same product. Goes out:
one row a window with a p-value, the estimated share of the traffic that is foreign to the baseline, and what says so.
"""

from stillwatch.windows.baseline import Baseline, build_baseline
from stillwatch.windows.detect import WINDOW_SCHEMA, detect_windows

__all__ = ["WINDOW_SCHEMA", "Baseline", "build_baseline", "detect_windows"]
