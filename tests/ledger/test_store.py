"""The ledger on disk: append, reopen, redact, and every way in which it can be damaged."""

from __future__ import annotations

import json

import pytest

from stillwatch.ledger import Checkpoint, Ledger, LedgerError, Signer, VerificationError, export_bundle, verify_bundle
from stillwatch.ledger.store import CHECKPOINT, RECORDS
from stillwatch.ledger.tree import verify_consistency

SIGNER = Signer("example.com/evidence", b"k" * 32)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "ledger"
    with Ledger.create(place, SIGNER) as ledger:
        for number in range(7):
            ledger.append("note", {"number": number, "text": f"secret {number}", "nested": {"é": [1, None, 0.5]}})
    return place


def reopened(folder):
    return Ledger(folder, SIGNER.verifier)


def test_what_was_appended_is_read_back_in_order(folder):
    ledger = reopened(folder)
    assert [record["number"] for _, record in ledger.records("note")] == list(range(7))
    assert ledger.read(3).fields() == {"number": 3, "text": "secret 3", "nested": {"é": [1, None, 0.5]}}
    assert ledger.checkpoint.size == len(ledger) == 7
    assert (folder / RECORDS).stat().st_mode & 0o77 == 0


def test_appending_extends_every_earlier_checkpoint(folder):
    with Ledger(folder, SIGNER.verifier, signer=SIGNER) as ledger:
        before = ledger.checkpoint
        ledger.append("other", {"a": 1})
        ledger.commit()
        proof = ledger.consistency_proof(before)
        assert verify_consistency(7, 8, before.root, ledger.checkpoint.root, proof)
    assert reopened(folder).kinds() == ["note"] * 7 + ["other"]


def test_redaction_keeps_every_proof_and_erases_the_text(folder):
    before = export_bundle(reopened(folder), range(7))
    with Ledger(folder, SIGNER.verifier, signer=SIGNER) as ledger:
        ledger.redact(2, "text", "nested")
        ledger.append("note", {"number": 7})
    ledger = reopened(folder)
    assert "secret 2" not in (folder / RECORDS).read_text()
    assert ledger.read(2).fields() == {"number": 2}
    with pytest.raises(LedgerError, match="'text' of this note record is redacted"):
        ledger.read(2)["text"]
    assert ledger.read(6)["text"] == "secret 6"
    assert ledger.read(7)["number"] == 7
    old = verify_bundle(before, SIGNER.verifier)
    new = verify_bundle(export_bundle(ledger, range(8), earlier=[str(old.checkpoint.sign(SIGNER))]), SIGNER.verifier)
    assert new.earlier == (old.checkpoint,)
    assert all(new.records[i].leaf() == old.records[i].leaf() for i in range(7))


def test_equal_values_have_unequal_commitments(tmp_path):
    with Ledger.create(tmp_path / "l", SIGNER) as ledger:
        ledger.append("coin", {"served": 1})
        ledger.append("coin", {"served": 1})
        one, two = ledger.read(0), ledger.read(1)
    assert one.commitments != two.commitments


def test_a_ledger_that_lost_records_is_an_error(folder):
    lines = (folder / RECORDS).read_bytes().splitlines(keepends=True)
    (folder / RECORDS).write_bytes(b"".join(lines[:5]))
    with pytest.raises(LedgerError, match="holds 5 whole records, and 7 were signed: it was cut short"):
        reopened(folder)
    (folder / RECORDS).write_bytes(b"".join(lines)[:-20])
    with pytest.raises(LedgerError, match="holds 6 whole records"):
        reopened(folder)


def test_a_record_that_a_crash_cut_short_is_dropped_if_nothing_was_promised(folder):
    with (folder / RECORDS).open("ab") as file:
        file.write(b'{"leaf":{"fields":{')
    assert len(reopened(folder)) == 7
    with Ledger(folder, SIGNER.verifier, signer=SIGNER) as ledger:
        ledger.append("note", {"number": 7})
    assert [record["number"] for _, record in reopened(folder).records("note")] == list(range(8))


def test_a_changed_leaf_or_field_is_an_error(folder):
    whole = (folder / RECORDS).read_bytes()
    lines = whole.splitlines(keepends=True)
    (folder / RECORDS).write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))
    with pytest.raises(LedgerError, match="altered"):
        reopened(folder)
    swapped = json.loads(lines[0])
    swapped["open"] = json.loads(lines[1])["open"]
    (folder / RECORDS).write_bytes(json.dumps(swapped).encode() + b"\n" + b"".join(lines[1:]))
    with pytest.raises(LedgerError, match=r"record 0.*not what was committed to"):
        reopened(folder).read(0)
    (folder / RECORDS).write_bytes(b"nonsense\n" + whole)
    with pytest.raises(LedgerError, match="record 0: not a record"):
        reopened(folder)


def test_missing_parts_and_other_keys_are_errors(folder, tmp_path):
    other = Signer("example.com/evidence", b"x" * 32)
    with pytest.raises(LedgerError, match="another key signed it"):
        Ledger(folder, other.verifier)
    (folder / CHECKPOINT).unlink()
    with pytest.raises(LedgerError, match="missing"):
        reopened(folder)
    with pytest.raises(LedgerError, match="not a ledger"):
        reopened(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(LedgerError, match="not empty"):
        Ledger.create(tmp_path, SIGNER)


def test_one_writer_at_a_time_and_none_without_the_key(folder):
    with Ledger(folder, SIGNER.verifier, signer=SIGNER), pytest.raises(LedgerError, match="another process"):
        Ledger(folder, SIGNER.verifier, signer=SIGNER)
    with pytest.raises(LedgerError, match="reading only"):
        reopened(folder).append("note", {})
    with pytest.raises(LedgerError, match="reading only"):
        reopened(folder).redact(0, "text")


def test_a_rewritten_history_is_noticed(folder, tmp_path):
    published = reopened(folder).note
    with Ledger.create(tmp_path / "again", SIGNER) as forged:
        for number in range(9):
            forged.append("note", {"number": number})
    forged = Ledger(tmp_path / "again", SIGNER.verifier)
    with pytest.raises(LedgerError, match="history was rewritten"):
        forged.consistency_proof(Checkpoint.open(published, SIGNER.verifier))
    with pytest.raises(LedgerError, match="history was rewritten"):
        export_bundle(forged, [0], earlier=[published])


def test_what_json_cannot_say_is_an_error(tmp_path):
    with Ledger.create(tmp_path / "l", SIGNER) as ledger:
        for value in (float("nan"), 2**70, "\ud800"):
            with pytest.raises(LedgerError, match="canonical JSON can't write"):
                ledger.append("note", {"value": value})
        assert len(ledger) == 0


def test_unsigned_records_are_in_no_bundle(folder):
    with Ledger(folder, SIGNER.verifier, signer=SIGNER) as ledger:
        index = ledger.append("note", {"number": 7})
        with pytest.raises(LedgerError, match="commit first"):
            export_bundle(ledger, [index])
        ledger.commit()
        assert verify_bundle(export_bundle(ledger, [index])).records[index]["number"] == 7
    with pytest.raises(VerificationError, match="is signed by"):
        verify_bundle(export_bundle(reopened(folder), [0]), Signer("example.com/evidence", b"z" * 32).verifier)
