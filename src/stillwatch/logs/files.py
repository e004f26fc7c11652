"""Which files a log is made of, how each is packed, and its bytes unpacked."""

from __future__ import annotations

import glob
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from stillwatch.errors import InputError

Kind = Literal["parquet", "lines", "json", "csv"]
Packing = Literal["gzip", "zstd"] | None

_PACKINGS: dict[str, Packing] = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
_KINDS: dict[str, Kind] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".json": "json",
    ".log": "lines",
    ".csv": "csv",
    ".tsv": "csv",
}
_SUFFIXES = ".parquet, .jsonl, .ndjson, .json, .csv or .tsv, plain or with .gz or .zst"
_MAGIC: tuple[tuple[bytes, Packing], ...] = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_WIDE = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file: where it is, the name that messages use, what it holds and how it is compressed."""

    path: Path
    name: str
    kind: Kind
    packing: Packing
    _opened: list[Any] = field(default_factory=list, repr=False, compare=False)

    def open(self) -> Any:
        """An Arrow input stream of the unpacked bytes."""
        try:
            packed = pa.OSFile(os.fsencode(self.path), "rb")
        except OSError as error:
            raise InputError(f"can't be opened: {error}", file=self.name) from None
        self._opened[:] = [packed]
        return pa.CompressedInputStream(packed, self.packing) if self.packing else packed

    def position(self) -> int:
        """Bytes of the file, as it lies on the disk, that were read when it was last opened."""
        opened = self._opened[0] if self._opened else None
        return self.path.stat().st_size if opened is None or opened.closed else int(opened.tell())

    def blocks(self, size: int = 1 << 22) -> Iterator[bytes]:
        """The unpacked bytes in blocks of at most `size`; a truncated or damaged file is an `InputError`."""
        with self.open() as stream:
            while True:
                block = self.read(stream, size)
                if not block:
                    return
                yield block

    def read(self, stream: Any, size: int) -> bytes:
        """Up to `size` bytes of an open stream; fails as `blocks` does."""
        try:
            return bytes(stream.read(size))
        except (OSError, EOFError) as error:
            raise self.damaged(error) from None

    def fill(self, stream: Any, block: bytearray, start: int) -> int:
        """Read bytes of an open stream into a block, from `start` on; their number. Fails as `blocks` does."""
        try:
            with memoryview(block) as view:
                return int(stream.readinto(view[start:]))
        except (OSError, EOFError) as error:
            raise self.damaged(error) from None

    def damaged(self, error: Exception) -> InputError:
        """The error for a file that can't be unpacked to its end."""
        what = f"{self.packing} data is truncated or damaged" if self.packing else "can't be read"
        return InputError(f"{what} ({str(error).strip()}); copy the file again or leave it out", file=self.name)

    def head(self, size: int = 1 << 20) -> bytes:
        """The first `size` unpacked bytes (fewer where the file ends)."""
        with self.open() as stream:
            return self.read(stream, size)


def find_files(paths: Sequence[str | Path]) -> tuple[LogFile, ...]:
    """Files, globs and directories -> the files of the log, each once, sorted by name.

    Raises:
        InputError: A path that does not exist or can't be read, a glob or directory without logs.

    """
    found: dict[Path, LogFile] = {}
    for given in paths:
        try:
            expanded = _expand(given)
        except OSError as error:
            where = given if error.filename is None else error.filename
            raise InputError(f"can't be opened: {error.strerror}", file=shown(where)) from None
        for path in expanded:
            found.setdefault(path.resolve(), _describe(path))
    if not found:
        raise InputError("no log was given; pass files, globs or directories")
    return tuple(sorted(found.values(), key=lambda file: file.name))


def _expand(given: str | Path) -> Iterable[Path]:
    path = Path(given)
    if path.is_file():
        return [path]
    if path.is_dir():
        # A folder with a scan.json is an earlier answer, whose tables are no logs.
        held = list(_inside(path))
        answers = {p.parent for p in held if p.name == "scan.json"}
        inside = [
            p
            for p in held
            if p.is_file() and not p.name.startswith((".", "_")) and _kind(p) and answers.isdisjoint(p.parents)
        ]
        if not inside and answers:
            raise InputError("is an answer of a scan, or holds only such; name the logs themselves", file=shown(given))
        if not inside:
            raise InputError(f"no logs in this directory; they end in {_SUFFIXES}", file=shown(given))
        return inside
    if glob.has_magic(str(given)):
        matches = [p for p in map(Path, glob.glob(str(given), recursive=True)) if p.is_file()]  # noqa: PTH207 - absolute patterns too
        if not matches:
            raise InputError("no file matches", file=shown(given))
        return matches
    if path.exists():
        raise InputError("is a pipe or device, which can't be read twice; save it as a file first", file=shown(given))
    if "://" in str(given):
        raise InputError("is no file of this machine; copy it here, or scan it with --engine spark", file=shown(given))
    raise InputError("no such file or directory", file=shown(given))


def _inside(directory: Path) -> Iterator[Path]:
    """All files below a directory; `OSError` where a part of it can't be read, which `rglob` would pass over."""

    def refuse(error: OSError) -> None:
        raise error

    for place, _, names in os.walk(directory, onerror=refuse):
        yield from (Path(place, name) for name in names)


def shown(path: str | Path) -> str:
    r"""A path as text that can be written: bytes of its name that are not UTF-8 as in caf\xe9.jsonl."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _kind(path: Path) -> Kind | None:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _PACKINGS:
        suffixes.pop()
    return _KINDS.get(suffixes[-1]) if suffixes else None


def _describe(path: Path) -> LogFile:
    """What a file holds, by its first bytes where they tell and by its name where they don't."""
    name = shown(path)
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        raise InputError(f"can't be opened: {error.strerror}", file=name) from None
    packing: Packing = next((packing for start, packing in _MAGIC if magic.startswith(start)), None)
    kind = _kind(path)
    if magic == b"PAR1":
        return LogFile(path, name, "parquet", None)
    if kind == "parquet":
        if not magic:
            return LogFile(path, name, "parquet", None)
        raise InputError("is named .parquet but is not a Parquet file; export it again", file=name)
    if not magic:
        return LogFile(path, name, kind or "lines", None)
    suffix = path.suffix.lower()
    if suffix in _PACKINGS and packing != _PACKINGS[suffix]:
        raise InputError(f"is named {suffix} but is not compressed that way; rename or export it again", file=name)
    file = LogFile(path, name, kind or "lines", packing)
    head = file.head(1 << 16)
    _refuse_wide(head, name)
    return LogFile(path, name, _kind_of_text(head, kind, name), packing)


def _refuse_wide(head: bytes, name: str) -> None:
    wide = next((encoding for start, encoding in _WIDE if head.startswith(start)), None)
    if wide is None and head and head[:4096].count(0) * 4 > len(head[:4096]):
        wide = "UTF-16 or binary data"
    if wide:
        remedy = "logs are UTF-8: convert it, e.g. iconv -f UTF-16 -t UTF-8"
        raise InputError(f"unreadable encoding, it looks like {wide}; {remedy}", file=name)


def _kind_of_text(head: bytes, kind: Kind | None, name: str) -> Kind:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if kind == "csv":
        return "csv"
    if kind is None and text[:1] not in (b"{", b"["):
        raise InputError(f"can't tell what this file holds; logs end in {_SUFFIXES}", file=name)
    if text.startswith(b"["):
        return "json"
    # A pretty-printed object has nothing but its brace on the first line; a JSON line has all of it.
    first = io.BytesIO(text).readline().strip()
    return "json" if first == b"{" else "lines"
