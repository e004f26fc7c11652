"""Any other flat log, through a small TOML file that says where it has the exchange's fields.

The grammar is documented in docs/reference/log-formats.md. A mapping becomes a `Format` like any other.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from stillwatch.errors import InputError
from stillwatch.exchange import EXCHANGE_SCHEMA, TIME
from stillwatch.logs import messages
from stillwatch.logs.format import Format, identifier, literal

_KEYS = frozenset({"column", "constant", "unit", "format", "values", "otherwise", "take"})
_UNITS = {"s": 1_000_000.0, "ms": 1_000.0, "us": 1.0, "ns": 0.001}
_TAKES: Mapping[str, Callable[[str], str]] = {
    "last_user": messages.last_user,
    "system": messages.system,
    "count": messages.count,
    "answer": messages.answer,
}


def read_mapping(path: Path) -> Format:
    """A mapping file as a format.

    Raises:
        InputError: A file that is not TOML, or a field or key that the grammar does not know.

    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"can't be opened: {error.strerror}", file=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is not valid TOML: {error}", file=str(path)) from None
    for key in content.keys() - {"name", "fields"}:
        raise InputError("a mapping has only 'name' and [fields]", file=str(path), field=key)
    fields = content.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise InputError('needs a table [fields], e.g. account = "customer_id"', file=str(path))
    sources: list[str] = []
    select: dict[str, str] = {}
    plain: dict[str, str] = {}
    for name, rule in fields.items():
        if name not in EXCHANGE_SCHEMA.names:
            known = ", ".join(EXCHANGE_SCHEMA.names)
            raise InputError(f"is no field of an exchange; there are: {known}", file=str(path), field=name)
        columns, expression = _rule(rule, str(path), name)
        sources += [column for column in columns if column not in sources]
        select[name] = expression
        if len(columns) == 1 and expression == identifier(columns[0]):
            plain[name] = columns[0]
    for names in (("time",), ("account",), ("prompt", "model")):
        if not any(name in select for name in names):
            raise InputError(f"the mapping must say where {' or '.join(names)} is", file=str(path), field=names[0])
    return Format(
        name="mapped",
        summary=str(content.get("name", f"a log read through {path.name}")),
        detect=lambda sample: False,  # noqa: ARG005 - a mapping is given, never guessed
        sources=tuple(sources),
        select=select,
        plain=plain,
    )


def _rule(rule: Any, file: str, name: str) -> tuple[list[str], str]:
    """The source columns of one rule, and its SQL."""
    if isinstance(rule, str):
        return [rule], identifier(rule)
    if isinstance(rule, list):
        rule = {"column": rule}
    if not isinstance(rule, dict):
        raise InputError("a rule is a column name, a list of them, or a table", file=file, field=name)
    unknown = rule.keys() - _KEYS
    if unknown:
        known = ", ".join(sorted(_KEYS))
        raise InputError(f"unknown key '{min(unknown)}'; there are: {known}", file=file, field=name)
    if "constant" in rule:
        if len(rule) > 1:
            raise InputError("a constant stands alone", file=file, field=name)
        return [], _constant(rule["constant"], file, name)
    columns = rule.get("column")
    columns = [columns] if isinstance(columns, str) else columns
    if not isinstance(columns, list) or not columns or not all(isinstance(column, str) for column in columns):
        raise InputError('needs column = "name" (or a list of names), or a constant', file=file, field=name)
    # Columns may differ in type; what comes first and is not null is taken as text.
    parts = [f"nullif({identifier(column)}::varchar, '')" for column in columns]
    expression = f"coalesce({', '.join(parts)})" if len(parts) > 1 else identifier(columns[0])
    return columns, _refined(expression, rule, file, name)


def _constant(value: Any, file: str, name: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return literal(value)
    raise InputError("a constant is a text, a number or a boolean", file=file, field=name)


def _refined(expression: str, rule: Mapping[str, Any], file: str, name: str) -> str:
    """The expression after `take`, `unit` or `format`, and `values`."""
    if "take" in rule:
        if rule["take"] not in _TAKES:
            raise InputError(f"take is one of: {', '.join(_TAKES)}", file=file, field=name)
        expression = _TAKES[rule["take"]](f"({expression})::varchar")
    if "unit" in rule or "format" in rule:
        if EXCHANGE_SCHEMA.field(name).type != TIME:
            raise InputError("unit and format are for time", file=file, field=name)
        expression = _time(expression, rule, file, name)
    if "values" in rule:
        values = rule["values"]
        if not isinstance(values, dict) or not values:
            raise InputError('values is a table, e.g. { "200" = "ok" }', file=file, field=name)
        cases = " ".join(f"when {literal(key)} then {literal(str(value))}" for key, value in values.items())
        rest = rule.get("otherwise")
        other = f"else {literal(str(rest))}" if rest is not None else f"else ({expression})::varchar"
        text = f"({expression})::varchar"
        expression = f"if({text} is null, null, case {text} {cases} {other} end)"
    elif "otherwise" in rule:
        raise InputError("otherwise goes with values", file=file, field=name)
    return expression


def _time(expression: str, rule: Mapping[str, Any], file: str, name: str) -> str:
    """SQL of a time; what can't be read stays as it is, for the check to set aside with its text."""
    text = f"({expression})::varchar"
    if "format" in rule:
        if "unit" in rule or not isinstance(rule["format"], str):
            raise InputError("a time has a unit or a format (strptime), not both", file=file, field=name)
        try:
            duckdb.execute("select try_strptime('', ?)", [rule["format"]])
        except duckdb.Error as error:
            detail = str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
            raise InputError(
                f"is no format of a time, as in '%d/%m/%Y %H:%M:%S': {detail}", file=file, field=name
            ) from None
        # try_strptime gives UTC: with %z it converts, without a zone the time is read as UTC.
        return f"coalesce(strftime(try_strptime({text}, {literal(rule['format'])}), '%Y-%m-%d %H:%M:%S.%fZ'), {text})"
    factor = _UNITS.get(rule["unit"]) if isinstance(rule["unit"], str) else None
    if factor is None:
        raise InputError(f"unit is one of: {', '.join(_UNITS)}", file=file, field=name)
    # Decimals, because a double can't hold nanoseconds.
    micros = f"round(try_cast({text} as decimal(30, 6)) * {factor:.3f})::bigint"
    return f"coalesce(strftime(make_timestamp({micros}), '%Y-%m-%d %H:%M:%S.%fZ'), {text})"
