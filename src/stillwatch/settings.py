"""The settings of a scan: one validated object, made where the options come in and passed down to whoever reads them.

Comes in: what a person asked for, under the names of `stillwatch.scan` and of the command line. Goes out: what the
engines, the workspace and the analysis go by, and what `scan.json` says of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from stillwatch.engines.local import COLUMNS, WORDS
from stillwatch.errors import UsageError
from stillwatch.logs.files import shown
from stillwatch.memory import memory as usable_memory
from stillwatch.memory import read_size
from stillwatch.profile.secret import Key, random_key, read_key
from stillwatch.signals import CHANNELS

Mode = Literal["full", "sketches", "metadata"]

#: Each mode, and what its report says of itself.
MODES: dict[str, str] = {
    "full": "",
    "sketches": "mode sketches: what was asked was reduced to keyed hashes and no text was kept, so families are named "
    "by their cues and counts, and addresses by their hashes; rejected rows are counted, not kept",
    "metadata": "mode metadata: prompts, system prompts and responses were not read, so nothing is known of what was "
    "asked; campaigns are found by what accounts share, and those that share nothing are not seen",
}
ENGINES = ("local", "spark")

#: One log or several: files, folders and globs; for the Spark engine also tables and DataFrames.
Paths = str | Path | Sequence[str | Path] | Any

_PATH = (str | Path | None, "a path")
#: What the plain fields may be, and how an error says it.
_TYPES: dict[str, tuple[Any, str]] = {
    "rate": (float | int, "a number between 0 and 1"),
    "format": (str | None, "the name of a log format"),
    "mapping": _PATH,
    "allow": _PATH,
    "decisions": _PATH,
    "key": _PATH,
    "workspace": _PATH,
    "resume": (bool, "True or False"),
    "master": (str | None, "the URL of a Spark cluster"),
    "memory": (str | None, "a size such as '4GB'"),
    "out": _PATH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a scan is asked to do. `stillwatch.scan` says what each field means: they are its arguments.

    Raises:
        UsageError: A field of another type, a value that there is not, or fields that don't fit together.

    """

    logs: tuple[Any, ...]
    accounts: Any = None
    baseline: tuple[Any, ...] | None = None
    rate: float = 0.01
    format: str | None = None
    mapping: str | Path | None = None
    channels: frozenset[str] | None = None
    allow: str | Path | None = None
    decisions: str | Path | None = None
    engine: str = "local"
    mode: Mode = "full"
    workspace: str | Path | None = None
    key: str | Path | None = None
    # What follows has no part in the answer, and scan.json says nothing of it.
    resume: bool = False
    master: str | None = None
    memory: str | None = None
    out: str | Path | None = None

    def __post_init__(self) -> None:
        """Check them, each alone and then together."""
        for name, (kind, words) in _TYPES.items():
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise UsageError(f"{name} has to be {words}, not {type(value).__name__}")
            if value == "":
                raise UsageError(f"{name} is empty; it has to be {words}")
            if kind is _PATH[0] and value is not None:
                _check_name(name, value)
        if not 0 < self.rate < 1:
            raise UsageError(f"rate {self.rate} is not between 0 and 1")
        for what, given, known in (("engine", self.engine, ENGINES), ("mode", self.mode, tuple(MODES))):
            if given not in known:
                raise UsageError(f"no {what} called {given}; known: {', '.join(known)}")
        if unknown := sorted((self.channels or frozenset()) - set(CHANNELS)):
            raise UsageError(f"no channel called {', '.join(unknown)}; known: {', '.join(CHANNELS)}")
        if self.memory is not None:
            read_size(self.memory)
        self._check_sources()
        if self.key is not None and self.mode != "sketches":
            raise UsageError(f"a key is for the mode sketches, not {self.mode}")
        if self.master is not None and self.engine != "spark":
            raise UsageError("a master is a Spark cluster's: --engine spark")
        if self.workspace is None and self.resume:
            raise UsageError("only a scan with a workspace can be resumed (--workspace FILE)")
        if self.workspace is not None and self.engine != "local":
            raise UsageError("a workspace is read into by the local engine; a cluster keeps its own tables")
        if self.workspace is not None and self.mode == "sketches" and self.key is None:
            raise UsageError("sketches in a workspace need a key, so that tomorrow's hashes match today's (--key FILE)")

    def _check_sources(self) -> None:
        accounts = None if self.accounts is None else (self.accounts,)
        for name, sources in (("logs", self.logs), ("accounts", accounts), ("baseline", self.baseline)):
            if sources is None:
                continue
            if not sources:
                raise UsageError(f"{name} is an empty list; name at least one")
            for source in sources:
                if isinstance(source, str) and not source:  # a DataFrame compares in ways of its own
                    raise UsageError(f"{name} is empty; it has to be a path")
                if name != "logs":
                    _check_name(name, source)
                if self.engine == "local" and not isinstance(source, str | Path):
                    raise UsageError(
                        f"{name} has to be a path, not {type(source).__name__}: the local engine reads files "
                        "(a DataFrame of Spark is read with engine='spark')"
                    )

    @property
    def keeps_text(self) -> bool:
        """Whether the answer may hold what was asked."""
        return self.mode == "full"

    @property
    def columns(self) -> frozenset[str]:
        """The exchange columns to read."""
        return COLUMNS - WORDS if self.mode == "metadata" else COLUMNS

    @property
    def budget(self) -> int:
        """Bytes of memory that the profiles may take."""
        return usable_memory() // 2 if self.memory is None else read_size(self.memory)

    def draw_key(self) -> Key | None:
        """The key to hash under: that of the file or, without one, another at each call; None where text is kept.

        Raises `InputError` where the file holds none.
        """
        if self.mode != "sketches":
            return None
        return random_key() if self.key is None else read_key(Path(self.key))

    def facts(self, log_format: str) -> dict[str, object]:
        """What scan.json says of them, with the name of the format that the log turned out to have."""
        answering = [field.name for field in fields(self) if field.name not in ("resume", "master", "memory", "out")]
        return {name: _told(getattr(self, name)) for name in answering} | {"format": log_format}


def listed(paths: Paths) -> tuple[Any, ...]:
    """One log or several, as a tuple."""
    if isinstance(paths, Sequence | Iterator | set | frozenset) and not isinstance(paths, str | bytes):
        return tuple(paths)
    return (paths,)


def named(channels: Collection[str] | None) -> frozenset[str] | None:
    """The names of channels, as a set. Raises `UsageError` where it is one text, or no collection."""
    if channels is None:
        return None
    if isinstance(channels, str) or not isinstance(channels, Collection) or not channels:
        raise UsageError(f"channels has to be a list of names out of {', '.join(CHANNELS)}")
    return frozenset(str(channel) for channel in channels)


def _check_name(name: str, path: object) -> None:
    """The libraries that write and read this file take no other names; those of logs are never theirs."""
    if isinstance(path, str | Path) and (shown_path := shown(path)) != str(path):
        raise UsageError(f"{name}: the name of {shown_path} is not UTF-8; rename it")


def _told(value: object) -> object:
    if value is None or isinstance(value, float | int):
        return value
    if isinstance(value, str | Path):
        return shown(value)
    if isinstance(value, tuple):
        return [_told(each) for each in value]
    return sorted(value) if isinstance(value, frozenset) else "a DataFrame"
