"""The one exception family. The library raises these; the command line prints them in one line and exits with 2."""

from __future__ import annotations


class StillwatchError(Exception):
    """Something the user can mend: says what happened, where (file, row, field) and what to do."""


class InputError(StillwatchError):
    """A log, account table or mapping that can't be read as it stands."""

    def __init__(
        self, message: str, *, file: str | None = None, row: int | None = None, field: str | None = None
    ) -> None:
        self.file, self.row, self.field = file, row, field
        where = ", ".join(
            part
            for part in (file, f"row {row}" if row is not None else None, f"field '{field}'" if field else None)
            if part
        )
        super().__init__(f"{where}: {message}" if where else message)


class UsageError(StillwatchError):
    """Arguments that don't fit together."""


class MissingExtraError(StillwatchError):
    """An optional dependency is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an extra: pip install 'stillwatch[{extra}]'")
