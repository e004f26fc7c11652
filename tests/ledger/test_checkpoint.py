"""The published vectors of the signed-note and checkpoint formats, and what does not verify."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.ledger import Checkpoint, Signer, VerificationError, Verifier

# From the documentation of golang.org/x/mod/sumdb/note.
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# From c2sp.org/tlog-checkpoint.
BODY = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def test_signs_as_the_reference_implementation_does():
    signer = Signer("PeterNeumann", SEED)
    assert str(signer.verifier) == VERIFIER
    assert signer.sign(TEXT) == NOTE
    assert Verifier.parse(VERIFIER).open(NOTE) == TEXT


def test_a_cosigned_note_verifies_with_either_key():
    other = Signer("witness.example", b"w" * 32)
    cosigned = NOTE + other.sign(TEXT).rpartition("\n\n")[2]
    assert Verifier.parse(VERIFIER).open(cosigned) == TEXT
    assert other.verifier.open(cosigned) == TEXT


def test_checkpoint_of_the_specification():
    found = Checkpoint.parse(BODY)
    assert (found.origin, found.size, found.root.hex()[:8]) == ("example.com/behind-the-sofa", 20852163, "0ac5186a")
    assert str(found) == BODY
    signer = Signer("example.com/behind-the-sofa", b"s" * 32)
    assert Checkpoint.open(found.sign(signer), signer.verifier) == found


@settings(max_examples=300)
@given(st.integers(0, 8 * len(NOTE.encode()) - 1))
def test_no_bit_of_a_note_can_change(bit):
    data = bytearray(NOTE.encode())
    data[bit // 8] ^= 1 << bit % 8
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(VerificationError):
        Verifier.parse(VERIFIER).open(text)


@pytest.mark.parametrize(
    "text",
    [
        "PeterNeumann",
        VERIFIER.replace("c74f20a3", "c74f20a4"),
        VERIFIER[:-1] + "X",
        VERIFIER.replace("ARpc", "Ahpc"),
        " +c74f20a3+ARpc",
    ],
)
def test_a_mistyped_verifier_key_is_noticed(text):
    with pytest.raises(VerificationError):
        Verifier.parse(text)


@pytest.mark.parametrize(
    "body",
    ["", "origin\n", "origin\n01\nAAAA\n", "origin\n-1\nAAAA\n", "origin\n5\nAAAA\n", "origin\n5\n\n", BODY[:-1]],
)
def test_what_is_not_a_checkpoint(body):
    with pytest.raises(VerificationError):
        Checkpoint.parse(body)


def test_another_key_and_another_origin_do_not_verify():
    signer, other = Signer("ledger", b"a" * 32), Signer("ledger", b"b" * 32)
    note = Checkpoint("ledger", 0, b"\0" * 32).sign(signer)
    with pytest.raises(VerificationError, match="another key signed it"):
        Checkpoint.open(note, other.verifier)
    strange = Checkpoint("someone else", 0, b"\0" * 32).sign(signer)
    with pytest.raises(VerificationError, match="is of someone else"):
        Checkpoint.open(strange, signer.verifier)
    assert "61" * 8 not in repr(signer)
