"""A ledger on disk: an append-only file of records and the last signed checkpoint.

    FOLDER/records.jsonl   one line a record: its leaf (commitments only) and its fields, sealed
    FOLDER/checkpoint      the last checkpoint, a signed note; publish copies of it

A record's fields are sealed by whatever `Seal` is given (encryption for twins, none for public evidence), bound to the
record's leaf. A line that a crash cut short is dropped if no checkpoint covers it, and is an error if one does.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator, Mapping
from io import BufferedRandom
from pathlib import Path
from typing import IO, Any, Protocol

from stillwatch.ledger.checkpoint import Checkpoint, Signer, Verifier
from stillwatch.ledger.errors import LedgerError, VerificationError
from stillwatch.ledger.redaction import Record, canonical
from stillwatch.ledger.tree import MerkleTree, leaf_hash

RECORDS, CHECKPOINT = "records.jsonl", "checkpoint"


class Seal(Protocol):
    """How fields are protected at rest. `context` is bound to the result: another context doesn't open it."""

    def seal(self, data: bytes, context: bytes) -> bytes:
        """Protect."""
        ...

    def open(self, data: bytes, context: bytes) -> bytes:
        """The reverse. Raises a `StillwatchError` where the key or the context is another."""
        ...


class Unsealed:
    """No protection: for evidence that is public anyway."""

    def seal(self, data: bytes, context: bytes) -> bytes:  # noqa: ARG002
        """The data themselves."""
        return data

    def open(self, data: bytes, context: bytes) -> bytes:  # noqa: ARG002
        """The data themselves."""
        return data


