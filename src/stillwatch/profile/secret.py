"""The key under which profiles hash what was asked, so that nobody without it can look prompts or addresses up.

Equal things still have equal hashes within one key, which is all that the analysis needs. Whoever has the key, or can
have prompts of their own hashed under it, can test a guess; nobody can read a prompt back.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stillwatch.errors import InputError
from stillwatch.profile.kernels import key_all

Key = npt.NDArray[np.uint64]  #: shape (2,), or (0,) for none

LEAST_BYTES = 16


def no_key() -> Key:
    """The key of profiles that keep text, and need none."""
    return np.zeros(0, np.uint64)


def random_key() -> Key:
    """A key that nobody knows, and that is gone with the process."""
    return np.frombuffer(secrets.token_bytes(16), np.uint64)


def read_key(path: Path) -> Key:
    """The key that a file of at least `LEAST_BYTES` bytes stands for.

    Raises `InputError` where the file can't be read or is too short.
    """
    try:
        content = path.read_bytes()
    except OSError as cause:
        raise InputError(f"can't be read: {cause.strerror}", file=str(path)) from cause
    if len(content) < LEAST_BYTES:
        raise InputError(
            f"{len(content)} bytes are no key; put at least {LEAST_BYTES} random ones there, "
            "e.g. with `openssl rand -out FILE 32`",
            file=str(path),
        )
    return np.frombuffer(hashlib.blake2b(content, digest_size=16, person=b"stillwatch keys").digest(), np.uint64)


def seal(hashes: npt.NDArray[np.uint64], key: Key) -> npt.NDArray[np.uint64]:
    """Hashes of what may identify a person or a prompt, under the key if there is one."""
    if not len(key):
        return hashes
    out = hashes.copy()
    key_all(out, key)
    return out
