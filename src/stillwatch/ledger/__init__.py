"""An append-only ledger of evidence that others can verify without trusting whoever keeps it.

Comes in: records (plain JSON). Goes out: a Merkle tree over salted commitments (RFC 6962), checkpoints signed with
Ed25519 (C2SP tlog-checkpoint), and bundles that are verified offline with nothing but the ledger's public key. A record
may be redacted later: its commitment stays, and with it every proof. Needs the extra `provenance`.
"""

from stillwatch.ledger.bundle import Verified, export_bundle, verify_bundle
from stillwatch.ledger.checkpoint import Checkpoint, Signer, Verifier
from stillwatch.ledger.errors import LedgerError, VerificationError
from stillwatch.ledger.redaction import Record
from stillwatch.ledger.store import Ledger, Seal

__all__ = [
    "Checkpoint",
    "Ledger",
    "LedgerError",
    "Record",
    "Seal",
    "Signer",
    "VerificationError",
    "Verified",
    "Verifier",
    "export_bundle",
    "verify_bundle",
]
