"""Twins from a log of a gateway that already generates two choices.

JSON lines (also .gz), one request each: `id`, `time` (ISO 8601), `account`, `model`, `messages` or `prompt`, `choices`
(two texts, in the engine's order), and `served` (0 or 1: the one that the client was given). A gateway that asked
`served_choice` which one to serve says so with `coin`: "keyed". Any other rule is accepted only where `accept_order` is
given: "the first is served" is a fair coin if the engine draws both choices alike, which the report then states as an
assumption.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stillwatch.errors import InputError
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.twins.collect import KEYED, KIND, ORDER, Twin, TwinRecorder, epoch_of, twin_key


def served_choice(master: MasterKey, *, pair: str, time: datetime) -> int:
    """Which of two choices to serve for the request `pair` (an id of the server's own), 0 or 1."""
    return twin_key(master, epoch_of(time)).coin("served", pair)


def collect_log(recorder: TwinRecorder, master: MasterKey, path: Path, *, accept_order: bool = False) -> dict[str, int]:
    """Keep the twins of one log; counts of what happened to its rows. A pair that the store holds is not kept twice."""
    known = {record["pair"] for _, record in recorder.store.records(KIND)}
    counts = {"kept": 0, "known": 0, "identical": 0, "not keyed": 0}
    for number, row in _rows(path):
        twin = _twin(row, master, str(path), number)
        if twin.pair in known:
            outcome = "known"
        elif twin.texts[0] == twin.texts[1]:
            outcome = "identical"
        elif twin.coin == ORDER and not accept_order:
            outcome = "not keyed"
        else:
            recorder.add(twin)
            known.add(twin.pair)
            outcome = "kept"
        counts[outcome] += 1
    return counts


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise InputError("not a JSON object", file=str(path), row=number)
                    yield number, row
    except (OSError, EOFError, UnicodeDecodeError) as cause:
        raise InputError("can't be read", file=str(path)) from cause
    except json.JSONDecodeError as cause:
        raise InputError("not JSON", file=str(path), row=number) from cause


def _twin(row: dict[str, Any], master: MasterKey, file: str, number: int) -> Twin:
    def wrong(field: str, message: str) -> InputError:
        return InputError(message, file=file, row=number, field=field)

    for field in ("id", "time", "account"):
        if not isinstance(row.get(field), str) or not row[field]:
            raise wrong(field, "missing, or not text")
    try:
        time = datetime.fromisoformat(row["time"])
    except ValueError as cause:
        raise wrong("time", "not an ISO 8601 time") from cause
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    choices = row.get("choices")
    if not isinstance(choices, list) or len(choices) != 2 or not all(isinstance(one, str) for one in choices):
        raise wrong("choices", "must be the two texts that were generated")
    served = row.get("served")
    if type(served) is not int or served not in (0, 1):
        raise wrong("served", "must be 0 or 1: which of the choices the client was given")
    messages = row.get("messages") or [{"role": "user", "content": row.get("prompt")}]
    if not isinstance(messages, list) or not all(
        isinstance(m, dict) and isinstance(m.get("content"), str) and isinstance(m.get("role"), str) for m in messages
    ):
        raise wrong("messages", "must be a list of {role, content} with text, or give 'prompt'")
    # A row is keyed because its gateway says so, never because its coin happens to match: rows picked by that would be
    # a biased sample of an unkeyed log.
    keyed = row.get("coin") == KEYED
    if keyed and served_choice(master, pair=row["id"], time=time) != served:
        raise wrong("served", "not the choice that the key gives for this id and time; was another key used?")
    return Twin(
        pair=row["id"],
        epoch=epoch_of(time),
        time=time.isoformat(timespec="seconds"),
        account=row["account"],
        model=str(row.get("model") or ""),
        reason="log",
        coin=KEYED if keyed else ORDER,
        served=served,
        prompt=[{"role": m["role"], "content": m["content"]} for m in messages],
        texts=(choices[0], choices[1]),
    )
