"""What the terminal shows after a scan: the finding in a screen, the files for the rest."""

from __future__ import annotations

import math
import re

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stillwatch.campaigns.model import Campaign, ScanResult
from stillwatch.cases import wording
from stillwatch.cases.limits import gaps
from stillwatch.operate.wording import allowed_line, drift_lines, review_line
from stillwatch.redact import visible

#: Campaigns and paragraphs that are printed; the report has them all.
MOST_CAMPAIGNS = 12
MOST_PARAGRAPHS = 5
MOST_WIDTH = 100
_POWER = re.compile(r"(?:(\d(?:\.\d)?)\s?×\s?)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_NORMAL = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def print_summary(result: ScanResult, console: Console) -> None:
    """Print a scan's finding to `console`, at most 100 columns wide; plain text where the console has no colour."""
    width = min(console.width, MOST_WIDTH)
    facts = result.facts

    def say(text: Text | str = "") -> None:
        body = text if isinstance(text, Text) else Text(text)
        if not console.encoding.startswith("utf"):
            body = Text(plain(body.plain, console.encoding))
        console.print(body, width=width, highlight=False)

    counts = wording.section(facts, "counts")
    period = wording.section(facts, "period")
    say()
    say(Text(wording.verdict(result), style="bold"))
    if unnamed := wording.unnamed(result):
        say(Text(unnamed, style="bold"))
    scanned = (
        f"Scanned {wording.count(wording.number(counts, 'exchanges'))} exchanges of "
        f"{wording.count(wording.number(counts, 'accounts'))} accounts"
    )
    if period.get("first"):
        scanned += f", {wording.moment(period['first'])} to {wording.moment(period.get('last', ''))}"
    say(visible(scanned + ".", 300))
    say(_baseline(result))
    for text in _drift(result):
        say(text)
    if result.campaigns:
        say()
        console.print(_table(result.campaigns[:MOST_CAMPAIGNS], console.encoding, wide=width >= 92), width=width)
        if len(result.campaigns) > MOST_CAMPAIGNS:
            say(f"and {len(result.campaigns) - MOST_CAMPAIGNS} more, in report.html")
        for campaign in result.campaigns[:MOST_PARAGRAPHS]:
            say()
            for paragraph in _paragraph(campaign):
                say(paragraph)
    else:
        say()
        say(wording.no_campaign(result))
    say()
    for line in _closing(result):
        say(line)


def _one_line(text: str, limit: int) -> str:
    return visible(" ".join(text.split()), limit)


def _baseline(result: ScanResult) -> str:
    baseline = wording.section(result.facts, "baseline")
    kind = str(baseline.get("kind") or "a baseline that was not recorded")
    note = str(baseline.get("note") or "")
    text = "Compared with " + ("the log itself" if kind == "log itself" else kind) + (f": {note}" if note else "")
    return _one_line(text, 400).rstrip(".") + "."


def _drift(result: ScanResult) -> list[Text]:
    drift = wording.section(wording.section(result.facts, "baseline"), "drift")
    if not drift:
        return []
    style = "bold" if drift.get("warning") else ""
    title, *rest = drift_lines(drift)
    return [Text(_one_line(title, 400), style), *(Text(_one_line(line, 400)) for line in rest)]


def plain(text: str, encoding: str) -> str:
    """The text in what a terminal that is not UTF-8 can show: "3.2e-8" for "3.2 × 10⁻⁸", "?" for what it lacks."""
    for mark, instead in (("\u00a0", " "), ("–", "-"), ("−", "-"), ("…", "...")):
        text = text.replace(mark, instead)
    text = _POWER.sub(lambda m: f"{m[1] or 1}e{m[2].translate(_NORMAL)}", text)
    return text.encode(encoding, "replace").decode(encoding)


def _table(campaigns: tuple[Campaign, ...], encoding: str, *, wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, int(wide), 0, 0), show_edge=False, header_style="bold")
    table.add_column("campaign", no_wrap=True, max_width=14, overflow="ellipsis")
    for name in ("accounts", "exchanges"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("period", min_width=9)
    table.add_column("p", justify="right", no_wrap=True)
    table.add_column("mostly for", min_width=12)
    table.add_column("linked by", min_width=9)
    table.add_column("tested by", min_width=9)
    for campaign in campaigns:
        cells = (
            campaign.campaign,
            wording.count(len(campaign.members)),
            wording.short_count(campaign.campaign_exchanges),
            wording.span(campaign.first_time, campaign.last_time).rsplit(" ", 1)[0],
            wording.power(campaign.p_value).replace("\u00a0", ""),
            campaign.techniques[0].name if campaign.techniques else "not determined",
            *(
                ", ".join("infra" if c == "infrastructure" else c for c in wording.by_role(campaign, role)) or "none"
                for role in ("linked", "tested")
            ),
        )
        shown = (_one_line(cell, 60) for cell in cells)
        table.add_row(*(Text(cell if encoding.startswith("utf") else plain(cell, encoding)) for cell in shown))
    return table


def _paragraph(campaign: Campaign) -> list[Text]:
    found = [Text(_one_line(text, 300)) for text in (campaign.succession, campaign.pivot, campaign.probing) if text]
    lines = [Text.assemble((_one_line(campaign.campaign, 40), "bold"), "  ", wording.headline(campaign)), *found]
    if campaign.caution:
        lines.append(Text.assemble(("Before you act: ", "bold"), _one_line(campaign.caution, 300)))
    lines += [Text(_one_line(line, 600)) for line in (review_line(campaign), allowed_line(campaign)) if line]
    if campaign.alternatives:
        best = campaign.alternatives[0]
        lines.append(
            Text.assemble(
                ("Strongest innocent explanation: ", "italic"),
                _one_line(best.name, 120),
                f" ({wording.p_text(best.p_value)}). ",
                _one_line(best.why_rejected, 300),
            )
        )
    else:
        lines.append(Text("No innocent explanation was weighed: treat it as unreviewed.", style="italic"))
    return lines


def _closing(result: ScanResult) -> list[str]:
    facts = result.facts
    lines = [
        _one_line(f"Settled: {campaign.campaign}, {len(campaign.members):,} accounts. {review_line(campaign)}", 600)
        for campaign in result.settled[:MOST_CAMPAIGNS]
    ]
    lines += [_one_line(f"Allowed: {wording.allowed_group(group)}", 600) for group in result.allowed_groups]
    rejected = {str(k): int(v) for k, v in wording.section(facts, "rejected").items() if isinstance(v, int | float)}
    if rejected:
        causes = sorted(rejected.items(), key=lambda item: (-item[1], item[0]))
        listed = ", ".join(f"{_one_line(cause, 80)} {n:,}" for cause, n in causes[:6])
        lines.append(f"{wording.plural(sum(rejected.values()), 'row')} set aside: {listed}; see rejected.jsonl.")
    missing = gaps(wording.section(facts, "columns"))
    if missing:
        absent = [gap.column for gap in missing if gap.filled <= 0]
        holed = [f"{gap.column} ({gap.state})" for gap in missing if gap.filled > 0]
        lines.append(f"Not seen for want of columns: {', '.join(absent + holed)}.")
    notes = facts.get("notes")
    lines.extend(_one_line(f"Note: {note}", 400) for note in (notes if isinstance(notes, list | tuple) else ()))
    timings = [v for v in wording.section(facts, "timings").values() if isinstance(v, int | float)]
    took = (
        sum(timings)
        if "total" not in wording.section(facts, "timings")
        else wording.number(wording.section(facts, "timings"), "total")
    )
    if took and math.isfinite(took):
        lines.append(f"Took {took:.1f} s.")
    lines.append(
        "Read report.html; accounts.parquet and campaigns.parquet hold the tables, `stillwatch show` prints them."
    )
    return lines
