"""What a log format is: how to know it, what to read of it, and how its fields become an exchange's.

A format is data, not code: names of source fields and one DuckDB SQL expression for each column of the exchange. The
readers (lines, delimited, columnar) know files; a format knows meaning; neither knows the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of a file: top-level column names, and the rows as far as they were read."""

    columns: frozenset[str]
    rows: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A trap worth telling the user about, counted over the log.

    `when` is a SQL condition over the sources; `text` may use `{share}`, the percentage of rows that met it.
    """

    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Format:
    """One log format.

    Attributes:
        name: What `--format` takes.
        summary: One line for people.
        detect: Tells from the first rows of a file whether it is of this format.
        sources: Fields to read, by dotted path (`metadata.user_api_key_hash`); a column that carries dots itself
            wins over the path. A nested value arrives as JSON text.
        select: Exchange column -> SQL expression over the sources, each quoted as an identifier. A column that is
            left out is absent from the log.
        notices: Traps to count.
        plain: Columns whose expression is the bare source, so that a JSON object where text belongs is a wrong type.

    """

    name: str
    summary: str
    detect: Callable[[Sample], bool]
    sources: tuple[str, ...]
    select: Mapping[str, str]
    notices: tuple[Notice, ...] = ()
    plain: Mapping[str, str] = field(default_factory=dict)

    def reads(self, column: str, sample: Sample) -> bool:
        """Whether the sampled file has what `column` is made from."""
        expression = self.select.get(column)
        if expression is None:
            return False
        used = [source for source in self.sources if identifier(source) in expression]
        return not used or any(holds(sample, source) for source in used)

    def heads(self, wanted: Iterable[str]) -> list[str]:
        """The top-level columns of a flat file or table that the wanted exchange columns and the notices read."""
        expressions = [self.select[name] for name in wanted if name in self.select]
        expressions += [notice.when for notice in self.notices]
        used = [source for source in self.sources if any(identifier(source) in e for e in expressions)]
        return sorted({name for source in used for name in (source, source.partition(".")[0])})


def holds(sample: Sample, source: str) -> bool:
    """Whether a sampled file has the field at a dotted path (judged by its top level, where rows are not at hand)."""
    head, _, rest = source.partition(".")
    if source in sample.columns:
        return True
    if head not in sample.columns:
        return False
    values = [row[head] for row in sample.rows if isinstance(row.get(head), Mapping)]
    return not rest or not values or any(rest.split(".")[0] in value for value in values)


def identifier(name: str) -> str:
    """A SQL identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A SQL string literal, quoted."""
    return "'" + value.replace("'", "''") + "'"


def json_path(source: str) -> str:
    """The DuckDB JSON path of a dotted source: `a.b` -> `$."a"."b"`; a number picks from an array."""
    steps = (f"[{step}]" if step.isdigit() else '."' + step.replace('"', '\\"') + '"' for step in source.split("."))
    return "$" + "".join(steps)
