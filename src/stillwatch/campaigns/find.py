"""Find the campaigns: candidates from every linker, judged, thinned to what survives, and their members settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from stillwatch.calibrate.matched import prepare_types
from stillwatch.campaigns.candidates import LINKERS
from stillwatch.campaigns.candidates.families import manner, preamble, prepare_manner, wording
from stillwatch.campaigns.corroboration import corroboration
from stillwatch.campaigns.evidence import nearness, paid_for, partners
from stillwatch.campaigns.findings import Finding, disjoint, join, of_one_mind, one_operator
from stillwatch.campaigns.gatherings import gathered
from stillwatch.campaigns.kernels import hits
from stillwatch.campaigns.membership import ORDINARY, Chances, Weighed, lookalikes, membership
from stillwatch.campaigns.mixture import like_minds
from stillwatch.campaigns.one_queue import broad
from stillwatch.campaigns.scouting import LEAST_TRIERS, Frame
from stillwatch.campaigns.standing import LEAST_MEMBERS, MANY, MOSTLY_OWN, borne_out, in_any, standing_of
from stillwatch.campaigns.strays import to_their_bursts
from stillwatch.campaigns.streams import Stream, whole
from stillwatch.campaigns.verdict import Verdict
from stillwatch.cores import cores, each
from stillwatch.signals.infrastructure import values
from stillwatch.signals.population import Floats, Ints, Population
from stillwatch.signals.registry import registry

MOSTLY_INSIDE = 0.8  #: share of a group's accounts that lie in another one, from which on it is a part of that
FEW_TIED = 0.5  #: of a group that asks as anybody does, below which those who pay together don't speak for the others
#: Of a campaign that asks about everything its linker has taken in people who ask broadly, whatever speaks for it, and
#: left many who belong.
BROAD_CHANCES = Chances(linked=0.4, added=0.05, broad=True)
BYSTANDER = 0.02  #: probability below which one who shares a means of payment or a place with members is a bystander
PAYING = 0.25  #: part of the members who pay with each other's means, from which on bystanders are in their places, too
MISTAKEN = 12.0  #: chance of being a bystander, up to which a member of a broad campaign is named, in units of the rate
MOSTLY_SCOUTS = 0.5  #: part of a finding that tried another one's wording, from which on it is a stage of that
ROUNDS = 3  #: of widening a campaign whose members use a frame that only some of them had shown


@dataclass(frozen=True, eq=False)
class Found:
    """The findings, and everybody else."""

    findings: list[Finding]
    pool: Ints  #: accounts in no campaign


def find_campaigns(population: Population, rate: float, baseline: Population | None = None) -> Found:
    """Campaigns at false discovery rate `rate`, largest first.

    A campaign must reject every benign explanation (Benjamini-Hochberg over all candidates, on the largest p-value of
    each), and be corroborated by the channels that did not link it, at a fixed level: that guards against a gap in the
    explanations, not against chance. Groups are compared with groups of like accounts of the baseline; without one, of
    all other accounts in the log.
    """
    reference = population if baseline is None else baseline
    candidates = _proposed(population)
    if not candidates:
        return Found([], np.arange(len(population)))
    with ThreadPoolExecutor(cores() if len(population) >= MANY else 1) as spare:
        ahead = [spare.submit(step) for step in _preparations(population, reference)]
        standing = standing_of(population, candidates, reference, rate)
        for step in ahead:
            step.result()
    known = in_any((verdict.stream.rows for verdict in standing), len(population))
    clusters = _overlapping(_unmixed(standing, len(population)), len(population))
    linked = [
        (group, cluster) for cluster in clusters for group in _groups(population, cluster, reference, rate, known)
    ]
    by_content = [group for group, _ in linked if group[0].stream.channel == "content"]
    findings = _settled(population, by_content, rate, np.zeros(0, np.int64))
    taken = in_any((finding.rows for finding in findings), len(population))
    others = [_left_of(*found, taken) for found in linked if found[0][0].stream.channel != "content"]
    by_others = [group for group in others if group is not None]
    findings += _settled(population, by_others, rate, np.flatnonzero(taken))
    apart = disjoint(population, of_one_mind(population, findings, LEAST_MEMBERS), LEAST_MEMBERS)
    settled = with_forerunners(population, one_operator(population, to_their_bursts(population, apart)), rate)
    return Found(settled, np.flatnonzero(~in_any((finding.rows for finding in settled), len(population))))


def _settled(
    population: Population, linked: Sequence[tuple[Verdict, Ints]], rate: float, others: Ints
) -> list[Finding]:
    """The findings that linked groups become; nobody is taken from another one of them, nor from the `others`."""

    def settle(number: int) -> Finding:
        verdict, rows = linked[number]
        elsewhere = [rows for other, (_, rows) in enumerate(linked) if other != number]
        return _settle(population, verdict, rows, rate, np.concatenate([*elsewhere, others]))

    found = each(settle, range(len(linked)))
    kept = [f for f in found if len(f.rows) >= LEAST_MEMBERS and not _dissolved(f)]
    return [f for f in kept if not gathered(population, f)]


def _proposed(population: Population) -> list[Stream]:
    """The candidates of all linkers."""
    # Linkers spend their time outside the interpreter; what follows is many small steps, which threads only slow down
    # while accounts are few.
    with ThreadPoolExecutor(cores()) as pool:
        proposed = pool.map(lambda linker: linker(population, LEAST_MEMBERS), LINKERS)
        return [stream for streams in proposed for stream in streams if population.uses(stream.channel)]


def _preparations(population: Population, reference: Population) -> list[Callable[[], object]]:
    """What judging and settling ask of all accounts: for cores that would have nothing to do meanwhile."""
    signals = [s for s in registry() if s.columns <= population.columns and population.uses(s.channel)]
    return [
        partial(prepare_types, population, reference),
        *(partial(signal.prepare, population) for signal in signals),
        partial(prepare_manner, population),
    ]


def _unmixed(verdicts: Sequence[Verdict], accounts: int) -> list[Verdict]:
    """Leave out groups of payers in which two others stand that have next to nothing in common: a mixture of both."""
    linked = [v for v in verdicts if v.stream.channel == "infrastructure"]
    inside = np.zeros((len(linked), accounts), np.float32)
    for number, verdict in enumerate(linked):
        inside[number, verdict.stream.rows] = 1
    common, size = inside @ inside.T, inside.sum(axis=1)
    part = (common >= MOSTLY_INSIDE * size[:, None]) & (size[:, None] < size[None, :])  # [small, large]
    apart = common < 0.1 * np.minimum(size[:, None], size[None, :])
    mixed = {id(v) for v, own in zip(linked, part.T, strict=True) if apart[np.ix_(own, own)].any()}
    return [verdict for verdict in verdicts if id(verdict) not in mixed]


def _overlapping(verdicts: Sequence[Verdict], accounts: int) -> list[list[Verdict]]:
    """Cluster verdicts whose members overlap by half of the smaller: several linkers found one campaign."""
    order = sorted(verdicts, key=lambda v: (v.stream.coarse, -len(v.stream.rows)))
    clusters: list[tuple[npt.NDArray[np.bool_], list[Verdict]]] = []
    for verdict in order:
        least = MOSTLY_INSIDE if verdict.stream.channel == "infrastructure" else 0.5
        for inside, cluster in clusters:
            if inside[verdict.stream.rows].mean() >= least:
                cluster.append(verdict)
                inside[verdict.stream.rows] = True
                break
        else:
            inside = np.zeros(accounts, bool)
            inside[verdict.stream.rows] = True
            clusters.append((inside, [verdict]))
    return [cluster for _, cluster in clusters]


def _groups(
    population: Population,
    cluster: Sequence[Verdict],
    reference: Population,
    rate: float,
    known: npt.NDArray[np.bool_],
) -> list[tuple[Verdict, Ints]]:
    """What a cluster's verdicts linked, with the best of them; or each part of it that stands on its own.

    Two campaigns may ask much the same, and innocent accounts what a campaign asks.
    """
    rows = np.unique(np.concatenate([v.stream.rows for v in cluster]))
    best = max(cluster, key=lambda v: (v.e_value, len(v.stream.rows)))
    channel, why = best.stream.channel, best.stream.why

    def stand(parts: Sequence[Ints], known: npt.NDArray[np.bool_]) -> list[tuple[Verdict, Ints]]:
        left = [part for part in parts if len(part) >= LEAST_MEMBERS]
        apart = [whole(population, part, channel, why, wording(population, part)) for part in left]
        apart = [replace(part, columns=best.stream.columns, chance=best.stream.chance) for part in apart]
        return [(verdict, verdict.stream.rows) for verdict in borne_out(apart, reference, rate, known)]

    if channel == "timing":
        return [(best, rows)]
    parts = like_minds(population, rows)
    if len(parts) > 1:  # which may be no more than a campaign's languages, or its frames: then none stands alone
        return stand(parts, known) or [(best, rows)]
    if channel == "content" and not best.aimed:
        tied = partners(population, "payment", rows)[rows] > 0
        few = LEAST_MEMBERS <= tied.sum() < FEW_TIED * len(rows)
        beside = known | in_any([rows], len(population))
        if few and not stand([rows[~tied]], beside) and (alone := stand([rows[tied]], beside)):
            return alone
    return [(best, rows)]


def _left_of(
    group: tuple[Verdict, Ints], cluster: Sequence[Verdict], taken: npt.NDArray[np.bool_]
) -> tuple[Verdict, Ints] | None:
    """What payers or a burst linked, where nothing that content linked has taken them in, (accounts,); or what it left.

    Two operators who share means of payment are one to the linker, of whom content may know one.
    """

    def own(rows: Ints) -> bool:
        return bool((~taken[rows]).mean() >= MOSTLY_OWN)

    if own(group[1]):
        return group
    left = [verdict for verdict in cluster if verdict.stream.channel != "content" and own(verdict.stream.rows)]
    if not left:
        return None
    best = max(left, key=lambda v: (v.e_value, len(v.stream.rows)))
    return best, best.stream.rows


def _settle(population: Population, best: Verdict, rows: Ints, rate: float, others: Ints) -> Finding:
    """Decide the members: start from those that were linked, weigh everyone they might include.

    Accounts in `others` were linked to other campaigns, and are not taken from them.
    """
    known, members, probability = rows, rows, np.ones(len(rows))
    chances, bystanders = _chances(best), rows[:0]
    for _ in range(ROUNDS):
        words = manner(population, known)
        core = whole(population, known, best.stream.channel, best.stream.why, words)
        near = nearness(population.topics, known)
        alike, fringe = _eligible(population, core, near, chances.broad)
        eligible = np.union1d(np.setdiff1d(np.union1d(alike, fringe), others), known)
        weighed = Weighed(core, near, eligible, fringe, rows, np.setdiff1d(others, known), bystanders)
        chance = membership(population, weighed, chances)
        members, probability = eligible[chance > 0.5], chance[chance > 0.5]
        before, known = len(known), np.setdiff1d(members, fringe)  # a piece of wording leads no further
        if len(known) < LEAST_MEMBERS or len(known) <= 1.1 * before:
            break
        bystanders = np.setdiff1d(eligible[chance < BYSTANDER], rows)
        bystanders = bystanders[_next_to(population, known)[bystanders]]
    sure = (_each_sure if chances.broad else _surest)(probability, rate)
    return Finding(best, members[sure], probability[sure], rows)


def with_forerunners(population: Population, findings: Sequence[Finding], rate: float) -> list[Finding]:
    """The findings, each with those who tried its wording before it was sent in numbers, and others who are like them.

    Whatever they tried, campaigns of that purpose may have taken them in: they leave those. One that is mostly made of
    them goes with them. Who tried the wordings of several goes to the one that most did. Who sends the whole frame of
    the campaign that took it in stays, and so do scouts who are known.
    """
    left = list(findings)
    frames = [Frame(population, finding.rows) for finding in left]
    tried = [frame.forerunners() for frame in frames]
    loyal = [finding.rows[frame.users[finding.rows]] for finding, frame in zip(left, frames, strict=True)]
    for at in sorted(range(len(left)), key=lambda at: -len(tried[at])):
        placed = np.concatenate([left[at].rows, *loyal, *(finding.scouts for finding in left)])
        first = np.setdiff1d(tried[at], placed)
        if len(first) < LEAST_TRIERS:
            continue
        scouts = _settle(population, left[at].verdict, first, rate, placed)
        for other in left:
            if np.isin(other.rows, scouts.rows).sum() > MOSTLY_SCOUTS * len(other.rows):
                scouts = join(scouts, other)
        left = [other.only(~np.isin(other.rows, scouts.rows)) for other in left]
        left[at] = join(left[at], scouts, scouts.rows)
    return [finding for finding in left if len(finding.rows) >= LEAST_MEMBERS]


def _next_to(population: Population, members: Ints) -> npt.NDArray[np.bool_]:
    """Who pays with what members pay with, (accounts,); or is in their places, where members are known by payment."""
    beside = np.zeros(len(population), bool)
    paying = paid_for(population, members)[members].mean() >= PAYING
    for attribute in ("payment", "network") if paying else ("payment",):
        beside[_sharing(population, members, attribute)] = True
    return beside


def _dissolved(finding: Finding) -> bool:
    """Whether most of those whom content linked to a broad campaign turn out to be none of its: there was none.

    Nothing but what they ask spoke for it, and what else they do tells them from each other.
    """
    own = np.isin(finding.core, finding.rows).mean()
    return bool(own < 0.5 and _chances(finding.verdict).broad)


def _chances(best: Verdict) -> Chances:
    """Of belonging, for who was linked and who was not; where only what is asked speaks, its linker has read that.

    There at most as many others are expected as were linked, among all accounts: a campaign is no larger in a larger
    log, but more customers of some product ask what it asks.
    """
    if best.stream.channel == "content" and not best.aimed and broad(best.stream):
        return BROAD_CHANCES
    if corroboration(best) in ("purpose", "queue"):
        return replace(ORDINARY, added=min(ORDINARY.added, len(best.stream.rows) / len(best.stream.population)))
    return ORDINARY


def _surest(probability: Floats, rate: float) -> npt.NDArray[np.bool_]:
    """The likeliest members, as many as keep the expected share of bystanders among them at most `rate`.

    A campaign whose members are sure can afford some who are less so; one that lies among people like it can't.
    """
    order = np.argsort(-probability, kind="stable")
    bystanders = np.cumsum(1 - probability[order]) / np.arange(1, len(order) + 1)
    named = np.zeros(len(order), bool)
    named[order[bystanders <= rate]] = True
    return named


def _each_sure(probability: Floats, rate: float) -> npt.NDArray[np.bool_]:
    """The members of a broad campaign: each is named by itself, up to a local false discovery rate (Efron 2010).

    Some of its members are never sure, and whom it is least sure of is a pupil as often as the probability says.
    """
    return np.asarray(1 - probability <= MISTAKEN * rate)


def _eligible(population: Population, core: Stream, near: Floats, broad: bool) -> tuple[Ints, Ints]:
    """The core and who may belong to it; and who else may, as one who carries any piece of its wording.

    Of a `broad` one, which has no wording, also those who ask most nearly the same.

    Those who ask as it does: its wording as much, its system prompt, a rare value and the content; and those who pay
    with what it pays with, whatever can be seen of what they ask. Of a campaign that varies its wording, an account
    with a single prompt may show less of it.
    """
    eligible, fringe = np.zeros(len(population), bool), np.zeros(len(population), bool)
    if len(core.wording):
        everybody = np.arange(len(population))
        count = hits(population.profiles["shingles"], population.sampled, everybody, core.wording)
        own = count[core.rows]
        half = max(1.0, 0.5 * float(np.median(own[own > 0]))) if (own > 0).any() else np.inf
        for least, chosen in ((half, eligible), (1, fringe)):
            used = (count >= least).sum(axis=1)
            share = used / np.maximum(population.sampled, 1)
            chosen |= (share >= 0.5 * np.median(share[core.rows])) & (used > 0)
    eligible |= preamble(population, core.rows)
    alike = near >= np.quantile(near[core.rows], 0.1)
    for attribute in ("payment", "network", "tls_fingerprint"):
        sharing = _sharing(population, core.rows, attribute)
        eligible[sharing] |= alike[sharing] | (attribute == "payment")
    eligible[core.rows] = True
    if broad:
        fringe[lookalikes(core.rows, ~eligible, near)] = True
    return np.flatnonzero(eligible), np.flatnonzero(fringe & ~eligible)


def _sharing(population: Population, members: Ints, attribute: str) -> Ints:
    """The accounts that have a value of the attribute in common with members, those among them; may name one twice."""
    account, code = values(population, attribute)
    if not len(code):
        return account
    inside = np.zeros(len(population), bool)
    inside[members] = True
    shared = np.zeros(code.max() + 1, bool)
    shared[code[inside[account]]] = True
    return account[shared[code]]
