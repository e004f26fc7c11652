"""What the files that operators keep have in common: entries with a person, a reason and a date of expiry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from stillwatch.errors import InputError


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a file, with its place in it for the error messages."""

    file: str
    place: str  #: as in "entry 3" or "line 12"
    values: Mapping[str, Any]

    def fail(self, field: str, message: str) -> InputError:
        """The error that this field is: one line with file, field and place."""
        return InputError(f"{self.place}: {message}", file=self.file, field=field)

    def only(self, known: frozenset[str]) -> None:
        """Raise `InputError` for a key that is not known."""
        for key in sorted(self.values.keys() - known):
            raise self.fail(key, f"is not known; there are {', '.join(sorted(known))}")

    def text(self, field: str) -> str:
        """A text that has to be there."""
        value = self.values.get(field)
        if not isinstance(value, str) or not value.strip():
            raise self.fail(field, "is required, as text")
        return value.strip()

    def moment(self, field: str) -> datetime | None:
        """A date or a time, a TOML one or ISO 8601; a date is its midnight, a time without a zone is UTC."""
        value = self.values.get(field)
        if value is None:
            return None
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                raise self.fail(field, f"'{value}' is no date, as in 2026-11-30") from None
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, date):
            return datetime.combine(value, time(), UTC)
        raise self.fail(field, f"{value!r} is no date, as in 2026-11-30")

    def required_moment(self, field: str) -> datetime:
        """A date or a time that has to be there."""
        value = self.moment(field)
        if value is None:
            raise self.fail(field, "is required, a date as in 2026-11-30")
        return value


def day(moment: datetime) -> str:
    """The date alone, as in 2026-11-30."""
    return moment.astimezone(UTC).date().isoformat()
