"""Who may be served canaries: accounts that a person has looked at and confirmed, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stillwatch.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """A person's decision that an account distils, and may be served canaries until `expires`."""

    account: str
    person: str
    reason: str
    confirmed: datetime
    expires: datetime

    def __post_init__(self) -> None:
        for name in ("account", "person", "reason"):
            if not getattr(self, name).strip():
                raise UsageError(f"a confirmation needs its {name}: canaries are served on a person's decision alone")
        if self.confirmed.tzinfo is None or self.expires.tzinfo is None:
            raise UsageError(
                "a confirmation needs times with a time zone: write them with one, such as 2026-11-03T10:00:00Z"
            )
        if self.expires <= self.confirmed:
            raise UsageError("a confirmation must expire after it was given")

    def require(self, account: str, *, now: datetime) -> None:
        """Raise `UsageError` unless the account is the confirmed one, and the confirmation holds."""
        if account != self.account:
            raise UsageError(f"the confirmation is for the account {self.account}, not for {account}")
        if not self.confirmed <= now < self.expires:
            raise UsageError(f"the confirmation of {account} by {self.person} does not hold at {now.isoformat()}")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, for the ledger."""
        return {
            "account": self.account,
            "person": self.person,
            "reason": self.reason,
            "confirmed": self.confirmed.isoformat(),
            "expires": self.expires.isoformat(),
        }
