"""Which format a log is in, by the first rows of every file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stillwatch.errors import InputError, UsageError
from stillwatch.exchange import EXCHANGE_FIELDS
from stillwatch.logs import columnar, delimited
from stillwatch.logs.files import LogFile
from stillwatch.logs.format import Format, Sample
from stillwatch.logs.formats import FORMATS
from stillwatch.logs.mapped import read_mapping

_ROWS = 200
_EXAMPLE = (
    'a mapping names your columns, e.g. [fields] account = "customer_id", time = "created_at", prompt = "question"'
)


def sample_of(file: LogFile) -> Sample:
    """The first rows of a file."""
    if file.kind == "parquet":
        return _parquet_sample(file)
    if file.kind == "csv":
        names, rows = delimited.sample(file, _ROWS)
        return Sample(frozenset(names), tuple(rows))
    return _json_sample(file)


def _parquet_sample(file: LogFile) -> Sample:
    schema = columnar.schema(file)
    names = frozenset(schema.names)
    paths = frozenset(f"{column.name}.{inner.name}" for column in schema for inner in _members(column.type))
    return Sample(names | paths)


def _members(kind: Any) -> list[Any]:
    return [kind.field(i) for i in range(kind.num_fields)] if str(kind).startswith("struct") else []


def _json_sample(file: LogFile) -> Sample:
    head = file.head(1 << 18)
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").strip()
    rows: list[Mapping[str, Any]] = []
    if file.kind == "json":
        rows = _document_rows(text)
    lines = text.split("\n") if not rows else []
    if len(lines) == 1 and len(head) == 1 << 18:  # one very long line: have all of it
        lines = [file.head(1 << 27).decode("utf-8", "replace").split("\n", 1)[0]]
    for line in lines[:_ROWS]:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            rows.append(value)
    return Sample(frozenset(key for row in rows for key in row), tuple(rows))


def _document_rows(text: str) -> list[Mapping[str, Any]]:
    """Objects at the beginning of an array, or of objects on end, as far as the text goes."""
    decoder, position = json.JSONDecoder(), 1 if text.startswith("[") else 0
    rows: list[Mapping[str, Any]] = []
    while len(rows) < _ROWS:
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return rows
        if isinstance(value, dict):
            rows.append(value)
    return rows


def settle(samples: Sequence[tuple[str, Sample]], forced: str | None, mapping: str | Path | None) -> Format:
    """The one format of all files (or tables), each given by its name and first rows.

    Args:
        samples: Name and sample of each.
        forced: A format's name; by default the samples tell.
        mapping: A TOML file that is the format.

    Raises:
        UsageError: `forced` names no format, or goes with a mapping.
        InputError: No format matches a file, files are of several, or one lacks what every exchange needs.

    """
    if mapping is not None and forced not in (None, "mapped"):
        raise UsageError("--format and --mapping don't go together; a mapping is a format")
    if mapping is None and forced == "mapped":
        raise UsageError("format 'mapped' needs a mapping file: --mapping FILE")
    chosen = _detected(samples, forced) if mapping is None else read_mapping(Path(mapping))
    if mapping is not None or forced is not None:
        for name, sample in samples:
            if sample.columns:
                _require(name, sample, chosen)
    return chosen


def _detected(samples: Sequence[tuple[str, Sample]], forced: str | None) -> Format:
    if forced is not None:
        found = next((each for each in FORMATS if each.name == forced), None)
        if found is None:
            known = ", ".join([*(each.name for each in FORMATS), "mapped"])
            raise UsageError(f"no log format is called '{forced}'; there are: {known}")
        return found
    chosen: tuple[str, Format] | None = None
    for name, sample in samples:
        match = next((each for each in FORMATS if each.detect(sample)), None)
        if match is None:
            raise _unknown(name, sample)
        if chosen is not None and chosen[1] is not match:
            raise InputError(
                f"is in format {match.name}, but {chosen[0]} is in {chosen[1].name}; scan them apart", file=name
            )
        chosen = chosen or (name, match)
    assert chosen is not None, "a log has at least one file"
    return chosen[1]


def _unknown(file: str, sample: Sample) -> InputError:
    if not sample.columns:
        said = "none of its first rows can be read: neither a header nor a JSON object; leave it out if it is no log"
        return InputError(said, file=file)
    seen = ", ".join(sorted(name for name in sample.columns if "." not in name)[:40])
    own = {field.name for field in EXCHANGE_FIELDS} & sample.columns
    missing = next((name for name in ("time", "account") if name not in sample.columns), "prompt")
    if len(own) >= 3 or {"time", "account"} & own:
        return InputError(
            f"the required column is missing (columns: {seen}); rename yours, or use --mapping FILE: {_EXAMPLE}",
            file=file,
            field=missing,
        )
    return InputError(
        f"unknown log format (columns: {seen}); use --mapping FILE: {_EXAMPLE}; or leave the file out if it is no log",
        file=file,
    )


def _require(file: str, sample: Sample, log_format: Format) -> None:
    """An `InputError` where a forced or mapped format lacks what every exchange needs."""
    for names in (("time",), ("account",), ("prompt", "model")):
        if not any(log_format.reads(name, sample) for name in names):
            seen = ", ".join(sorted(sample.columns)[:40])
            raise InputError(
                f"format {log_format.name} finds nothing to make this field from (columns: {seen})",
                file=file,
                field=names[0],
            )
