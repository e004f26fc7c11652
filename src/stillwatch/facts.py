"""What `scan.json` says of a scan: its settings, what it compared with, counts, columns, notes and timings."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.campaigns.analyse import Analysis
from stillwatch.exchange import moment
from stillwatch.operate.baseline import Reference
from stillwatch.operate.control import Control, spared
from stillwatch.operate.drift import measure_drift
from stillwatch.profile import Profiles
from stillwatch.settings import MODES, Settings

_UNTOLD = (
    "no prompt says anything: the column is empty, or holds one and the same text in all rows, as a redacted log does. "
    "Campaigns were sought without it, as with --mode metadata.",
)


def gather_facts(
    settings: Settings,
    stream: Any,
    profiles: Profiles,
    accounts: pa.Table | None,
    analysis: Analysis,
    compared: Mapping[str, object],
    control: Control,
) -> dict[str, object]:
    """The facts of a scan, without its timings.

    Args:
        settings: What was asked for.
        stream: The log that was read, as `engines.choose.Engine.open_log` gives it.
        profiles: Those of its accounts.
        accounts: The account table.
        analysis: What was found.
        compared: What it was compared with (`compare`).
        control: The operator's files.

    """
    first, last = (profiles[name] for name in ("first", "last"))
    return {
        "version": version("stillwatch"),
        "settings": settings.facts(stream.format),
        "baseline": compared,
        "counts": {
            "exchanges": stream.rows,
            "accounts": len(profiles),
            "campaigns": len(analysis.campaigns),
            "flagged": sum(len(campaign.members) for campaign in analysis.campaigns),
            "allowed": spared(analysis).total(),
            "settled": len(analysis.settled),
            "rejected": sum(stream.rejected.values()),
        },
        "rejected": dict(sorted(stream.rejected.items())),
        "columns": _filled(stream.filled, accounts),
        "notes": [
            *stream.notes,
            *_of_accounts(profiles, accounts),
            *(_UNTOLD if "prompt" in profiles.present and not analysis.population.prompts_known else ()),
            *filter(None, [MODES[settings.mode]]),
            *control.notes,
        ],
        "period": {"first": moment(int(first.min())).isoformat(), "last": moment(int(last.max())).isoformat()}
        if len(profiles)
        else {},
    }


def compare(reference: Reference | None, analysis: Analysis) -> dict[str, object]:
    """What the groups were compared with; where that is earlier traffic, also whether it still looks like today's."""
    if reference is None:
        note = "each group against like accounts outside it; give --baseline for an independent comparison"
        return {"kind": "the log itself", "accounts": analysis.calibrated_on, "note": note}
    drift = measure_drift(reference.population, analysis.population, analysis.ordinary)
    period = reference.facts.get("period")
    when = f", {period['first'][:10]} to {period['last'][:10]}" if isinstance(period, Mapping) else ""
    return {
        "kind": "a saved baseline" if reference.facts else "earlier traffic",
        "accounts": analysis.calibrated_on,
        "note": f"each group against like accounts of the earlier traffic{when}",
        "drift": drift.facts(),
        **({"file": dict(reference.facts)} if reference.facts else {}),
    }


def _of_accounts(profiles: Profiles, accounts: pa.Table | None) -> list[str]:
    """A note where the account table is that of others, mostly."""
    if accounts is None:
        return []
    lacking = len(profiles) - int(pc.sum(pc.is_in(pa.array(profiles.names, pa.string()), accounts["account"])).as_py())
    if 2 * lacking <= len(profiles):
        return []
    which = "all" if lacking == len(profiles) else f"{lacking:,} of {len(profiles):,}"
    return [f"the account table lacks {which} accounts of the log: its column account has to name them as the log does"]


def _filled(log: Mapping[str, float], accounts: pa.Table | None) -> dict[str, float]:
    """How much of each canonical column is there, in per cent: the log's, and the account table's own."""
    found = dict(log)
    if accounts is not None and accounts.num_rows:
        for name in accounts.schema.names:
            share = 100.0 * (1 - accounts.column(name).null_count / accounts.num_rows)
            found[name] = max(found.get(name, 0.0), share)
    return {name: round(share, 2) for name, share in sorted(found.items())}
