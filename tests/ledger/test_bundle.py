"""No bit of a bundle can change unnoticed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.ledger import Ledger, Signer, VerificationError, export_bundle, verify_bundle
from stillwatch.ledger.redaction import canonical

SIGNER = Signer("example.com/evidence", b"k" * 32)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    with Ledger.create(tmp_path_factory.mktemp("bundle") / "ledger", SIGNER) as ledger:
        for number in range(5):
            ledger.append("pair", {"served": number % 2, "loss": number / 3, "text": "a secret"})
            if number == 2:
                early = ledger.commit()
        ledger.commit()
        return export_bundle(ledger, [1, 4], withhold={"pair": ["text"]}, earlier=[early])


def test_verifies_and_withholds(bundle):
    found = verify_bundle(bundle, SIGNER.verifier)
    assert [(index, record.fields()) for index, record in found.of_kind("pair")] == [
        (1, {"served": 1, "loss": 1 / 3}),
        (4, {"served": 0, "loss": 4 / 3}),
    ]
    assert found.checkpoint.size == 5
    assert [one.size for one in found.earlier] == [3]
    assert b"a secret" not in bundle


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """As small as a bundle can be that has every part: a proof, an earlier checkpoint, shown and withheld fields."""
    with Ledger.create(tmp_path_factory.mktemp("small") / "l", Signer("e", b"k" * 32)) as ledger:
        ledger.append("a", {"s": 1, "t": "x"})
        early = ledger.commit()
        ledger.append("a", {"s": 0})
        ledger.commit()
        return export_bundle(ledger, [0], withhold={"a": ["t"]}, earlier=[early])


def test_every_flipped_bit_is_found(small):
    # All of them, and not a sample: a few dozen bits (the case of a hexadecimal digit) are the ones that slip through.
    unnoticed = []
    for bit in range(8 * len(small)):
        changed = bytearray(small)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            verify_bundle(bytes(changed))
        except VerificationError:
            continue
        unnoticed.append(bit)
    assert unnoticed == []


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_every_cut_and_every_addition_is_found(bundle, data):
    at = data.draw(st.integers(0, len(bundle) - 1))
    with pytest.raises(VerificationError):
        verify_bundle(bundle[:at])
    added = data.draw(st.binary(min_size=1, max_size=3))
    with pytest.raises(VerificationError):
        verify_bundle(bundle[:at] + added + bundle[at:])


def rewritten(bundle, change):
    data = json.loads(bundle)
    change(data)
    return canonical(data)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda b: b["records"][0]["record"]["disclosed"]["served"].__setitem__(1, 0), "not what was committed to"),
        (lambda b: b["records"][0].__setitem__("index", 2), "not in the ledger"),
        (lambda b: b["records"][0]["record"].__setitem__("kind", "other"), "not in the ledger"),
        (lambda b: b["records"].append(b["records"][0]), "twice"),
        (lambda b: b["records"][0].__setitem__("index", True), "malformed"),
        (lambda b: b["records"][0].__setitem__("proof", 3), "malformed"),
        (lambda b: b["records"][0]["record"].__setitem__("commitments", 3), "malformed"),
        (lambda b: b.__setitem__("records", {}), "malformed"),
        (lambda b: b.__setitem__("extra", 1), "malformed"),
        (lambda b: b.__setitem__("format", "other"), "not a bundle of the format"),
        (lambda b: b["earlier"][0].__setitem__("checkpoint", b["checkpoint"]), "does not extend"),
    ],
)
def test_a_well_formed_lie_is_found(bundle, change, complaint):
    with pytest.raises(VerificationError, match=complaint):
        verify_bundle(rewritten(bundle, change), SIGNER.verifier)


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"{}", b'{"format":"x"}', b"[" * 100_000])
def test_what_is_no_bundle(data):
    with pytest.raises(VerificationError):
        verify_bundle(data)
