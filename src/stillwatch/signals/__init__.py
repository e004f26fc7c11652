"""Signals: measured properties of profiles and groups, one file a channel.

Comes in: a `Population`. Goes out: numbers, NaN where a column that a signal needs is missing, never zero. A new signal
is a decorated function in the file of its channel.
"""

from stillwatch.signals import content, infrastructure, timing, usage
from stillwatch.signals.population import Population, build_population
from stillwatch.signals.registry import CHANNELS, Signal, registry

__all__ = [
    "CHANNELS",
    "Population",
    "Signal",
    "build_population",
    "content",
    "infrastructure",
    "registry",
    "timing",
    "usage",
]
