"""What must speak for a candidate beside what linked it, at fixed levels: these carry no error rate.

They guard against an innocent explanation that is not on the list. The other channels may speak, or what is asked
for, or that one queue is behind it, or, where nobody knows what is asked, who pays.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from stillwatch.campaigns.alternatives import interchangeable
from stillwatch.campaigns.candidates.families import REUSED, in_common
from stillwatch.campaigns.one_queue import broad
from stillwatch.campaigns.streams import Stream
from stillwatch.campaigns.verdict import MAINLY, MOSTLY, NO_STRANGERS, Verdict

CORROBORATED = 0.001
CORROBORATED_COARSE = 1e-4  #: the same for coarse groups: a part of them would carry the others along
CORROBORATED_PURPOSELESS = 1e-4  #: the same where most ask as anybody does, who may have a common cause to
CORROBORATED_LIGHTLY = 1e-9  #: and where their few prompts linked them
#: Of that, where all do, what is left without what neighbours have in common anyhow: addresses, networks, hours.
AFAR = 0.2
FIRM = 1e-5  #: p-value of the explanations at which what is asked for corroborates: a language is no purpose
#: The same at which some prompts of that wording do, in a family with a frame; or one queue that feeds them. And
#: the share of such prompts in a frame: of some languages the classifier recognises few more.
CERTAIN, FRAMED = 1e-12, 0.2
QUEUED = 1e-14  #: the same of one queue that has a theme or a frame: who asks about one matter is told apart less
AT_ONCE, SOME = 1e-4, 0.3  #: the same where they came at one time, and the share of their prompts that must say so
SHOWN = 20  #: prompts of a member, by the median, from which on it shows whether they have matters of their own
NEARLY_ALL = 0.95  #: share of prompts worded as elicitations from which on fewer say what they are for, too
SECOND = 0.01  #: p-value above which a second signal does not speak, and the first one alone does
IN_COMMON = 0.8  #: part of a coarse group's members who have a piece of its wording in common, if it has one frame

#: What speaks for a candidate: the channels that did not link it; or, alone, what it asks for, that one queue feeds it,
#: or who pays.
Corroboration: TypeAlias = Literal["channels", "purpose", "queue", "payers"]

_CAUTIONS: dict[Corroboration, str] = {
    "purpose": "Beside what linked them, nothing but what they ask for speaks for a campaign. Customers of one product "
    "whose template asks for it would look alike: find out who they are before you act.",
    "queue": "Beside what linked them, nothing speaks for a campaign but that nothing they ask tells one from another, "
    "as if it were dealt out of one queue. Products of one kind that serve the public would look alike, and who asks "
    "little and broadly may be among them: look at each before you act.",
    "payers": "Nothing but who pays for them speaks for a campaign: find out who that is before you act.",
}
_TOGETHER = (
    "They came at one time, and what they ask is what speaks for a campaign. A launch, a course, or an article "
    "with a prompt to try brings people who look alike: find out what brought these before you act."
)
_ONE_THING = (
    "Beside what linked them, one thing alone speaks for a campaign, and they asked little. The launch of a product, "
    "or a prompt that goes around, brings many customers at one time who look alike: find out what brought these "
    "before you act."
)


def corroboration(verdict: Verdict) -> Corroboration | None:
    """What speaks for it, the surest first; None where nothing does.

    What it is there for may do (`_purpose`). So may being fed from one queue, where all explanations are ruled out as
    surely as possible. Payers that cross as surely may do without where nobody knows what is asked; where it is known,
    an honest reseller's pool asks nothing but what others ask.
    """
    if by_channels(verdict):
        return "channels"
    if _purpose(verdict):
        return "purpose"
    if verdict.fed and ruled_out(verdict, CERTAIN if broad(verdict.stream) else QUEUED):
        return "queue"
    return "payers" if verdict.stream.tied and not verdict.stream.population.prompts_known else None


def by_channels(verdict: Verdict) -> bool:
    """Whether the channels that did not link it speak: the surer, the likelier that its members have a common cause."""
    stream, known = verdict.stream, verdict.stream.population.prompts_known
    if stream.channel == "timing":
        # A launch, a course or an article brings customers who look alike, but for what each of them asks.
        on_one_subject = verdict.channel_p.get("content", 1.0) <= CORROBORATED_LIGHTLY
        return on_one_subject and ruled_out(verdict, FIRM)
    if many_frames(stream):  # people whose products word alike, and a campaign among them
        return verdict.corroborated_afar <= NO_STRANGERS
    if not known or verdict.aimed:
        sure = CORROBORATED_COARSE if stream.coarse else CORROBORATED
        mostly = verdict.aimed and verdict.purpose >= MOSTLY
        return verdict.corroborated <= (CORROBORATED_PURPOSELESS if known and not mostly else sure)
    as_others = verdict.explained > FIRM or verdict.channel_p.get("content", 0.0) > CORROBORATED
    if stream.channel == "infrastructure" and as_others:
        return False  # an honest reseller's customers are many, and ask as anybody does
    lightly = stream.channel == "content" and _lightly(verdict)
    if stream.channel == "content" and _second(verdict) > SECOND and (lightly or verdict.explained > CERTAIN):
        return False  # an extension that is new, or an article with a prompt to try; agencies that do the same work
    # The shops of one franchise share its prompts, its country's carriers and its opening hours.
    least = CORROBORATED_LIGHTLY if lightly else CORROBORATED_PURPOSELESS
    return verdict.corroborated <= least and verdict.corroborated_afar <= AFAR


def _purpose(verdict: Verdict) -> bool:
    """Whether what it asks for speaks: the larger its share, the surer the explanations have to be ruled out.

    Who uses a product lightly asks what it asks for them; who asks more has matters of their own to be seen. So of
    light users nearly all prompts have to say it, but for those who came at one time; and where content linked them,
    most, if no explanation holds as surely as possible.
    """
    stream = verdict.stream
    if stream.channel == "timing":
        return verdict.aimed and _says(verdict, SOME, AT_ONCE)
    lightly, by_content = _lightly(verdict), stream.channel == "content"
    mostly, mainly = (NEARLY_ALL, NEARLY_ALL) if lightly else (MOSTLY, MAINLY)
    level = CERTAIN if lightly and by_content else FIRM
    if many_frames(stream):
        return verdict.aimed and _says(verdict, mainly, level)
    if not verdict.aimed:
        # Comparable accounts may be other campaigns'; of real users' prompts hardly one in a hundred is so worded.
        return by_content and _says(verdict, mostly, CERTAIN)
    surely = by_content and _says(verdict, MOSTLY, CERTAIN)
    framed = by_content and not lightly and _says(verdict, FRAMED, CERTAIN) and _one_frame(stream)
    return _says(verdict, mostly, level) or surely or framed


def _says(verdict: Verdict, share: float, level: float) -> bool:
    """Whether so many of its prompts say what it is for, and the explanations are ruled out at that level."""
    return verdict.purpose >= share and ruled_out(verdict, level)


def ruled_out(verdict: Verdict, level: float) -> bool:
    """Whether the explanations are ruled out at that level, of all members: the oddest may be who tells it apart."""
    return verdict.explained <= level and interchangeable(verdict.stream) <= level


def many_frames(stream: Stream) -> bool:
    """Whether a coarse group reuses many frames that have little in common."""
    return stream.coarse and stream.why == REUSED and in_common(stream) < IN_COMMON


def caution(verdict: Verdict) -> str | None:
    """What a person should know before acting on it, in words; None where the other channels speak for it."""
    spoken = corroboration(verdict)
    if spoken is not None and verdict.stream.channel == "timing":
        return _TOGETHER
    if spoken == "channels":
        return _ONE_THING if _one_thing(verdict) else None
    return _CAUTIONS.get(spoken) if spoken is not None else None


def _lightly(verdict: Verdict) -> bool:
    """Whether members asked too little to show matters of their own; False where nobody knows what is asked."""
    stream = verdict.stream
    return stream.population.prompts_known and bool(np.median(stream.population.sampled[stream.rows]) < SHOWN)


def _one_thing(verdict: Verdict) -> bool:
    """Whether a single signal speaks for light users whom content linked, and not all they ask says what for."""
    mainly = verdict.aimed and verdict.purpose >= NEARLY_ALL
    return verdict.stream.channel == "content" and _lightly(verdict) and not mainly and _second(verdict) > SECOND


def _second(verdict: Verdict) -> float:
    """The p-value of the second signal that speaks, 1 where there is none."""
    signals = sorted(each.p_value for found in verdict.comparisons.values() for each in found)
    return min(signals[1:], default=1.0)


def _one_frame(stream: Stream) -> bool:
    """Whether the members reuse a frame of their own: it linked them, or most have a piece of it in common."""
    if not len(stream.wording):
        return False
    return (stream.why == REUSED and not stream.coarse) or in_common(stream) >= IN_COMMON
