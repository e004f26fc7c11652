"""The evidence store: a ledger whose records are encrypted at rest.

    FOLDER/store.json      public: the store's name, and a commitment to the master key that opens it
    FOLDER/records.jsonl   the ledger's records, their fields sealed with AES-256-GCM
    FOLDER/checkpoint      the ledger's last signed checkpoint

The master key gives both the sealing key and the ledger's signing key, so that a store needs no other secret. Each
record is sealed under a fresh nonce of 96 bits and bound to its place in the tree: one that is moved or altered does
not open.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from stillwatch.extras import require
from stillwatch.ledger import Ledger, Record, Signer
from stillwatch.provenance.errors import StoreError
from stillwatch.provenance.keys import Key, MasterKey

_FORMAT = "stillwatch-evidence-1"
_NONCE = 12


class AesSeal:
    """AES-256-GCM under one key; `context` is authenticated with the data."""

    def __init__(self, key: Key) -> None:
        aead = require("cryptography.hazmat.primitives.ciphers.aead", feature="the evidence store", extra="provenance")
        self._invalid = require("cryptography.exceptions", feature="the evidence store", extra="provenance").InvalidTag
        self._cipher = aead.AESGCM(key.secret())

    def __reduce__(self) -> NoReturn:
        raise TypeError("a cipher with its key is not pickled")

    def seal(self, data: bytes, context: bytes) -> bytes:
        """Nonce and ciphertext."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + bytes(self._cipher.encrypt(nonce, data, context))

    def open(self, data: bytes, context: bytes) -> bytes:
        """The plaintext. Raises `StoreError` where anything was altered."""
        try:
            return bytes(self._cipher.decrypt(data[:_NONCE], data[_NONCE:], context))
        except (self._invalid, ValueError) as cause:
            raise StoreError(
                "a sealed record does not open: it was altered or moved; restore the store from a copy"
            ) from cause


class EvidenceStore:
    """What a provider keeps for a later test of a suspect: twins, marks, canaries, plans, transcripts, results."""

    def __init__(self, ledger: Ledger, name: str) -> None:
        self.ledger, self.name = ledger, name

    def __enter__(self) -> EvidenceStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @classmethod
    def create(cls, folder: Path, key: MasterKey, *, name: str = "stillwatch") -> EvidenceStore:
        """A new, empty store. `name` names its ledger, as in checkpoints: a host name of yours, with a path."""
        ledger = Ledger.create(folder, _signer(key, name), seal=_seal(key))
        facts = {"format": _FORMAT, "key": key.commitment(), "name": name}
        (folder / "store.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        return cls(ledger, name)

    @classmethod
    def open(cls, folder: Path, key: MasterKey, *, write: bool = False) -> EvidenceStore:
        """An existing store. Raises `StoreError` where the key is another, `LedgerError` where it is damaged."""
        name = _name_of(folder, key)
        signer = _signer(key, name)
        return cls(Ledger(folder, signer.verifier, signer=signer if write else None, seal=_seal(key)), name)

    def close(self) -> None:
        """Sign what is not signed yet, and let go of the files."""
        self.ledger.close()

    def add(self, kind: str, fields: Mapping[str, Any]) -> int:
        """Seal and append a record; its index."""
        return self.ledger.append(kind, fields)

    def records(self, kind: str) -> Iterator[tuple[int, Record]]:
        """All records of a kind, opened."""
        return self.ledger.records(kind)

    def counts(self) -> dict[str, int]:
        """Records by kind."""
        kinds = self.ledger.kinds()
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def _name_of(folder: Path, key: MasterKey) -> str:
    path = folder / "store.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        version, wanted, name = facts["format"], facts["key"], facts["name"]
    except FileNotFoundError as cause:
        raise StoreError(
            f"{folder}: not an evidence store (no store.json in it); make one with 'stillwatch provenance init'"
        ) from cause
    except (ValueError, KeyError, TypeError) as cause:
        raise StoreError(f"{path}: damaged; restore it from a copy") from cause
    if version != _FORMAT:
        raise StoreError(f"{path}: of the format {version!r}; this version reads {_FORMAT}")
    if wanted != key.commitment():
        raise StoreError(
            f"{folder}: made under the master key {str(wanted)[:12]}, and the key given is {key.commitment()[:12]}; "
            "give the key that made it"
        )
    return str(name)


def _signer(key: MasterKey, name: str) -> Signer:
    return Signer(name, key.purpose("ledger").secret())


def _seal(key: MasterKey) -> AesSeal:
    return AesSeal(key.purpose("store"))
