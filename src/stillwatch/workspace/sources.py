"""Which files of a log a workspace has read already, judged by their content and not by their names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from stillwatch.errors import InputError, UsageError
from stillwatch.logs.files import LogFile, shown

#: A file up to this size is hashed whole; of a larger one its ends and this many blocks between.
_WHOLE = 8 << 20
_END, _BLOCK, _BLOCKS = 1 << 20, 1 << 16, 62


@dataclass(frozen=True, slots=True)
class Source:
    """A file that a workspace has read, or has begun to read."""

    id: int
    path: str
    size: int  #: bytes, when it was read
    fingerprint: str  #: of those bytes
    read_to: int = 0  #: rows up to this one are in the profiles, or were set aside
    whole: bool = False  #: whether that is all of them
    accepted: int = 0  #: exchanges in the profiles
    growing: bool = False  #: whether lines may be appended: plain JSON Lines that end in a newline


@dataclass
class Plan:
    """What a scan has to read."""

    behind: dict[str, int | None] = field(default_factory=dict)  #: as `stillwatch.logs.open_logs` wants it
    sources: dict[str, Source] = field(default_factory=dict)  #: file name -> source, of the files to be read
    skipped: list[str] = field(default_factory=list)  #: files that were read before
    grown: list[str] = field(default_factory=list)  #: files that are read on from where they ended


def plan(files: Sequence[LogFile], known: Sequence[Source], workspace: Path) -> Plan:
    """Compare the files of a log with the sources that a workspace knows.

    Raises:
        InputError: A file is not what it was when it was read.
        UsageError: A source that was read in part is not among the files.

    """
    found = Plan()
    by_content = {source.fingerprint: source for source in known}
    by_path = {source.path: source for source in known}
    following = max((source.id for source in known), default=0) + 1
    taken: set[int] = set()
    for file in files:
        size = file.path.stat().st_size
        mark = fingerprint(file.path, size)
        path = shown(file.path.resolve())
        source = by_content.get(mark)
        if source is None and path in by_path:
            source = _grown(file, by_path[path], size, mark)
            found.grown.append(file.name)
        if source is None:
            source = Source(following, path, size, mark, growing=_growing(file, size))
            by_content[mark] = source
            following += 1
        elif source.whole or source.id in taken:
            found.skipped.append(file.name)
            found.behind[file.name] = None
            continue
        taken.add(source.id)
        found.sources[file.name] = source
        found.behind[file.name] = source.read_to
    if left := [source for source in known if not source.whole and source.id not in taken]:
        raise UsageError(
            f"{workspace} holds a scan that stopped before the end of {left[0].path}, which is not among these logs; "
            f"give it too, or forget that scan: stillwatch workspace rewind {workspace}"
        )
    return found


def fingerprint(path: Path, size: int) -> str:
    """A hash of the first `size` bytes of a file: of all of them, or of its size, its ends and blocks between.

    Raises `InputError` where the file can't be read.
    """
    digest = hashlib.blake2b(str(size).encode(), digest_size=16)
    parts = [(0, size)]
    if size > _WHOLE:
        step = (size - 2 * _END) // _BLOCKS
        parts = [(0, _END), *((_END + step * i, _BLOCK) for i in range(_BLOCKS)), (size - _END, _END)]
    try:
        with path.open("rb") as stream:
            for start, length in parts:
                stream.seek(start)
                digest.update(stream.read(length))
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", file=shown(path)) from None
    return digest.hexdigest()


def _grown(file: LogFile, source: Source, size: int, mark: str) -> Source:
    """The source of a file to which lines were appended since it was read."""
    if source.growing and size > source.size and fingerprint(file.path, source.size) == source.fingerprint:
        return replace(source, size=size, fingerprint=mark, whole=False, growing=_growing(file, size))
    raise InputError(
        f"is not what it was when the workspace read it ({source.size:,} bytes then, {size:,} now); only JSON Lines "
        "that ended in a newline may grow. Give new rows as a file of their own, or scan into a new workspace",
        file=file.name,
    )


def _growing(file: LogFile, size: int) -> bool:
    if file.kind != "lines" or file.packing is not None or not size:
        return False
    with file.path.open("rb") as stream:
        stream.seek(size - 1)
        return stream.read(1) == b"\n"
