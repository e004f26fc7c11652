"""A small canonical log, and ways to write it."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from stillwatch.logs import LogStream, open_logs

NOW = datetime(2026, 6, 1, tzinfo=UTC)
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def row(i: int, **changes: Any) -> dict[str, Any]:
    """A good row; `None` in `changes` takes a field out."""
    base = {
        "exchange_id": f"r{i}",
        "time": (START + timedelta(seconds=i)).isoformat(),
        "account": f"a{i % 3}",
        "model": "m1",
        "prompt": f"question {i}",
        "input_tokens": 10 + i,
    }
    return {key: value for key, value in (base | changes).items() if value is not None}


def write_lines(path: Path, rows: list[Any]) -> Path:
    text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in rows) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def read(*paths: Path, **options: Any) -> tuple[pa.Table, LogStream]:
    """The whole stream as a table, and the stream."""
    options.setdefault("now", NOW)
    stream = open_logs(paths, **options)
    pieces = [pa.Table.from_batches([batch]).cast(stream.schema) for batch in stream]
    return pa.concat_tables([stream.schema.empty_table(), *pieces]), stream


def rejected(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