class Ledger:
    """The records of one folder. Reading needs the public key; appending needs the signer. Safe between threads."""

    def __init__(self, folder: Path, verifier: Verifier, *, signer: Signer | None = None, seal: Seal | None = None):
        self.folder, self.verifier, self._signer = folder, verifier, signer
        self._seal: Seal = seal or Unsealed()
        self._guard = threading.Lock()
        self._path = folder / RECORDS
        if not self._path.is_file():
            raise LedgerError(f"{folder}: not a ledger (no {RECORDS} in it)")
        self.checkpoint, self.note = self._read_checkpoint()
        self._tree = MerkleTree()
        self._kinds: list[str] = []
        self._offsets = [0]
        # The lock is a file of its own: redaction replaces the records' file.
        self._lock = _lock(folder) if signer else None
        self._load()
        self._file = self._open_to_append() if signer else None

    @classmethod
    def create(cls, folder: Path, signer: Signer, *, seal: Seal | None = None) -> Ledger:
        """A new, empty ledger in a new or empty folder, that only its owner can read."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise LedgerError(f"{folder}: not empty; a ledger begins in an empty folder")
        os.close(os.open(folder / RECORDS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        note = Checkpoint(signer.verifier.name, 0, MerkleTree().root()).sign(signer)
        _write(folder / CHECKPOINT, note)
        return cls(folder, signer.verifier, signer=signer, seal=seal)

    def __len__(self) -> int:
        return len(self._tree)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Sign what is not signed yet, and let go of the file."""
        if self._file is not None:
            self.commit()
            self._file.close()
            self._file = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def append(self, kind: str, fields: Mapping[str, Any]) -> int:
        """Add a record; its index. It is signed with the next `commit`."""
        record = Record.of(kind, fields)
        leaf = record.leaf()
        line = self._line(leaf, record)
        with self._guard:
            if self._file is None:
                raise LedgerError(f"{self.folder}: open for reading only; appending needs the signing key")
            self._file.write(line)
            self._file.flush()
            self._offsets.append(self._offsets[-1] + len(line))
            self._kinds.append(kind)
            return self._tree.append(leaf)

    def commit(self) -> str:
        """Sign a checkpoint over all records and make them durable; the signed note."""
        with self._guard:
            if self._file is None or self._signer is None:
                raise LedgerError(f"{self.folder}: open for reading only; a checkpoint needs the signing key")
            if self.checkpoint.size != len(self._tree):
                os.fsync(self._file.fileno())
                self.checkpoint = Checkpoint(self.verifier.name, len(self._tree), self._tree.root())
                self.note = self.checkpoint.sign(self._signer)
                _write(self.folder / CHECKPOINT, self.note)
            return self.note

    def kinds(self) -> list[str]:
        """The kind of each record, in order."""
        return list(self._kinds)

    def read(self, index: int) -> Record:
        """One record with the fields that are not redacted, each checked against its commitment."""
        if not 0 <= index < len(self):
            raise LedgerError(f"{self.folder}: no record {index}; it holds {len(self)}")
        with self._path.open("rb") as file:
            file.seek(self._offsets[index])
            return self._record(file.read(self._offsets[index + 1] - self._offsets[index]), index)

    def records(self, kind: str) -> Iterator[tuple[int, Record]]:
        """All records of a kind with their indices, in order."""
        for index, found in enumerate(self._kinds):
            if found == kind:
                yield index, self.read(index)

    def inclusion_proof(self, index: int) -> list[bytes]:
        """Proof that the record is in the tree of the last checkpoint."""
        if index >= self.checkpoint.size:
            raise LedgerError(f"record {index} is not in a checkpoint yet: commit first")
        return self._tree.inclusion_proof(index, self.checkpoint.size)

    def consistency_proof(self, earlier: Checkpoint) -> list[bytes]:
        """Proof that the last checkpoint extends an earlier one. Raises `LedgerError` where it does not."""
        size = self.checkpoint.size
        if earlier.size > size or self._tree.root(earlier.size) != earlier.root:
            raise LedgerError(
                f"{self.folder}: does not extend the checkpoint of {earlier.size} records: history was rewritten"
            )
        return self._tree.consistency_proof(earlier.size, size)

    def redact(self, index: int, *names: str) -> None:
        """Drop the salts and values of these fields for good. Every proof stays valid."""
        kept = self.read(index).redact(*names)
        with self._guard:
            if self._file is None:
                raise LedgerError(f"{self.folder}: open for reading only; redaction needs the signing key")
            line = self._line(kept.leaf(), kept)
            start, end = self._offsets[index], self._offsets[index + 1]
            replaced = self._path.with_suffix(".redacting")
            with self._path.open("rb") as old, os.fdopen(_open_private(replaced), "wb") as new:
                new.write(old.read(start) + line)
                old.seek(end)
                while block := old.read(1 << 20):
                    new.write(block)
                new.flush()
                os.fsync(new.fileno())
            self._file.close()
            replaced.replace(self._path)
            shift = len(line) - (end - start)
            self._offsets[index + 1 :] = [offset + shift for offset in self._offsets[index + 1 :]]
            self._file = self._open_to_append()

    def _line(self, leaf: bytes, record: Record) -> bytes:
        disclosed = canonical(record.as_dict()["disclosed"])
        sealed = base64.b64encode(self._seal.seal(disclosed, leaf_hash(leaf))).decode()
        return b'{"leaf":' + leaf + b',"open":"' + sealed.encode() + b'"}\n'

    def _record(self, line: bytes, index: int) -> Record:
        where = f"{self._path}, record {index}"
        leaf, sealed = _parse(line, where)
        disclosed = json.loads(self._seal.open(base64.b64decode(sealed), leaf_hash(canonical(leaf))))
        try:
            return Record.from_dict({"kind": leaf["kind"], "commitments": leaf["fields"], "disclosed": disclosed})
        except VerificationError as cause:
            raise LedgerError(f"{where}: {cause}") from cause

    def _read_checkpoint(self) -> tuple[Checkpoint, str]:
        path = self.folder / CHECKPOINT
        try:
            note = path.read_text(encoding="utf-8")
        except FileNotFoundError as cause:
            raise LedgerError(f"{path}: missing; restore it from a copy, without it nothing is proved") from cause
        except UnicodeDecodeError as cause:
            raise LedgerError(f"{path}: altered: it is not text") from cause
        try:
            return Checkpoint.open(note, self.verifier), note
        except VerificationError as cause:
            raise LedgerError(f"{path}: {cause}") from cause

    def _load(self) -> None:
        with self._path.open("rb") as file:
            for index, line in enumerate(file):
                if not line.endswith(b"\n"):
                    break  # cut short: an error below if a checkpoint covers it
                leaf, _ = _parse(line, f"{self._path}, record {index}")
                self._tree.append(canonical(leaf))
                self._kinds.append(str(leaf["kind"]))
                self._offsets.append(self._offsets[-1] + len(line))
        signed = self.checkpoint
        if len(self) < signed.size:
            raise LedgerError(
                f"{self._path}: holds {len(self)} whole records, and {signed.size} were signed: it was cut short; "
                "restore it from a copy"
            )
        if self._tree.root(signed.size) != signed.root:
            raise LedgerError(f"{self._path}: its records are not those that were signed: it was altered")

    def _open_to_append(self) -> BufferedRandom:
        file = self._path.open("r+b")
        file.truncate(self._offsets[-1])
        file.seek(self._offsets[-1])
        return file


def _lock(folder: Path) -> IO[bytes]:
    """Held for as long as the file is open. Raises `LedgerError` where another process holds it."""
    file = (folder / "lock").open("ab")
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass  # a system without such locks
    except BlockingIOError as cause:
        file.close()
        raise LedgerError(f"{folder}: another process is writing to it") from cause
    return file


def _parse(line: bytes, where: str) -> tuple[dict[str, Any], str]:
    try:
        data = json.loads(line)
        leaf, sealed = data["leaf"], data["open"]
        if set(leaf) != {"fields", "kind"} or not isinstance(sealed, str):
            raise ValueError("other fields than a record's")
        return leaf, sealed
    except (ValueError, KeyError, TypeError) as cause:
        raise LedgerError(f"{where}: not a record: the file was altered") from cause


def _open_private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def _write(path: Path, text: str) -> None:
    """Replace a file in one step."""
    new = path.with_suffix(".new")
    with os.fdopen(_open_private(new), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
