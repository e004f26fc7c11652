"""Describe a campaign: from a finding to the record that a person reads and other tools rely on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from stillwatch.calibrate import Comparison
from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.corroboration import caution
from stillwatch.campaigns.findings import Finding
from stillwatch.campaigns.model import Campaign, ChannelEvidence, Technique
from stillwatch.campaigns.one_queue import broad
from stillwatch.campaigns.share import belonging, share_of_traffic
from stillwatch.campaigns.sharing import links, shared_values
from stillwatch.campaigns.streams import Stream
from stillwatch.campaigns.succession import model_pivot, succession, technique_probing
from stillwatch.campaigns.verdict import MOSTLY
from stillwatch.campaigns.wordings import describe_families
from stillwatch.exchange import moment
from stillwatch.profile.cues import cue_sets
from stillwatch.profile.layout import BUCKET, BUCKETS
from stillwatch.signals import CHANNELS, registry
from stillwatch.signals.population import Floats, Ints, Population
from stillwatch.signals.registry import named

LEAST_TECHNIQUE = 0.2  #: share of the campaign's prompts with a technique's cues
MIXED = 0.8  #: below this share of members' traffic, the accounts look resold


@dataclass(frozen=True, eq=False)
class Described:
    """A campaign and each member's share of traffic in it, in the order of the members."""

    campaign: Campaign
    member_share: Floats


def describe(population: Population, finding: Finding) -> Described:
    """Put a finding into words and figures. Members are ordered by name."""
    names = population.profiles.names
    order = np.array(sorted(range(len(finding.rows)), key=lambda i: names[finding.rows[i]]))
    rows, probability = finding.rows[order], finding.probability[order]
    identity = "c-" + hashlib.sha256("\n".join(names[row] for row in rows).encode()).hexdigest()[:8]
    words = wording(population, rows)
    mine = belonging(population, rows, words)
    member_share, share = share_of_traffic(population, rows, mine, int(identity[2:], 16))
    counts = population.exchanges[rows]
    timeline = _timeline(population, rows)
    peak = max(timeline, key=lambda point: point[1])[0]
    return Described(
        Campaign(
            campaign=identity,
            members=tuple(names[row] for row in rows),
            membership=tuple(round(float(p), 4) for p in probability),
            exchanges=int(counts.sum()),
            campaign_exchanges=round(float((member_share * counts).sum())),
            share=(round(share[0], 4), round(share[1], 4), round(share[2], 4)),
            input_tokens=_tokens(population, rows, "input"),
            output_tokens=_tokens(population, rows, "output"),
            first_time=moment(int(population.profiles["first"][rows].min())),
            last_time=moment(int(population.profiles["last"][rows].max())),
            peak_time=peak,
            timeline=timeline,
            p_value=finding.verdict.explained,
            e_value=finding.verdict.e_value,
            techniques=_techniques(finding.verdict.stream, rows, mine, share),
            evidence=tuple(_evidence(finding, channel, population) for channel in CHANNELS),
            alternatives=finding.verdict.alternatives,
            families=describe_families(population, rows, mine, words),
            shared=shared_values(population, rows),
            succession=succession(population, rows),
            pivot=model_pivot(population, rows),
            caution=caution(finding.verdict),
            probing=technique_probing(population, rows, finding.scouts),
            links=links(population, rows),
        ),
        member_share,
    )


def _tokens(population: Population, rows: Ints, kind: str) -> int | None:
    if not population.profiles.count(f"{kind}_known")[rows].any():
        return None
    return int(population.profiles.count(f"{kind}_tokens")[rows].sum())


def _timeline(population: Population, rows: Ints) -> tuple[tuple[datetime, int], ...]:
    """Exchanges per three hours, or per day beyond ten days; past the ring of 32 days, the buckets fold onto it."""
    first = int(population.profiles["first"][rows].min()) // BUCKET
    last = int(population.profiles["last"][rows].max()) // BUCKET
    last = min(last, first + BUCKETS - 1)
    step = 8 if last - first > 80 else 1
    first -= first % step
    ring = population.profiles["buckets"][rows].sum(axis=0)
    return tuple(
        (moment(start * BUCKET), int(ring[[b % BUCKETS for b in range(start, min(start + step, last + 1))]].sum()))
        for start in range(first, last + 1, step)
    )


def _techniques(stream: Stream, rows: Ints, mine: npt.NDArray[np.bool_], share: Floats) -> tuple[Technique, ...]:
    population = stream.population
    cues = population.profiles["item_cues"][rows]
    found: list[Technique] = []
    if not mine.any():  # nobody knows what is asked
        return ()
    for bit, cue_set in enumerate(cue_sets()):
        part = float(((cues >> np.uint32(bit)) & 1)[mine].mean()) if mine.any() else 0.0
        everyone = float(population.cue_rate[:, bit].mean())
        if part >= LEAST_TECHNIQUE and part >= 2 * everyone:
            found.append(Technique(cue_set.title, cue_set.atlas, round(part, 3)))
    found.sort(key=lambda technique: -technique.share)
    if not found:
        values = named("elicitation").values(population)[rows]
        worded = float(np.nan_to_num(values).mean())
        if worded >= MOSTLY:
            found = [Technique("elicitation of an unnamed technique", "AML.T0024.002", round(worded, 3))]
        else:
            what = "broad instruction coverage" if broad(stream) else "plain requests, worded as anybody's"
            found = [Technique(what, "AML.T0024.002", 1.0)]
    if share[0] < MIXED:
        found.append(Technique("resold accounts (AI service proxies)", "AML.T0008.005", round(float(share[0]), 3)))
    return tuple(found)


def _evidence(finding: Finding, channel: str, population: Population) -> ChannelEvidence:
    linked = channel == finding.verdict.stream.channel
    compared = finding.verdict.matched.channel(channel) if linked else finding.verdict.comparisons[channel]
    signals = tuple((c.signal.name, round(c.value, 4), round(c.expected, 4)) for c in compared)
    if linked:
        summary = f"linked by {finding.verdict.stream.why}"
        if compared:
            summary += "; " + _sentence(compared[0])
        return ChannelEvidence(channel, None, "linked", summary, signals)
    if not compared:
        needed = sorted({c for s in registry() if s.channel == channel for c in s.columns} - population.columns)
        missing = f"the log lacks {', '.join(needed)}" if needed else "too few comparable accounts"
        missing = missing if population.uses(channel) else "left out of this analysis"
        return ChannelEvidence(channel, None, "not computable", missing)
    return ChannelEvidence(
        channel, finding.verdict.channel_p[channel], "tested", "; ".join(_sentence(c) for c in compared[:2]), signals
    )


def _sentence(comparison: Comparison) -> str:
    meaning = comparison.signal.meaning.rstrip(".")
    return f"{meaning}: {comparison.value:.3g} against {comparison.expected:.3g} in comparable groups"
