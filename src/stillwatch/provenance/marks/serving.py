"""The serving file: what a decoding machine needs to mark, and no more.

It holds the mark settings and the root of one epoch's mark keys: not the master key, nor what opens twins. It is
written once an epoch where the master key is, and read by the inference engine's plugin, which finds it by the
environment variable `STILLWATCH_MARKS`: an engine hands a plugin no configuration of its own.
"""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from stillwatch.provenance.errors import KeyFileError
from stillwatch.provenance.keys import Key
from stillwatch.provenance.marks.positions import MarkKeys
from stillwatch.provenance.marks.settings import MarkSettings

VARIABLE = "STILLWATCH_MARKS"
_FORMAT = "stillwatch-serving-1"


@dataclass(frozen=True)
class Serving:
    """Keys and settings of one epoch's marks."""

    keys: MarkKeys
    settings: MarkSettings


def write_serving(path: Path, serving: Serving) -> None:
    """Write a new serving file that only its owner can read. Never overwrites."""
    facts = {"format": _FORMAT, "root": serving.keys.root().secret().hex(), "settings": serving.settings.as_dict()}
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as cause:
        raise KeyFileError(f"{path}: exists already; a serving file is never overwritten; name another") from cause
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(facts, file)


def read_serving(path: Path) -> Serving:
    """Read a serving file. Raises `KeyFileError` where there is none, others may read it, or it is damaged."""
    try:
        mode = path.stat().st_mode
        facts = json.loads(path.read_text(encoding="ascii"))
    except FileNotFoundError as cause:
        raise KeyFileError(f"{path}: no such serving file; write one with 'stillwatch provenance mark'") from cause
    except (OSError, ValueError) as cause:
        raise KeyFileError(
            f"{path}: can't be read as a serving file; write it again where the master key is"
        ) from cause
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"{path}: others can read these keys; 'chmod 600 {path}' first")
    try:
        if facts["format"] != _FORMAT:
            raise KeyFileError(f"{path}: not a serving file of this version; write it again where the master key is")
        root, settings = Key(bytes.fromhex(facts["root"]), ("serving",)), MarkSettings(**facts["settings"])
    except (KeyError, TypeError, ValueError):
        # The text itself must not be in the message, nor in a chained one: it holds a key.
        raise KeyFileError(f"{path}: damaged; write it again where the master key is") from None
    return Serving(MarkKeys(root), settings)


def serving_of_environment() -> Serving:
    """The serving file that `STILLWATCH_MARKS` names."""
    path = os.environ.get(VARIABLE)
    if not path:
        raise KeyFileError(f"set {VARIABLE} to the serving file before the engine starts")
    return read_serving(Path(path))
