"""The verdict on one candidate: the channels that did not link it, tested, and the benign explanations."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from stillwatch.calibrate import Comparison, Matched, p_to_e
from stillwatch.campaigns.alternatives import alternatives
from stillwatch.campaigns.model import Alternative
from stillwatch.campaigns.streams import Stream
from stillwatch.signals import CHANNELS, registry
from stillwatch.signals.population import Population


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that was tested of one candidate."""

    stream: Stream
    comparisons: dict[str, tuple[Comparison, ...]]  #: by channel, most telling first
    channel_p: dict[str, float]  #: tested channels only
    alternatives: tuple[Alternative, ...]
    e_value: float

    @property
    def explained(self) -> float:
        """P-value against the best benign explanation (intersection-union)."""
        return self.alternatives[0].p_value


def judge(stream: Stream, reference: Population) -> Verdict:
    """Test a candidate against groups of like accounts of the reference population."""
    seed = zlib.crc32(np.ascontiguousarray(stream.rows).tobytes())
    matched = Matched(stream.population, stream.rows, reference, seed)
    comparisons: dict[str, tuple[Comparison, ...]] = {}
    channel_p: dict[str, float] = {}
    for channel in CHANNELS:
        found = [c for s in registry() if s.channel == channel and (c := matched.compare(s)) is not None]
        comparisons[channel] = tuple(sorted(found, key=lambda c: c.p_value))
        tests = [c for c in found if channel != stream.channel or c.signal.purpose]
        if tests:
            # Bonferroni over the channel's signals: they are anything but independent.
            channel_p[channel] = min(1.0, len(tests) * min(c.p_value for c in tests))
    e_value = float(np.mean([p_to_e(p) for p in channel_p.values()])) if channel_p else 0.0
    infrastructure = comparisons["infrastructure"]
    return Verdict(stream, comparisons, channel_p, alternatives(stream, infrastructure), e_value)
