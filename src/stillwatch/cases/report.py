"""`report.html`: the finding as one self-contained page that works offline, without scripts and on paper."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup

from stillwatch.campaigns.model import Campaign, Family, ScanResult, SharedValue
from stillwatch.cases import wording
from stillwatch.cases.examples import Piece, split_example, split_frame
from stillwatch.cases.limits import Gap, gaps
from stillwatch.cases.linkgraph import LinkGraph, kinds_of, link_graph
from stillwatch.cases.timeline import Timeline, timeline
from stillwatch.operate.wording import allowed_line, drift_title, moved_signals, review_line
from stillwatch.redact import visible

TEMPLATES = Path(__file__).parent / "templates"
MEMBER_ROWS = 200
EXAMPLES = 4
FAMILIES = 6
SHARED_ROWS = 24
#: Longest text that any one place of the page shows.
TEXT_LIMIT = 1_200
_FILTERS: tuple[Callable[..., str], ...] = (
    wording.count,
    wording.short_count,
    wording.percent,
    wording.power,
    wording.p_text,
    wording.figure,
    wording.minute,
    wording.moment,
    wording.plural,
)


@dataclass(frozen=True, slots=True)
class Member:
    """A row of the members table; None where the scan did not say."""

    account: str
    membership: float
    exchanges: int | None
    score: float | None
    p_value: float | None
    reasons: str
    new: bool = False  #: not among the accounts that were decided on


@dataclass(frozen=True, slots=True)
class FamilyView:
    """A family with its frame and examples split for marking."""

    family: Family
    frame: tuple[Piece, ...]
    examples: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class Dots:
    """A signal in the campaign and in the baseline, as places on a line of 100 units."""

    signal: str
    value: float
    baseline: float
    value_x: float
    baseline_x: float
    zero_x: float


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A campaign with everything that its section draws."""

    campaign: Campaign
    anchor: str
    headline: str
    timeline: Timeline | None
    graph: LinkGraph | None
    families: tuple[FamilyView, ...]
    signals: tuple[tuple[str, tuple[Dots, ...]], ...]
    members: tuple[Member, ...]
    members_left: int
    review: str  #: what was decided on it before, in a sentence; empty where nothing was
    allowed: str  #: what an allow-list keeps out of it; empty where nothing


def write_report(result: ScanResult, path: Path) -> None:
    """Write the report of a scan to `path`, replacing what is there; the same result gives the same bytes."""
    path.write_bytes(render_report(result).encode("utf-8"))


