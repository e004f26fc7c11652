"""Write a decision down: one line of a decisions file, made from the answer that it is about."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from stillwatch.errors import UsageError
from stillwatch.operate.decisions import decide, exchanges_per_day
from stillwatch.output import read_answer


def record_decision(
    answer: str | Path,
    campaign: str,
    file: str | Path,
    *,
    decision: str,
    who: str,
    note: str,
    expires: datetime | None = None,
    when: datetime | None = None,
) -> dict[str, Any]:
    """Append a decision on a campaign of an answer to a decisions file, which is made where it's missing.

    Raises:
        InputError: The folder is no answer of a scan, or the file's last lines can't be read as decisions.
        UsageError: No such campaign in it.

    """
    accounts = read_answer(answer, "accounts", ["account", "campaign"])
    campaigns = read_answer(answer, "campaigns")
    found = campaigns.filter(pc.equal(campaigns.column("campaign"), campaign)).to_pylist()
    if not found:
        known = ", ".join(campaigns.column("campaign").to_pylist()) or "none"
        raise UsageError(
            f"{answer} has no campaign '{campaign}'; it has: {known} (to decide anew on one that is settled, take its "
            "line out of the decisions file, or decide on the answer of a scan without --decisions)"
        )
    (row,) = found
    members = accounts.filter(pc.equal(accounts.column("campaign"), campaign)).column("account").to_pylist()
    moment = when or datetime.now(UTC)
    line: dict[str, Any] = {
        "decision": decision,
        "campaign": campaign,
        "who": who,
        "when": moment.isoformat(timespec="seconds"),
        "note": note,
        **({"expires": expires.isoformat(timespec="seconds")} if expires is not None else {}),
        "techniques": row["techniques"],
        "e_value": row["e_value"],
        "exchanges_per_day": round(
            exchanges_per_day(row["campaign_exchanges"], row["first_time"], row["last_time"]), 3
        ),
        "accounts": members,
    }
    decide(str(file), line)  # what is written can be read
    path = Path(file)
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    gap = "\n" if before and not before.endswith("\n") else ""
    with path.open("a", encoding="utf-8") as out:
        out.write(gap + json.dumps(line, ensure_ascii=False) + "\n")
    return line
