"""Bundles: records with their proofs in one file, which anybody can verify offline.

A bundle is one JSON object in canonical form (RFC 8785), so that no bit of it can change unnoticed: either the form is
no longer canonical, or a signature, a proof or a commitment no longer matches. It proves that these records were in the
ledger when its checkpoint was signed, in this order, and that the ledger then extended each earlier checkpoint given.
It does not prove when that was: publish checkpoints, or have them time-stamped, for that.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.ledger.checkpoint import Checkpoint, Verifier, decode_base64
from stillwatch.ledger.errors import LedgerError, VerificationError
from stillwatch.ledger.redaction import Record, canonical
from stillwatch.ledger.store import Ledger
from stillwatch.ledger.tree import leaf_hash, verify_consistency, verify_inclusion

FORMAT = "stillwatch-bundle-1"


@dataclass(frozen=True)
class Verified:
    """What a bundle proves."""

    verifier: Verifier
    checkpoint: Checkpoint
    earlier: tuple[Checkpoint, ...]
    records: Mapping[int, Record]

    def of_kind(self, kind: str) -> list[tuple[int, Record]]:
        """The records of a kind with their indices in the ledger, in its order."""
        return [(index, self.records[index]) for index in sorted(self.records) if self.records[index].kind == kind]


def export_bundle(
    ledger: Ledger,
    indices: Sequence[int],
    *,
    withhold: Mapping[str, Collection[str]] | None = None,
    earlier: Sequence[str] = (),
) -> bytes:
    """The records at `indices` with their proofs.

    `withhold` names, for each kind of record, the fields to leave out. `earlier` are signed notes of earlier
    checkpoints that the ledger is shown to extend. Raises `LedgerError` where it does not.
    """
    entries = []
    for index in sorted(set(indices)):
        record = ledger.read(index)
        hidden = set((withhold or {}).get(record.kind, ())) & set(record.disclosed)
        shown = record.redact(*hidden)
        entries.append({"index": index, "proof": _encode(ledger.inclusion_proof(index)), "record": shown.as_dict()})
    before = []
    for note in earlier:
        try:
            proof = ledger.consistency_proof(Checkpoint.open(note, ledger.verifier))
        except VerificationError as cause:
            raise LedgerError(f"an earlier checkpoint does not verify: {cause}") from cause
        before.append({"checkpoint": note, "proof": _encode(proof)})
    return canonical(
        {
            "checkpoint": ledger.note,
            "earlier": before,
            "format": FORMAT,
            "records": entries,
            "verifier": str(ledger.verifier),
        }
    )


def verify_bundle(data: bytes, verifier: Verifier | None = None) -> Verified:
    """Check everything that a bundle claims. Raises `VerificationError` at the first thing that does not hold.

    Without `verifier` the bundle's own key is taken: compare it with the one that the ledger's keeper published.
    """
    bundle = _parse(data)
    key = Verifier.parse(bundle["verifier"])
    if verifier is not None and key != verifier:
        raise VerificationError(f"the bundle is signed by {key}, not by {verifier}")
    checkpoint = Checkpoint.open(bundle["checkpoint"], key)
    earlier = []
    for entry in bundle["earlier"]:
        before = Checkpoint.open(entry["checkpoint"], key)
        if not verify_consistency(
            before.size, checkpoint.size, before.root, checkpoint.root, _decode(entry["proof"], "a consistency proof")
        ):
            raise VerificationError(f"the ledger does not extend its checkpoint of {before.size} records")
        earlier.append(before)
    records: dict[int, Record] = {}
    for entry in bundle["records"]:
        index = entry["index"]
        record = Record.from_dict(entry["record"])
        proof = _decode(entry["proof"], f"the proof of record {index}")
        if not verify_inclusion(leaf_hash(record.leaf()), index, checkpoint.size, proof, checkpoint.root):
            raise VerificationError(f"record {index} is not in the ledger that was signed")
        if index in records:
            raise VerificationError(f"record {index} is there twice")
        records[index] = record
    return Verified(key, checkpoint, tuple(earlier), records)


def _parse(data: bytes) -> dict[str, Any]:
    try:
        bundle = json.loads(data)
    except (ValueError, RecursionError) as cause:
        raise VerificationError("not a bundle, or altered: it is not JSON") from cause
    try:
        if canonical(bundle) != data:
            raise VerificationError("the bundle is not in canonical form: it was altered")
    except LedgerError as cause:
        raise VerificationError("the bundle is not in canonical form: it was altered") from cause
    if not isinstance(bundle, dict) or bundle.get("format") != FORMAT:
        raise VerificationError(f"not a bundle of the format {FORMAT}")
    lists = [bundle.get("earlier"), bundle.get("records")]
    sound = (
        set(bundle) == {"checkpoint", "earlier", "format", "records", "verifier"}
        and all(isinstance(bundle[name], str) for name in ("checkpoint", "verifier"))
        and all(isinstance(one, list) and all(isinstance(entry, dict) for entry in one) for one in lists)
        and all(
            set(entry) == {"checkpoint", "proof"} and isinstance(entry["checkpoint"], str)
            for entry in bundle["earlier"]
        )
        and all(
            set(entry) == {"index", "proof", "record"} and type(entry["index"]) is int for entry in bundle["records"]
        )
    )
    if not sound:
        raise VerificationError("the bundle is malformed: it was altered")
    return bundle


def _encode(proof: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in proof]


def _decode(proof: Any, what: str) -> list[bytes]:
    if not isinstance(proof, list) or not all(isinstance(one, str) for one in proof):
        raise VerificationError(f"{what} is malformed")
    return [decode_base64(one, what) for one in proof]
