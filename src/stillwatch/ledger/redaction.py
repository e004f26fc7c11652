"""Records whose fields can be withheld later without breaking a single proof.

What the tree holds of a record (its *leaf*) is a commitment to each field, `SHA-256(tag || salt || name || value)` with
a fresh salt of 32 bytes and the value in canonical JSON (RFC 8785). Whoever has salt and value can check the
commitment; whoever has not learns nothing from it, however few values the field could have (the idea of SD-JWT, RFC
9901). To redact a field is to drop its salt and value.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.extras import require
from stillwatch.ledger.errors import LedgerError, VerificationError

_TAG = b"stillwatch field 1\n"
_SALT = 32


def canonical(value: Any) -> bytes:
    """Canonical JSON (RFC 8785). Raises `LedgerError` for what JSON can't say, such as NaN."""
    library = require("rfc8785", feature="the evidence ledger", extra="provenance")
    try:
        encoded: bytes = library.dumps(value)
    except (library.CanonicalizationError, UnicodeEncodeError) as cause:
        raise LedgerError(f"a record holds a value that canonical JSON can't write: {type(cause).__name__}") from cause
    return encoded


def _commit(salt: bytes, name: str, value: Any) -> str:
    encoded = name.encode()
    return hashlib.sha256(_TAG + salt + len(encoded).to_bytes(4, "big") + encoded + canonical(value)).hexdigest()


@dataclass(frozen=True)
class Record:
    """One record: its kind, the commitment to each field, and the fields that are disclosed, as (salt, value)."""

    kind: str
    commitments: Mapping[str, str]
    disclosed: Mapping[str, tuple[bytes, Any]]

    @classmethod
    def of(cls, kind: str, fields: Mapping[str, Any]) -> Record:
        """A new record with all its fields disclosed."""
        salted = {name: (secrets.token_bytes(_SALT), value) for name, value in fields.items()}
        return cls(kind, {name: _commit(salt, name, value) for name, (salt, value) in salted.items()}, salted)

    def leaf(self) -> bytes:
        """What the tree hashes: kind and commitments, in canonical JSON."""
        return canonical({"fields": dict(self.commitments), "kind": self.kind})

    def __getitem__(self, name: str) -> Any:
        """The value of a field. Raises `LedgerError` where it is redacted, KeyError where there is none."""
        if name in self.disclosed:
            return self.disclosed[name][1]
        if name in self.commitments:
            raise LedgerError(f"the field '{name}' of this {self.kind} record is redacted")
        raise KeyError(name)

    def fields(self) -> dict[str, Any]:
        """The disclosed fields."""
        return {name: value for name, (_, value) in self.disclosed.items()}

    def redact(self, *names: str) -> Record:
        """The same record without these fields' salts and values; its leaf is the same."""
        missing = set(names) - set(self.commitments)
        if missing:
            raise LedgerError(f"a {self.kind} record has no field '{min(missing)}'")
        return Record(self.kind, self.commitments, {n: d for n, d in self.disclosed.items() if n not in names})

    def verify(self) -> None:
        """Raise `VerificationError` unless every disclosed field is the one that was committed to."""
        for name, (salt, value) in self.disclosed.items():
            if len(salt) != _SALT or self.commitments.get(name) != _commit(salt, name, value):
                raise VerificationError(f"the field '{name}' of a {self.kind} record is not what was committed to")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: kind, commitments, disclosed."""
        disclosed = {name: [salt.hex(), value] for name, (salt, value) in self.disclosed.items()}
        return {"kind": self.kind, "commitments": dict(self.commitments), "disclosed": disclosed}

    @classmethod
    def from_dict(cls, data: Any) -> Record:
        """The reverse of `as_dict`, verified. Raises `VerificationError`."""
        try:
            kind, commitments, disclosed = data["kind"], data["commitments"], data["disclosed"]
            pairs = {name: (bytes.fromhex(salt), value) for name, (salt, value) in disclosed.items()}
            # One spelling of each salt: capitals and spaces would be other bytes of the same record.
            sound = all(pairs[name][0].hex() == salt for name, (salt, _) in disclosed.items())
            sound &= isinstance(kind, str) and all(isinstance(one, str) for one in commitments.values())
        except (AttributeError, KeyError, TypeError, ValueError) as cause:
            raise VerificationError("a record is malformed") from cause
        if not sound:
            raise VerificationError("a record is malformed")
        record = cls(kind, dict(commitments), pairs)
        record.verify()
        return record