def render_report(result: ScanResult) -> str:
    """The page as text. No time of writing and no random identifier goes into it."""
    environment = _environment()
    style = Markup((TEMPLATES / "report.css").read_text("utf-8"))
    script = Markup((TEMPLATES / "report.js").read_text("utf-8"))
    facts = result.facts
    kinds = kinds_of(result.campaigns)
    settings = wording.section(facts, "settings")
    drift = wording.section(wording.section(facts, "baseline"), "drift")
    found: tuple[Gap, ...] = gaps(wording.section(facts, "columns"))
    return environment.get_template("report.html.j2").render(
        result=result,
        campaigns=[_view(campaign, i, result.accounts, kinds) for i, campaign in enumerate(result.campaigns, 1)],
        verdict=wording.verdict(result),
        no_campaign=wording.no_campaign(result),
        unnamed=wording.unnamed(result),
        counts=wording.section(facts, "counts"),
        baseline=wording.section(facts, "baseline"),
        settings=settings,
        drift=drift,
        drift_title=drift_title(drift) if drift else "",
        moved=moved_signals(drift) if drift else [],
        settled=[(campaign, review_line(campaign), allowed_line(campaign)) for campaign in result.settled],
        allowed_groups=[wording.allowed_group(group) for group in result.allowed_groups],
        allow_entries=allow_entries(facts),
        rejected=_sorted(wording.section(facts, "rejected")),
        timings=wording.section(facts, "timings"),
        period=wording.section(facts, "period"),
        notes=_strings(facts.get("notes")),
        version=str(facts.get("version", "")),
        gaps=found,
        columns_known=bool(wording.section(facts, "columns")),
        command=command(settings),
        style=style,
        script=script,
        style_hash=_csp_hash(style),
        script_hash=_csp_hash(script),
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    for word in _FILTERS:
        environment.filters[word.__name__] = word
    environment.globals["short"] = visible
    environment.globals["span_of"] = lambda campaign: wording.span(campaign.first_time, campaign.last_time)
    environment.globals["shared_rows"] = shared_rows
    return environment


def command(settings: Mapping[str, object]) -> str:
    """The command line that repeats the scan, as far as the settings tell."""
    parts = ["stillwatch scan LOG..."]
    for key in ("accounts", "baseline", "allow", "decisions", "format", "mapping", "mode", "key", "rate"):
        value = settings.get(key)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            parts.append(f"--{key} {shlex.quote(visible(str(value), 200))}")
    return " ".join([*parts, "--out DIR"])


def shared_rows(campaign: Campaign) -> list[SharedValue]:
    """What members share: links by weight, then at most a third of the rows for the largest hubs."""
    links = sorted((s for s in campaign.shared if s.weight > 0), key=lambda s: (-s.weight, -s.members, s.value))
    hubs = sorted((s for s in campaign.shared if s.weight <= 0), key=lambda s: (-s.members, s.attribute, s.value))
    kept = hubs[: SHARED_ROWS // 3]
    return links[: SHARED_ROWS - len(kept)] + kept


def _printable(value: object) -> object:
    """Every string the templates print goes through here, whatever wrote it; markup of our own is left alone."""
    return visible(value, TEXT_LIMIT, lines=True) if isinstance(value, str) and not isinstance(value, Markup) else value


def _csp_hash(text: str) -> Markup:
    return Markup("'sha256-{}'").format(base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else []


def _sorted(causes: Mapping[str, object]) -> list[tuple[str, int]]:
    rows = [(str(cause), int(n)) for cause, n in causes.items() if isinstance(n, int | float)]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _view(campaign: Campaign, position: int, accounts: pa.Table, kinds: tuple[str, ...]) -> CampaignView:
    members = member_rows(campaign, accounts)
    return CampaignView(
        campaign,
        f"campaign-{position}",
        wording.headline(campaign),
        timeline(campaign),
        link_graph(campaign, kinds),
        tuple(
            FamilyView(
                family,
                split_frame(family.frame),
                tuple(split_example(family.frame, example) for example in family.examples[:EXAMPLES]),
            )
            for family in campaign.families[:FAMILIES]
        ),
        tuple(
            (evidence.channel, tuple(dots(*signal) for signal in evidence.signals))
            for evidence in campaign.evidence
            if evidence.signals
        ),
        members,
        len(campaign.members) - len(members),
        review_line(campaign),
        allowed_line(campaign),
    )


def allow_entries(facts: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The entries of the allow-list in force, as scan.json has them."""
    entries = wording.section(facts, "allowed").get("entries")
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list | tuple) else []


def dots(signal: str, value: float, baseline: float) -> Dots:
    """Place a signal's two values on a line from zero (or the lower of them) to the higher."""
    finite = [v for v in (value, baseline) if np.isfinite(v)]
    size = max([abs(v) for v in finite], default=0.0) or 1.0
    low, high = min([0.0, *(v / size for v in finite)]), max([0.0, *(v / size for v in finite)])
    width = high - low or 1.0

    def place(v: float) -> float:
        return round(100 * (min(max(v / size, low), high) - low) / width, 1) if not np.isnan(v) else 0.0

    return Dots(signal, value, baseline, place(value), place(baseline), place(0.0))


def member_rows(campaign: Campaign, accounts: pa.Table, most: int = MEMBER_ROWS) -> tuple[Member, ...]:
    """The first `most` members, surest first, with what the account table says of each."""
    surety = np.asarray(campaign.membership, dtype=np.float64)
    if surety.size != len(campaign.members):
        surety = np.full(len(campaign.members), np.nan)
    place = np.full(len(campaign.members), -1, dtype=np.int64)
    columns: set[str] = set(accounts.column_names)
    if "account" in columns and accounts.num_rows and campaign.members:
        known = accounts["account"].combine_chunks().cast(pa.string())
        wanted_names = pa.array([name.encode("utf-8", "replace").decode() for name in campaign.members], pa.string())
        index = pc.index_in(wanted_names, value_set=known)
        place = index.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    score = np.full(len(campaign.members), -np.inf)
    if "score" in columns and accounts.num_rows:
        values = accounts["score"].to_numpy().astype(np.float64)
        score = np.where(place >= 0, values[np.maximum(place, 0)], -np.inf)
    names = np.asarray(campaign.members, dtype=object)
    order = np.lexsort((names, -np.nan_to_num(score, nan=-np.inf), -np.nan_to_num(surety, nan=-1.0)))[:most]
    new = frozenset(campaign.review.new_members) if campaign.review is not None else frozenset()
    wanted = [c for c in ("exchanges", "score", "p_value", "reasons") if c in columns]
    known = place[order][place[order] >= 0]
    said = dict(zip(known.tolist(), accounts.select(wanted).take(pa.array(known)).to_pylist(), strict=True))
    rows = []
    for i in order:
        found = said.get(int(place[i]), {})
        reasons = "; ".join(visible(str(reason), 120) for reason in (found.get("reasons") or [])[:5])
        rows.append(
            Member(
                campaign.members[i],
                float(surety[i]),
                found.get("exchanges"),
                found.get("score"),
                found.get("p_value"),
                reasons,
                campaign.members[i] in new,
            )
        )
    return tuple(rows)
