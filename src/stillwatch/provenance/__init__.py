"""Provenance: proof that a suspect model was trained on the outputs served.

Comes in: what was prepared while serving (twins, marks, canaries: kept encrypted and committed in a ledger) and a
`Suspect`. Goes out: one `TestResult` for each test, and a report with the evidence that anybody can verify offline.
Each test states the error guarantee that it gives; none of them ever says "innocent".
"""
