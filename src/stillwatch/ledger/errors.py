"""What can be wrong with a ledger or a bundle."""

from __future__ import annotations

from stillwatch.errors import StillwatchError


class LedgerError(StillwatchError):
    """A ledger that is cut short, altered, or signed by another key."""


class VerificationError(StillwatchError):
    """A bundle, checkpoint or record that does not verify."""
