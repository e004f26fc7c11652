"""Which candidates stand: no benign explanation holds for them, and more speaks for them than what linked them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.stats import false_discovery_control

from stillwatch.calibrate.matched import prepare_neighbours
from stillwatch.campaigns.alternatives import hopeless
from stillwatch.campaigns.corroboration import CERTAIN, by_channels, corroboration, many_frames, ruled_out
from stillwatch.campaigns.material import common
from stillwatch.campaigns.one_queue import fed
from stillwatch.campaigns.scouting import Frame
from stillwatch.campaigns.streams import Stream
from stillwatch.campaigns.verdict import Verdict, judge
from stillwatch.cores import each
from stillwatch.signals.population import Ints, Population

MANY = 65_536  #: accounts from which on a look at whether a candidate is hopeless is work enough for a thread
STRANGE = 0.75  #: share of all accounts that may be left out of comparisons
ASIDE = 1 / 3  #: share that may be left out of who asks like a candidate: beyond it, nobody is told apart in that log
OVERLAPS = 0.1  #: share of a coarse group's accounts in finer ones, from which on it goes without them
MOSTLY_OWN = 0.7  #: share that are in none, below which it is left out
PARTLY_OWN = 0.5  #: the same of payers who are tied for sure, and of those looked at again
LEAST_MEMBERS = 8


def standing_of(
    population: Population, candidates: Sequence[Stream], reference: Population, rate: float
) -> list[Verdict]:
    """The candidates that no benign explanation holds for, and that are corroborated.

    A campaign hides the next one that is like it, until nobody is compared with it any more: so the others are looked
    at again. What they have to rule out stays the same.
    """
    standing, others = _looked_at(population, candidates, reference, rate, [])
    if standing:
        again = [verdict.stream for verdict in others]
        more, others = _looked_at(population, again, reference, rate, standing, len(candidates))
        standing += more
    standing += _scouts(population, standing, [v for v in others if corroboration(v) is not None], rate)
    return _whole(population, standing + _spoken_for(population, candidates, standing, others, reference, rate))


def _whole(population: Population, standing: Sequence[Verdict]) -> list[Verdict]:
    """Those that stand, but for pieces that one queue alone speaks for, of what stands by more than that."""
    queued = {id(verdict) for verdict in standing if corroboration(verdict) == "queue"}
    known = in_any((v.stream.rows for v in standing if id(v) not in queued), len(population))
    return [v for v in standing if id(v) not in queued or known[v.stream.rows].mean() <= PARTLY_OWN]


def _looked_at(
    population: Population,
    candidates: Sequence[Stream],
    reference: Population,
    rate: float,
    known: Sequence[Verdict],
    proposed: int = 0,
) -> tuple[list[Verdict], list[Verdict]]:
    """The verdicts that no benign explanation holds for: those that stand, and the others.

    Nobody is compared with members of the `known`, and candidates that are mostly those are left out. Where these are
    some that were left of all `proposed`, as many count as tested.
    """
    fine = in_any((verdict.stream.rows for verdict in known), len(population))
    tested = [stream for stream in candidates if not stream.coarse and fine[stream.rows].mean() <= PARTLY_OWN]
    verdicts = _unexplained(tested, reference, rate, fine)
    for verdict in _parted(verdicts, known, max(len(tested), proposed), rate)[0]:
        if corroboration(verdict) != "queue":  # a piece of a group for which more may speak
            fine[verdict.stream.rows] = True
    left = [own for stream in candidates if stream.coarse and (own := _beside(stream, fine)) is not None]
    verdicts += _unexplained(left, reference, rate, fine)
    return _parted(verdicts, known, max(len(tested) + len(left), proposed), rate)


def _parted(
    verdicts: Sequence[Verdict], known: Sequence[Verdict], tested: int, rate: float
) -> tuple[list[Verdict], list[Verdict]]:
    """Those of the verdicts that are corroborated, and rejected among all tested, the `known` too; and the others."""
    found = [*known, *(verdict for verdict in verdicts if corroboration(verdict) is not None)]
    kept = {id(v) for v, stands in zip(found, _rejected(found, tested, rate), strict=True) if stands}
    return [v for v in verdicts if id(v) in kept], [v for v in verdicts if id(v) not in kept]


def _beside(stream: Stream, fine: npt.NDArray[np.bool_]) -> Stream | None:
    """A coarse group without accounts of fine ones; none where it is mostly those and look-alikes of theirs.

    Nor is a family of many frames cut, or payers who are not tied for sure: what is left may be tied by those who are
    gone.
    """
    own = ~fine[stream.rows]
    if own.mean() > 1 - OVERLAPS:
        return stream
    if many_frames(stream) if stream.channel == "content" else not stream.tied:
        return None
    least = MOSTLY_OWN if stream.channel == "content" else PARTLY_OWN
    if own.mean() < least or own.sum() < LEAST_MEMBERS:
        return None
    return stream.only(np.flatnonzero(own))


def _scouts(
    population: Population, standing: Sequence[Verdict], others: Sequence[Verdict], rate: float
) -> list[Verdict]:
    """The others that tried the wording of a standing one before it: a few hypotheses, chosen by other evidence."""
    known = in_any((verdict.stream.rows for verdict in standing), len(population))
    others = [verdict for verdict in others if not known[verdict.stream.rows].mean() > 0.5]
    if not others:
        return []
    seen = np.zeros(len(population), bool)
    frames = []
    for verdict in standing:
        if not seen[verdict.stream.rows].mean() > 0.5 and len(verdict.stream.wording):
            frames.append(Frame(population, verdict.stream.rows))
            seen[verdict.stream.rows] = True
    tried = [v for v in others if any(frame.tried_by(v.stream.rows) for frame in frames)]
    return [v for v, stands in zip(tried, _rejected(tried, len(tried), rate), strict=True) if stands]


def _spoken_for(
    population: Population,
    candidates: Sequence[Stream],
    standing: Sequence[Verdict],
    others: Sequence[Verdict],
    reference: Population,
    rate: float,
) -> list[Verdict]:
    """The others that the channels which did not link them speak for, tested once more among such candidates alone.

    Where a benign explanation holds, what those channels say does not depend on what that is tested by: so candidates
    for which they don't speak need not count (Bourgon, Gentleman and Huber 2010). Few do, in a log with few campaigns.
    """
    known = in_any((verdict.stream.rows for verdict in standing), len(population))
    doubted = [v for v in others if by_channels(v) and known[v.stream.rows].mean() <= PARTLY_OWN]
    if not doubted:
        return []
    heard = list(filter(by_channels, standing))
    looked_at = {id(verdict.stream) for verdict in (*heard, *doubted)}
    rest = _judged([stream for stream in candidates if id(stream) not in looked_at], reference, rate, known)
    return _parted(doubted, heard, len(looked_at) + sum(map(by_channels, rest)), rate)[0]


def borne_out(
    streams: Sequence[Stream], reference: Population, rate: float, known: npt.NDArray[np.bool_]
) -> list[Verdict]:
    """The verdicts on those that no benign explanation holds for, and that more speaks for than what linked them."""
    return [v for v in _unexplained(streams, reference, rate, known) if corroboration(v) is not None]


def _unexplained(
    streams: Sequence[Stream], reference: Population, rate: float, known: npt.NDArray[np.bool_]
) -> list[Verdict]:
    """The verdicts on those that no benign explanation holds for.

    `known` are members of candidates that stand already, (accounts,).
    """
    if not streams:
        return []
    look = partial(hopeless, level=rate)
    lost = each(look, streams) if len(streams[0].population) >= MANY else map(look, streams)
    left = [stream for stream, gone in zip(streams, lost, strict=True) if not gone]
    return _queued([verdict for verdict in _judged(left, reference, rate, known) if verdict.explained <= rate], known)


def _queued(verdicts: list[Verdict], known: npt.NDArray[np.bool_]) -> list[Verdict]:
    """The verdicts, each with whether one queue feeds its members: of fine groups that surely nothing explains.

    It is asked only where nothing else speaks for them.
    """
    sure = [v for v in verdicts if v.stream.channel == "content" and not v.stream.coarse and ruled_out(v, CERTAIN)]
    aside = known | in_any((verdict.stream.rows for verdict in sure), len(known))
    if aside.mean() > ASIDE:
        aside = known
    asked = {id(v) for v in sure if corroboration(v) is None}
    return each(lambda v: replace(v, fed=fed(v.stream, aside)) if id(v) in asked else v, verdicts)


def _judged(
    streams: Sequence[Stream], reference: Population, rate: float, known: npt.NDArray[np.bool_]
) -> list[Verdict]:
    """The verdicts on streams, which are not compared with the `known`, (accounts,), nor with each other's members."""
    if not streams:
        return []
    strange = _strange([stream for stream in streams if not common(stream, rate)], reference, known)
    prepare_neighbours(streams[0].population, [stream.rows for stream in streams], reference)
    return each(lambda stream: judge(stream, reference, strange), streams)


