"""Keys, stores and a tiny suspect."""

from __future__ import annotations

import pytest

from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.local import LocalSuspect
from stillwatch.provenance.store import EvidenceStore

from .tiny import byte_tokenizer, tiny_model


@pytest.fixture(scope="session")
def tiny():
    """A random model over bytes; don't train it."""
    return LocalSuspect(tiny_model(), byte_tokenizer(), name="tiny")


@pytest.fixture
def master():
    return MasterKey(bytes(range(32)))


@pytest.fixture
def store(tmp_path, master):
    with EvidenceStore.create(tmp_path / "store", master, name="example.com/evidence") as opened:
        yield opened
