"""An append-only ledger of evidence that others can verify without trusting whoever keeps it.

Comes in: records (plain JSON). Goes out: a Merkle tree over salted commitments (RFC 6962), checkpoints signed with
Ed25519 (C2SP tlog-checkpoint), and bundles that are verified offline with nothing but the ledger's public key. A record
may be redacted later: its commitment stays, and with it every proof.
"""
