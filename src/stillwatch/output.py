"""What a scan writes, and reading it again: the contract that other tools rely on.

The same input gives the same bytes, timings apart.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.campaigns.model import Campaign, ScanResult
from stillwatch.errors import InputError, UsageError
from stillwatch.exchange import TIME
from stillwatch.signals import CHANNELS

_CHANNEL = pa.struct([("role", pa.string()), ("p_value", pa.float64()), ("summary", pa.string())])

#: campaigns.parquet
CAMPAIGNS_SCHEMA = pa.schema(
    [
        ("campaign", pa.string()),
        ("accounts", pa.int64()),
        ("exchanges", pa.int64()),
        ("campaign_exchanges", pa.int64()),
        ("share", pa.struct([("estimate", pa.float64()), ("low", pa.float64()), ("high", pa.float64())])),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("first_time", TIME),
        ("last_time", TIME),
        ("peak_time", TIME),
        ("p_value", pa.float64()),
        ("e_value", pa.float64()),
        ("techniques", pa.list_(pa.string())),
        ("atlas", pa.list_(pa.string())),
        ("evidence", pa.struct([(channel, _CHANNEL) for channel in CHANNELS])),
        ("benign_explanation", pa.string()),
        ("benign_p_value", pa.float64()),
        ("benign_rejected", pa.string()),
        ("succession", pa.string()),
        ("pivot", pa.string()),
        ("probing", pa.string()),
        ("caution", pa.string()),
        ("frames", pa.list_(pa.string())),
        ("allowed", pa.int64()),
        ("decision", pa.string()),
        ("new_members", pa.int64()),
        ("news", pa.list_(pa.string())),
    ]
)


def write_result(result: ScanResult, out: Path) -> None:
    """Write accounts.parquet, campaigns.parquet and scan.json into an existing folder."""
    pq.write_table(result.accounts, out / "accounts.parquet", compression="zstd")
    pq.write_table(campaigns_table(result.campaigns), out / "campaigns.parquet", compression="zstd")
    (out / "scan.json").write_text(json.dumps(result.facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_answer(folder: str | Path, table: str, columns: list[str] | None = None) -> pa.Table:
    """One of the tables that a scan wrote into a folder: `accounts` or `campaigns`; all of its columns by default.

    Raises `InputError` where the folder holds no answer, or the table lacks a column.
    """
    file = Path(folder) / f"{table}.parquet"
    if not file.is_file():
        raise InputError(f"is no answer of a scan: it has no {file.name}", file=str(folder))
    try:
        with pq.ParquetFile(file) as held:
            missing = [name for name in columns or () if name not in held.schema_arrow.names]
            if missing:
                raise InputError(f"has no column '{missing[0]}'", file=str(file))
            return held.read(columns)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"can't be read: {error}", file=str(file)) from None


def campaigns_table(campaigns: tuple[Campaign, ...]) -> pa.Table:
    """The campaigns as a table (`CAMPAIGNS_SCHEMA`), in the order given."""
    return pa.Table.from_pylist([_row(campaign) for campaign in campaigns], schema=CAMPAIGNS_SCHEMA)


def _row(campaign: Campaign) -> dict[str, Any]:
    strongest = campaign.alternatives[0]
    estimate, low, high = campaign.share
    return {
        "campaign": campaign.campaign,
        "accounts": len(campaign.members),
        "exchanges": campaign.exchanges,
        "campaign_exchanges": campaign.campaign_exchanges,
        "share": {"estimate": estimate, "low": low, "high": high},
        "input_tokens": campaign.input_tokens,
        "output_tokens": campaign.output_tokens,
        "first_time": campaign.first_time,
        "last_time": campaign.last_time,
        "peak_time": campaign.peak_time,
        "p_value": campaign.p_value,
        "e_value": campaign.e_value,
        "techniques": [technique.name for technique in campaign.techniques],
        "atlas": sorted({technique.atlas for technique in campaign.techniques}),
        "evidence": {
            e.channel: {"role": e.role, "p_value": e.p_value, "summary": e.summary} for e in campaign.evidence
        },
        "benign_explanation": strongest.explanation,
        "benign_p_value": strongest.p_value,
        "benign_rejected": strongest.why_rejected,
        "succession": campaign.succession,
        "pivot": campaign.pivot,
        "probing": campaign.probing,
        "caution": campaign.caution,
        "frames": [family.frame for family in campaign.families if family.frame],
        "allowed": sum(number for _, number in campaign.allowed),
        "decision": campaign.review.decision if campaign.review else None,
        "new_members": len(campaign.review.new_members) if campaign.review else None,
        "news": list(campaign.review.news) if campaign.review else [],
    }


def make_folder(folder: Path) -> Path:
    """The folder that `--out` names, which is made, and known to take files before the work begins.

    Raises `UsageError` where it is not.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: no folder can be made there ({error.strerror}); choose another --out") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{folder}: may not be written into; choose another --out")
    return folder
