"""The bundle of one examination: everything that a third party needs, and no text of anybody's."""

from __future__ import annotations

from stillwatch.errors import UsageError
from stillwatch.ledger import export_bundle
from stillwatch.provenance.examine import MEASUREMENT, RESULT, START
from stillwatch.provenance.plan import KIND as PLAN
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.transcript import KIND as QUERY
from stillwatch.provenance.twins.collect import KIND as TWIN

#: What stays sealed: text, and who the customers are.
WITHHELD = {
    TWIN: ("prompt", "texts", "account", "time", "parameters", "tokens", "log_likelihoods"),
    QUERY: ("asked", "answered"),
}


def package(store: EvidenceStore, result_index: int, *, disclose: bool = False) -> bytes:
    """The bundle of the report at `result_index`: plan, questions, measurements, report, and the pairs tested.

    With `disclose` texts and accounts are in it too. Raises `UsageError` where there is no report.
    """
    ledger = store.ledger
    record = ledger.read(result_index)
    if record.kind != RESULT:
        raise UsageError(f"record {result_index} is no report but a {record.kind}")
    plan_index = int(record["plan"])
    kinds = ledger.kinds()
    between = [i for i in range(plan_index, result_index + 1) if kinds[i] in (PLAN, START, QUERY, MEASUREMENT, RESULT)]
    pairs = {pair for i in between if kinds[i] == MEASUREMENT for pair in ledger.read(i).fields().get("pairs", ())}
    twins = [i for i, twin in store.records(TWIN) if i < plan_index and twin["pair"] in pairs]
    signed = [ledger.read(i)["checkpoint"] for i in between if kinds[i] == START]
    return export_bundle(ledger, [*twins, *between], withhold={} if disclose else WITHHELD, earlier=signed)


def last_report(store: EvidenceStore) -> int:
    """Where the latest report is. Raises `UsageError` where there is none."""
    found = [index for index, kind in enumerate(store.ledger.kinds()) if kind == RESULT]
    if not found:
        raise UsageError("the store holds no report yet: run 'stillwatch provenance test' first")
    return found[-1]
