"""Signed checkpoints: what the ledger's keeper commits to at a point in time.

Formats: C2SP signed-note and tlog-checkpoint (c2sp.org), with Ed25519 (RFC 8032). A checkpoint is three lines (origin,
size, root in base64), an empty line, and one signature line `— NAME base64(key hash || signature)`. A verifier key is
`NAME+hash+base64(0x01 || public key)`. The tools of certificate transparency read both.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from stillwatch.extras import require
from stillwatch.ledger.errors import VerificationError

_ED25519 = b"\x01"
_DASH = "— "
_NAME = re.compile(r"[^\s+]+")


def decode_base64(text: str, what: str) -> bytes:
    """Standard base64 in its one canonical spelling. Raises `VerificationError` otherwise."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as cause:
        raise VerificationError(f"{what} is not base64") from cause
    if base64.b64encode(data).decode() != text:
        raise VerificationError(f"{what} is not canonical base64")
    return data


def _ed25519() -> Any:
    return require(
        "cryptography.hazmat.primitives.asymmetric.ed25519", feature="the evidence ledger", extra="provenance"
    )


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise VerificationError(f"{name!r} can't name a key: no spaces and no plus sign, and not empty")


@dataclass(frozen=True)
class Verifier:
    """A public key with the name that it signs under."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """From `NAME+hash+base64`. Raises `VerificationError` where it is not one."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise VerificationError("a verifier key is NAME+hash+base64")
        name, short, encoded = parts
        _check_name(name)
        data = decode_base64(encoded, "the verifier key")
        if len(data) != 33 or data[:1] != _ED25519:
            raise VerificationError("the verifier key is not an Ed25519 key")
        if _key_hash(name, data[1:]).hex() != short:
            raise VerificationError("the verifier key's hash is not that of its key: it was mistyped or altered")
        return cls(name, data[1:])

    def __str__(self) -> str:
        encoded = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{_key_hash(self.name, self.public).hex()}+{encoded}"

    def open(self, note: str) -> str:
        """The text of a note that this key signed, its last newline included. Raises `VerificationError` otherwise."""
        text, found, signatures = note.rpartition("\n\n")
        if not found or not signatures.endswith("\n"):
            raise VerificationError("not a signed note")
        text += "\n"
        seen = False
        for line in signatures[:-1].split("\n"):
            if not line.startswith(_DASH) or line.count(" ") != 2:
                raise VerificationError("not a signed note: a signature line is malformed")
            name, encoded = line.removeprefix(_DASH).split(" ")
            data = decode_base64(encoded, "a signature")
            if name != self.name or data[:4] != _key_hash(self.name, self.public):
                continue
            self._verify(text, data[4:])
            seen = True
        if not seen:
            raise VerificationError(f"not signed by {self}: another key signed it, or its signature was altered")
        return text

    def _verify(self, text: str, signature: bytes) -> None:
        exceptions = require("cryptography.exceptions", feature="the evidence ledger", extra="provenance")
        try:
            _ed25519().Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (exceptions.InvalidSignature, ValueError) as cause:
            raise VerificationError(f"the signature of {self.name} does not match: the text was altered") from cause


class Signer:
    """A private key with the name that it signs under."""

    def __init__(self, name: str, seed: bytes) -> None:
        _check_name(name)
        self._private = _ed25519().Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"<Signer {self.verifier.name}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("signers are not pickled")

    def sign(self, text: str) -> str:
        """The text, which ends with a newline, as a signed note."""
        if not text.endswith("\n"):
            raise ValueError("the text of a note ends with a newline")
        name, public = self.verifier.name, self.verifier.public
        signature = base64.b64encode(_key_hash(name, public) + self._private.sign(text.encode())).decode()
        return f"{text}\n{_DASH}{name} {signature}\n"


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: the ledger's name, its number of leaves, and the root over them."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """From the three lines. Raises `VerificationError` where they are not a checkpoint."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise VerificationError("a checkpoint is three lines: origin, size, root")
        if not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
            raise VerificationError("the checkpoint's size is not a number")
        root = decode_base64(lines[2], "the checkpoint's root")
        if len(root) != 32:
            raise VerificationError("the checkpoint's root is not 32 bytes")
        return cls(lines[0], int(lines[1]), root)

    def sign(self, signer: Signer) -> str:
        """The signed note."""
        return signer.sign(str(self))

    @classmethod
    def open(cls, note: str, verifier: Verifier) -> Checkpoint:
        """The checkpoint in a signed note, its signature and origin checked. Raises `VerificationError`."""
        found = cls.parse(verifier.open(note))
        if found.origin != verifier.name:
            raise VerificationError(f"the checkpoint is of {found.origin}, not of {verifier.name}")
        return found
