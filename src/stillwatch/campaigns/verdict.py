"""The verdict on one candidate: the channels that did not link it, tested, and the benign explanations."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from stillwatch.calibrate import Comparison, Matched, p_to_e
from stillwatch.campaigns.alternatives import alternatives
from stillwatch.campaigns.model import Alternative
from stillwatch.campaigns.streams import Stream
from stillwatch.profile.kernels import TEXTS
from stillwatch.signals import CHANNELS
from stillwatch.signals.content import worded
from stillwatch.signals.population import Population
from stillwatch.signals.registry import named

PURPOSEFUL = 0.001  #: p-value of as many among comparable accounts, for them to say anything
#: Share of members' prompts recognised as elicitation (one in six isn't), from which on it is what they are there for.
MOSTLY = 0.4
#: P-value of what members have in common, beyond places and hours, at which they are no strangers to each other; at
#: which two things must speak for that; and the first where so many of their prompts are recognised.
NO_STRANGERS, BOTH = 1e-12, 1e-3
NO_STRANGERS_AIMED, MAINLY = 1e-7, 0.6


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that was tested of one candidate."""

    stream: Stream
    matched: Matched  #: the groups that it was compared with
    comparisons: dict[str, tuple[Comparison, ...]]  #: by tested channel, most telling first
    channel_p: dict[str, float]  #: tested channels only
    purpose: float  #: share of members' prompts worded as those who collect answers word theirs
    purpose_p: float  #: that they word them no more so than comparable accounts
    corroborated: float  #: that nothing but what linked it speaks for a campaign
    corroborated_afar: float  #: the same, of what neighbours of one country don't have in common anyhow
    alternatives: tuple[Alternative, ...]
    e_value: float  #: mean over the channels that did not link, and the best benign explanation's
    fed: bool = False  #: whether content linked them, and tells them apart no more, as their look-alikes are told apart

    @property
    def explained(self) -> float:
        """P-value against the best benign explanation (intersection-union)."""
        return self.alternatives[0].p_value

    @property
    def aimed(self) -> bool:
        """Whether more of their prompts than of comparable accounts' are worded as an elicitation."""
        return self.purpose_p <= PURPOSEFUL


def judge(stream: Stream, reference: Population, without: npt.NDArray[np.bool_] | None = None) -> Verdict:
    """Test a candidate against groups of like accounts of the reference population, `without` those, (accounts,)."""
    seed = zlib.crc32(np.ascontiguousarray(stream.rows).tobytes())
    matched = Matched(stream.population, stream.rows, reference, seed, without)
    comparisons: dict[str, tuple[Comparison, ...]] = {c: matched.channel(c, stream.tests) for c in CHANNELS}
    channel_p = {channel: p for channel, found in comparisons.items() if (p := _strongest(found)) is not None}
    corroborated = _corroborated(list(channel_p.values()))
    far = {c: [each for each in found if not each.signal.local] for c, found in comparisons.items()}
    afar = _corroborated([p for found in far.values() if (p := _strongest(found)) is not None])
    purpose, purpose_p = _purpose(stream, matched)
    known_for = purpose if purpose_p <= PURPOSEFUL else 0.0
    strangers = _strangers(afar, sorted(each.p_value for found in far.values() for each in found), known_for)
    tested = {comparison.signal.name: comparison for found in comparisons.values() for comparison in found}
    payment = tested.get("shared_payment") or matched.compare(named("shared_payment"))
    explanations = alternatives(stream, payment, corroborated, purpose_p <= PURPOSEFUL, strangers)
    facts = [*channel_p.values(), explanations[0].p_value]
    return Verdict(
        stream,
        matched,
        comparisons,
        channel_p,
        purpose,
        purpose_p,
        corroborated,
        afar,
        explanations,
        float(np.mean([p_to_e(p) for p in facts])),
    )


def _strongest(found: Sequence[Comparison]) -> float | None:
    """P-value of a channel's comparisons, most telling first: Bonferroni, they are anything but independent."""
    return min(1.0, len(found) * found[0].p_value) if found else None


def _corroborated(tested: Sequence[float]) -> float:
    """P-value that nothing but what linked them speaks for a campaign.

    The better of the strongest channel (Bonferroni) and all together (Fisher 1932), doubled for the choice.
    """
    if not tested:
        return 1.0
    p = np.array(tested)
    together = float(chi2.sf(-2 * np.log(p).sum(), 2 * len(p)))
    return min(1.0, 2 * min(len(p) * float(p.min()), together))


def _strangers(afar: float, signals: Sequence[float], purpose: float) -> float:
    """P-value that members have nothing to do with each other, 1 where it doesn't tell: of all signals, ascending.

    The users of one program have its habit in common; an employer's contractors signed up together. So two must speak,
    and surely; less so where most prompts say what they are for.
    """
    least = NO_STRANGERS_AIMED if purpose >= MAINLY else NO_STRANGERS
    return afar if afar <= least and len(signals) > 1 and signals[1] <= BOTH else 1.0


def _purpose(stream: Stream, matched: Matched) -> tuple[float, float]:
    """How many of the stream's prompts are worded as an elicitation, and the p-value of that; (0, 1) unknown."""
    compared = matched.compare(named("elicitation"), worded(stream.population, stream.rows, stream.mask[:, :TEXTS]))
    return (compared.value, compared.p_value) if compared is not None else (0.0, 1.0)
