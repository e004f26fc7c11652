"""Saved baselines: earlier traffic as profiles, dated and versioned, in one Parquet file without any text.

A file holds one row per account (`stillwatch.profile.rows`), what the account table said of it, the one signal that is
measured on texts, and facts about itself as JSON in the file's metadata.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.engines.local import COLUMNS, profile_log
from stillwatch.errors import InputError, UsageError
from stillwatch.exchange import ACCOUNT_SCHEMA, moment
from stillwatch.logs import open_logs, read_accounts
from stillwatch.logs.files import shown
from stillwatch.operate.fingerprint import fingerprint
from stillwatch.output import make_folder, read_answer
from stillwatch.profile import Profiles
from stillwatch.profile.rows import ROWS_SCHEMA, from_rows, to_rows
from stillwatch.progress import Progress
from stillwatch.signals import Population, build_population
from stillwatch.signals.registry import named

KEY = b"stillwatch.baseline"
#: Account columns that an analysis reads of its reference; the country never is.
ACCOUNT_COLUMNS = ("organization", "plan", "payment", "email_domain", "signup_time", "closed_time")
#: Kept as numbers that only say which accounts share a value: a reference needs no more.
CODED = frozenset({"payment", "email_domain"})
TEXTUAL = "elicitation"  #: the signal that is measured on kept texts, and saved in their place


@dataclass(frozen=True, slots=True)
class Reference:
    """Earlier traffic to compare with, and where it came from."""

    population: Population
    facts: Mapping[str, object]  #: of the saved baseline; empty where logs were read


def build_baseline(
    logs: Sequence[str | Path],
    out: Path,
    *,
    accounts: str | Path | None = None,
    format: str | None = None,  # noqa: A002 (the word that users know)
    mapping: str | Path | None = None,
    without: Sequence[str | Path] = (),
    texts: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Profile logs and save them as a baseline at `out`, replacing what is there; the facts that the file holds.

    Args:
        logs: Files, folders or globs, as for a scan.
        out: The file to write.
        accounts: The account table; what a reference needs of it is kept.
        format: A log format's name; detected otherwise.
        mapping: A TOML file that names the columns of a log of another make.
        without: Folders of answers: the accounts that those scans flagged are left out.
        texts: Keep up to three prompts of each account. Nothing in an analysis needs them.
        progress: Called with (stage, done, total or None).

    Raises:
        InputError: A log, table, mapping or answer can't be read.
        UsageError: Nothing is left to learn from.

    """
    make_folder(out.parent)
    if out.is_dir():
        raise UsageError(f"{out}: is a folder; name the file to write")
    flagged = _flagged(without)
    table = read_accounts(Path(accounts)) if accounts is not None else None
    stream = open_logs(logs, format=format, mapping=Path(mapping) if mapping else None, columns=COLUMNS)
    profiles = profile_log(stream, progress)
    profiles.sort()
    names = pa.array(profiles.names, pa.string())
    kept = pc.invert(pc.is_in(names, flagged))
    worded = pa.array(named(TEXTUAL).values(build_population(profiles)), from_pandas=True)
    rows = pa.Table.from_batches(to_rows(profiles), ROWS_SCHEMA)
    if not texts:
        rows = _without_texts(rows)
    rows = rows.append_column(f"signal.{TEXTUAL}", worded)
    if table is not None:
        place = pc.index_in(names, table.column("account").combine_chunks())
        for name in ACCOUNT_COLUMNS:
            rows = rows.append_column(f"account.{name}", _account_column(table, name).take(place))
    rows = rows.filter(kept)
    if not rows.num_rows:
        raise UsageError("no account is left for a baseline: the logs are empty, or every account was flagged")
    first, last = profiles["first"][np.asarray(kept)], profiles["last"][np.asarray(kept)]
    facts: dict[str, Any] = {
        "version": version("stillwatch"),
        "layout": fingerprint(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "period": {"first": moment(int(first.min())).isoformat(), "last": moment(int(last.max())).isoformat()},
        "logs": [shown(path) for path in logs],
        "format": stream.format,
        "accounts": rows.num_rows,
        "exchanges": int(profiles.count("exchanges")[np.asarray(kept)].sum()),
        "rejected": sum(stream.rejected.values()),
        "excluded": len(names) - rows.num_rows,
        "columns": sorted(profiles.present),
        "account_columns": _filled(rows),
        "texts": texts,
    }
    pq.write_table(rows.replace_schema_metadata({KEY: json.dumps(facts)}), out, compression="zstd")
    return facts


def is_baseline(path: str | Path) -> bool:
    """Whether this is a saved baseline: a Parquet file with our key in its metadata."""
    file = Path(path)
    if not file.is_file():
        return False
    with file.open("rb") as start:
        if start.read(4) != b"PAR1":
            return False
    try:
        return KEY in (pq.read_schema(file).metadata or {})
    except (pa.ArrowInvalid, OSError):
        return False  # whatever else it is, the log readers say what is wrong with it


def read_facts(path: str | Path) -> dict[str, Any]:
    """What a saved baseline says of itself.

    Raises:
        InputError: It is no saved baseline, or one of another layout.

    """
    file = Path(path)
    if not file.is_file():
        raise InputError("is no file", file=str(file))
    if not is_baseline(file):
        raise InputError("is no saved baseline; make one with `stillwatch baseline build`", file=str(file))
    facts: dict[str, Any] = json.loads(pq.read_schema(file).metadata[KEY])
    if facts["layout"] != fingerprint():
        raise InputError(
            f"was built by Stillwatch {facts['version']} with profiles of layout {facts['layout']}; this version reads"
            f" {fingerprint()}: build the baseline again from its logs",
            file=str(file),
        )
    return facts


def read_baseline(path: str | Path, accounts: pa.Table | None = None) -> Reference:
    """A saved baseline as a reference. `accounts` serves where the file has no account columns of its own.

    Raises:
        InputError: It is no saved baseline, or one of another layout.

    """
    facts = read_facts(path)
    rows = pq.read_table(path)
    names = rows.column("account")
    own = [name for name in ACCOUNT_COLUMNS if f"account.{name}" in rows.schema.names]
    if own:
        columns = {name: rows.column(f"account.{name}") for name in own} | {"account": names}
        arrays = [columns.get(f.name, pa.nulls(rows.num_rows, f.type)) for f in ACCOUNT_SCHEMA]
        accounts = pa.table(arrays, schema=ACCOUNT_SCHEMA).combine_chunks()
    worded = rows.column(f"signal.{TEXTUAL}").to_numpy()
    profiles = from_rows(rows.select(ROWS_SCHEMA.names))
    profiles.sort()  # as they were written: the rows of the file are those of the population
    population = build_population(profiles, accounts)
    population.memo(f"signal {TEXTUAL}", lambda: worded)
    return Reference(population, facts)


def open_reference(
    paths: Sequence[Any], accounts: pa.Table | None, read: Callable[[Sequence[Any]], Profiles]
) -> Reference:
    """The reference that `--baseline` names: one saved baseline, or logs, which `read` turns into profiles.

    Raises:
        InputError: A file can't be read.
        UsageError: A saved baseline beside other files.

    """
    saved = [path for path in paths if isinstance(path, str | Path) and is_baseline(path)]
    if saved and len(paths) > 1:
        raise UsageError(f"{saved[0]} is a saved baseline: give it alone, or build one from all the logs")
    if saved:
        return read_baseline(saved[0], accounts)
    profiles = read(paths)
    profiles.sort()
    return Reference(build_population(profiles, accounts), {})


def _flagged(answers: Iterable[str | Path]) -> pa.Array:
    """The accounts that these answers flag."""
    found: list[str] = []
    for answer in answers:
        table = read_answer(answer, "accounts", ["account", "flagged"])
        found += table.filter(table.column("flagged")).column("account").to_pylist()
    return pa.array(sorted(set(found)), pa.string())


def _without_texts(rows: pa.Table) -> pa.Table:
    place = rows.schema.get_field_index("texts")
    field = rows.schema.field(place)
    empty = pa.array([[]] * rows.num_rows, field.type)
    return rows.set_column(place, field, empty)


def _account_column(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name).combine_chunks()
    return column.dictionary_encode().indices.cast(pa.string()) if name in CODED else column


def _filled(rows: pa.Table) -> list[str]:
    return [
        n
        for n in ACCOUNT_COLUMNS
        if f"account.{n}" in rows.schema.names and rows.column(f"account.{n}").null_count < len(rows)
    ]