def _strange(
    streams: Sequence[Stream], reference: Population, known: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_] | None:
    """Accounts that nobody is compared with, (accounts,): a campaign is most like the next one.

    The known, and those of candidates that what is asked, or who pays, leaves no benign explanation for. An earlier
    baseline has none.
    """
    if not streams or streams[0].population is not reference:
        return None
    strange = known.copy()
    for stream in streams:
        if stream.channel == "content" or stream.tied:
            strange[stream.rows] = True
    return strange if strange.mean() <= STRANGE else None


def _rejected(verdicts: Sequence[Verdict], tested: int, rate: float) -> npt.NDArray[np.bool_]:
    """Benjamini-Hochberg over all candidates tested; those explained away count, with a p-value of one.

    Candidates overlap, so their p-values depend on each other, and positively: accounts in two candidates make both
    look alike. The procedure keeps its rate under such dependence (Benjamini and Yekutieli 2001, theorem 1.2);
    `python -m bench calibration` measures it.
    """
    p_values = np.ones(tested)
    p_values[: len(verdicts)] = [v.explained for v in verdicts]
    return np.asarray(false_discovery_control(p_values, method="bh") <= rate)[: len(verdicts)]


def in_any(groups: Iterable[Ints], accounts: int) -> npt.NDArray[np.bool_]:
    """Who is in one of the groups, (accounts,)."""
    inside = np.zeros(accounts, bool)
    for rows in groups:
        inside[rows] = True
    return inside
