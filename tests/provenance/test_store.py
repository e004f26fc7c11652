"""The store: sealed at rest, and clear about what is wrong with it."""

from __future__ import annotations

import json

import pytest

from stillwatch.ledger import LedgerError
from stillwatch.provenance.errors import StoreError
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.store import AesSeal, EvidenceStore


@pytest.fixture
def folder(tmp_path, master):
    place = tmp_path / "evidence"
    with EvidenceStore.create(place, master, name="example.com/evidence") as store:
        for number in range(5):
            store.add("twin" if number < 3 else "mark", {"number": number, "text": "a customer's words"})
    return place


def test_reads_back_what_was_sealed(folder, master):
    store = EvidenceStore.open(folder, master)
    assert [record["number"] for _, record in store.records("twin")] == [0, 1, 2]
    assert store.counts() == {"mark": 2, "twin": 3}
    assert (store.name, store.ledger.verifier.name) == ("example.com/evidence",) * 2


def test_nothing_of_it_is_readable_on_disk(folder, master):
    everything = b"".join(path.read_bytes() for path in folder.iterdir())
    for secret in (b"customer", master.secret(), master.secret().hex().encode(), master.purpose("store").secret()):
        assert secret not in everything
    assert folder.stat().st_mode & 0o77 == 0


def test_another_key_is_named(folder, master):
    other = MasterKey.generate()
    with pytest.raises(StoreError) as caught:
        EvidenceStore.open(folder, other)
    assert master.commitment()[:12] in str(caught.value) and other.commitment()[:12] in str(caught.value)


def test_a_record_that_was_altered_or_moved_does_not_open(folder, master):
    path = folder / "records.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    rows = [json.loads(line) for line in lines]
    rows[0]["open"], rows[1]["open"] = rows[1]["open"], rows[0]["open"]
    path.write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    with pytest.raises(StoreError, match="does not open: it was altered or moved"):
        EvidenceStore.open(folder, master).ledger.read(0)


@pytest.mark.parametrize("at", [1, 200])
def test_a_truncated_store_is_an_error(folder, master, at):
    path = folder / "records.jsonl"
    path.write_bytes(path.read_bytes()[:-at])
    with pytest.raises(LedgerError, match="cut short"):
        EvidenceStore.open(folder, master)


def test_missing_and_damaged_descriptions(folder, master, tmp_path):
    with pytest.raises(StoreError, match="not an evidence store"):
        EvidenceStore.open(tmp_path / "nothing", master)
    facts = json.loads((folder / "store.json").read_text())
    (folder / "store.json").write_text(json.dumps(facts | {"format": "future"}))
    with pytest.raises(StoreError, match="'future'; this version reads"):
        EvidenceStore.open(folder, master)
    (folder / "store.json").write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        EvidenceStore.open(folder, master)


def test_seals_are_fresh_and_bound_to_their_context(master):
    seal = AesSeal(master.purpose("store"))
    one, two = seal.seal(b"data", b"here"), seal.seal(b"data", b"here")
    assert one != two
    assert seal.open(one, b"here") == b"data"
    for data, context in ((one, b"there"), (one[:-1], b"here"), (b"", b"here"), (bytes(40), b"here")):
        with pytest.raises(StoreError):
            seal.open(data, context)
