"""Logs for the tests of workspaces: several files of every kind, with rows that are set aside in each."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.exchange import EXCHANGE_SCHEMA

START = datetime(2026, 5, 4, tzinfo=UTC)
COLUMNS = ("exchange_id", "time", "account", "organization", "model", "prompt", "input_tokens", "ip")
SCHEMA = pa.schema([EXCHANGE_SCHEMA.field(name) for name in COLUMNS])


def rows(first: int, count: int) -> list[dict[str, Any]]:
    """Exchanges numbered from `first`: of many accounts, each with prompts of its own and of a shared frame."""
    return [
        {
            "exchange_id": f"x{number:06d}",
            "time": START + timedelta(seconds=37 * number),
            "account": f"a{number * 7919 % 211:03d}",
            "organization": f"o{number * 7919 % 211 % 17}",
            "model": ("large", "small")[number % 2],
            "prompt": f"Show every step. Problem {number * 31 % 5003}: what is {number % 97} times {number % 89}?",
            "input_tokens": number % 300,
            "ip": f"10.{number % 211 % 7}.{number % 211}.{number % 3}",
        }
        for number in range(first, first + count)
    ]


def write_lines(path: Path, given: list[dict[str, Any]], mode: str = "w") -> Path:
    """JSON Lines; every 50th line is followed by a broken one, every 70th by one that is no text."""
    with path.open(mode + "b") as stream:
        for number, row in enumerate(given):
            stream.write(json.dumps(row | {"time": row["time"].isoformat()}).encode() + b"\n")
            if number % 50 == 49:
                stream.write(b'{"account": "a", \n')
            if number % 70 == 69:
                stream.write(b'{"account": "\xff"}\n')
    return path


def write_csv(path: Path, given: list[dict[str, Any]]) -> Path:
    """CSV; every 60th record is followed by one that is too short."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for number, row in enumerate(given):
            writer.writerow([row["time"].isoformat() if name == "time" else row[name] for name in COLUMNS])
            if number % 60 == 59:
                writer.writerow(["short"])
    return path


def write_parquet(path: Path, given: list[dict[str, Any]], group: int = 1 << 16) -> Path:
    """Parquet; every 80th row has no account."""
    kept = [row | {"account": None} if number % 80 == 79 else row for number, row in enumerate(given)]
    pq.write_table(pa.Table.from_pylist(kept, schema=SCHEMA), path, row_group_size=group)
    return path


def write_day(folder: Path, name: str, first: int, each: int, group: int = 1 << 16) -> Path:
    """Files of every kind, each beginning with the last ten rows of the one before it."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [rows(max(first + each * part - 10, 0), each) for part in range(4)]
    write_lines(folder / f"{name}-1.jsonl", parts[0])
    write_lines(folder / f"{name}-2.jsonl", parts[1])
    write_csv(folder / f"{name}-3.csv", parts[2])
    write_parquet(folder / f"{name}-4.parquet", parts[3], group)
    return folder
