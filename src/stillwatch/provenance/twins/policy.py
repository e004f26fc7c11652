"""Which requests get a twin: a keyed sample of all, and more of those whose accounts are under suspicion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stillwatch.errors import InputError, UsageError
from stillwatch.provenance.keys import Key


@dataclass(frozen=True, kw_only=True)
class TwinPolicy:
    """`share` of all requests, and `flagged_share` of those from `flagged` accounts, each 0 to 1."""

    share: float = 0.01
    flagged_share: float = 1.0
    flagged: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        for name in ("share", "flagged_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} is {getattr(self, name)}, and must be between 0 and 1")

    def reason(self, key: Key, account: str, pair: str) -> str | None:
        """Why this request gets a twin, "flagged" or "sample"; None where it gets none. Keyed: clients can't tell."""
        drawn = key.fraction("sample", pair)
        if account in self.flagged and drawn < self.flagged_share:
            return "flagged"
        return "sample" if drawn < self.share else None


def uninformative(request: Mapping[str, Any]) -> str | None:
    """Why a chat request can't have a twin, or None: what is not plain sampled text carries no pair to compare."""
    if request.get("n") not in (None, 1):
        return "several choices asked for"
    if request.get("tools") or request.get("functions"):
        return "tools offered"
    if request.get("temperature") == 0:
        return "temperature 0"
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        return "no messages"
    for message in messages:
        if not isinstance(message, dict) or not isinstance(message.get("content"), str):
            return "content that is not text"
    return None


def read_flagged(path: Path) -> frozenset[str]:
    """Flagged accounts: one a line, or a scan's `accounts.parquet` (its rows with `flagged` true)."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as parquet

        try:
            table = parquet.read_table(path, columns=["account", "flagged"])
        except (OSError, ValueError, KeyError) as cause:
            raise InputError("can't be read as a scan's accounts.parquet", file=str(path)) from cause
        flagged = table.column("flagged").to_pylist()
        return frozenset(a for a, f in zip(table.column("account").to_pylist(), flagged, strict=True) if f)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as cause:
        raise InputError("can't be read as a list of accounts", file=str(path)) from cause
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
