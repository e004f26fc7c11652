"""Keys: one master secret, and everything else derived from it.

    master ── epoch ── purpose ── provider | group NAME | account NAME | decoy N

Each arrow is one HKDF-Expand (RFC 5869, HMAC-SHA-256) with the step's name in `info`, each part behind its length, so
that no two paths collide. A derived key says nothing about its parents or siblings: an epoch's key can be given to the
machine that decodes, while the master key stays offline. Names come from the server's own records (billing account,
detected group), never from the client.

A secret is never in a `repr`, can't be pickled, and compares in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import NoReturn

from stillwatch.extras import require
from stillwatch.provenance.errors import KeyFileError

_HEADER = "stillwatch-master-key-1 "
_SIZE = 32


def _frame(parts: tuple[str | bytes | int, ...]) -> bytes:
    """The parts as bytes, each behind its kind and length: a one-to-one encoding."""
    out = bytearray()
    for part in parts:
        kind = b"i" if isinstance(part, int) else b"s" if isinstance(part, str) else b"b"
        data = str(part).encode() if isinstance(part, int | str) else part
        out += kind + len(data).to_bytes(8, "big") + data
    return bytes(out)


def _expand(secret: bytes, info: bytes) -> bytes:
    hashes = require("cryptography.hazmat.primitives.hashes", feature="key derivation", extra="provenance")
    hkdf = require("cryptography.hazmat.primitives.kdf.hkdf", feature="key derivation", extra="provenance")
    derived: bytes = hkdf.HKDFExpand(algorithm=hashes.SHA256(), length=_SIZE, info=info).derive(secret)
    return derived


class Key:
    """A secret of 32 bytes with the path by which it was derived. Values drawn from it are pseudorandom functions."""

    __slots__ = ("__secret", "path")

    def __init__(self, secret: bytes, path: tuple[str, ...] = ()) -> None:
        if len(secret) != _SIZE:
            raise KeyFileError(f"a key has {_SIZE} bytes, this one {len(secret)}")
        self.__secret = bytes(secret)
        self.path = path

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'/'.join(self.path) or 'master'}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and hmac.compare_digest(self.__secret, other.__secret)

    def __hash__(self) -> int:
        return hash(self.commitment())

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not pickled: derive them where they are used")

    def secret(self) -> bytes:
        """The 32 bytes themselves, for a cipher. Never log, print or store them."""
        return self.__secret

    def commitment(self) -> str:
        """SHA-256 of the key in hexadecimal: it binds to the key and, for a random key, doesn't reveal it."""
        return hashlib.sha256(b"stillwatch key commitment 1\n" + self.__secret).hexdigest()

    def derive(self, step: str, name: str | int = "") -> Key:
        """The child key for that step and name; HKDF-Expand with both in `info`."""
        return Key(_expand(self.__secret, _frame(("stillwatch", step, name))), (*self.path, f"{step}:{name}"))

    def digest(self, *parts: str | bytes | int) -> bytes:
        """HMAC-SHA-256 of the parts, 32 bytes."""
        return hmac.digest(self.__secret, _frame(parts), "sha256")

    def number(self, *parts: str | bytes | int, bits: int = 64) -> int:
        """A keyed integer, uniform on [0, 2^bits), at most 256 bits."""
        if not 0 < bits <= 256:
            raise ValueError(f"bits must be between 1 and 256, not {bits}")
        return int.from_bytes(self.digest(*parts), "big") >> (256 - bits)

    def fraction(self, *parts: str | bytes | int) -> float:
        """A keyed float, uniform on [0, 1)."""
        return self.number(*parts, bits=53) / 2.0**53

    def coin(self, *parts: str | bytes | int) -> int:
        """A keyed fair coin, 0 or 1."""
        return self.number(*parts, bits=1)

    def provider(self) -> Key:
        """The key that marks every response."""
        return self.derive("provider")

    def group(self, name: str) -> Key:
        """The key of a group of accounts that the detector found."""
        return self.derive("group", name)

    def account(self, name: str) -> Key:
        """The key of one account."""
        return self.derive("account", name)

    def decoy(self, index: int) -> Key:
        """A key that is never used to serve anybody: the null of a test that ranks the true key among decoys."""
        return self.derive("decoy", index)

    def purpose(self, name: str) -> Key:
        """The key for one purpose: "twins", "marks", "canaries", "store", "ledger"."""
        return self.derive("purpose", name)


class MasterKey(Key):
    """The one secret to keep. Lose it and no test can be run; leak it and marks can be forged and twins read."""

    __slots__ = ()

    @classmethod
    def generate(cls) -> MasterKey:
        """A new key from the operating system's randomness."""
        return cls(secrets.token_bytes(_SIZE))

    @classmethod
    def read(cls, path: Path) -> MasterKey:
        """The key in a file. Raises `KeyFileError` where there is none, or others may read it."""
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="ascii")
        except FileNotFoundError as cause:
            raise KeyFileError(f"{path}: no such key file; make one with 'stillwatch provenance keygen'") from cause
        except (OSError, UnicodeDecodeError) as cause:
            raise KeyFileError(f"{path}: can't be read as a master key file") from cause
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyFileError(f"{path}: others can read this key; 'chmod 600 {path}' first")
        head, _, body = text.strip().partition(" ")
        try:
            secret = bytes.fromhex(body)
        except ValueError:
            secret = b""
        if f"{head} " != _HEADER or len(secret) != _SIZE:
            # The text itself must not be in the message: it may be most of a key.
            raise KeyFileError(f"{path}: not a master key file of this version")
        return cls(secret)

    def write(self, path: Path) -> None:
        """Write the key to a new file that only its owner can read. Never overwrites."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as cause:
            raise KeyFileError(f"{path}: exists already; a key file is never overwritten; name another") from cause
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{_HEADER}{self.secret().hex()}\n")

    def epoch(self, name: str) -> Key:
        """The key of one epoch, such as "2026-11": the parent of all keys used in that time."""
        return self.derive("epoch", name)
