"""The tests of canaries as a plan names them.

Which account was served how many facts, on whose confirmation, is a `canary` record in the store.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stillwatch.errors import UsageError
from stillwatch.provenance.audit_prompts import audit_prompts
from stillwatch.provenance.canaries.behaviours import behaviours_test
from stillwatch.provenance.canaries.confirmation import Confirmation
from stillwatch.provenance.canaries.facts import CanaryFact, facts_likelihood_test, facts_test, invent_facts
from stillwatch.provenance.keys import Key, MasterKey
from stillwatch.provenance.registry import Context, ProvenanceTest
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.store import EvidenceStore

KIND = "canary"
_DECOYS = 2  # facts of decoy keys asked about for each one that was served


def canary_key(master: MasterKey, epoch: str, account: str) -> Key:
    """The key of one account's canaries in one epoch."""
    return master.epoch(epoch).purpose("canaries").account(account)


def record_canary(
    store: EvidenceStore, confirmation: Confirmation, *, epoch: str, facts: int = 0, behaviours: bool = False
) -> int:
    """Put on record that an account is served canaries from now on, and who confirmed it; the record's index."""
    if facts < 0 or not (facts or behaviours):
        raise UsageError("a canary record is of facts, of behaviours or of both")
    fields = {"epoch": epoch, "facts": facts, "behaviours": behaviours, "confirmation": confirmation.as_dict()}
    return store.add(KIND, fields)


def _served(context: Context) -> list[tuple[str, str, int, bool]]:
    """Epoch, account, number of facts, behaviours: of the records before the plan, the last for each account."""
    found: dict[tuple[str, str], tuple[str, str, int, bool]] = {}
    for index, record in context.store.records(KIND):
        account = record["confirmation"]["account"]
        if index < context.before:
            found[record["epoch"], account] = (record["epoch"], account, record["facts"], record["behaviours"])
    if not found:
        raise UsageError("no canaries were on record before the plan")
    return list(found.values())


def _facts(context: Context) -> dict[str, list[CanaryFact]]:
    out: dict[str, list[CanaryFact]] = {}
    for epoch, account, count, _ in _served(context):
        if count:
            key = canary_key(context.master, epoch, account)
            out.setdefault(account, []).extend(invent_facts(key, count))
    if not out:
        raise UsageError("no facts were served")
    return out


def _decoys(context: Context, count: int) -> list[CanaryFact]:
    return invent_facts(context.master.purpose("canaries").decoy(0), count)


def _asked(context: Context) -> list[TestResult]:
    facts = [fact for part in _facts(context).values() for fact in part]
    return [facts_test(context.suspect, facts, _decoys(context, _DECOYS * len(facts)))]


def _read(context: Context) -> list[TestResult]:
    return [facts_likelihood_test(context.suspect, [fact for part in _facts(context).values() for fact in part])]


def _by_account(context: Context) -> list[TestResult]:
    out = []
    for account, facts in _facts(context).items():
        result = facts_test(context.suspect, facts, _decoys(context, _DECOYS * len(facts)))
        out.append(replace(result, name=f"canary facts of account {account}"))
    return out


def _behaviours(context: Context) -> list[TestResult]:
    prompts = audit_prompts(context.options)
    how: dict[str, Any] = {n: context.options[n] for n in ("max_tokens", "temperature", "seed") if n in context.options}
    reference = context.references[0] if context.references else None
    out = []
    for epoch, account, _, behaviours in _served(context):
        if behaviours:
            key = canary_key(context.master, epoch, account)
            name = f"canary behaviours of account {account}"
            out.append(behaviours_test(context.suspect, prompts, key, reference=reference, name=name, **how))
    if not out:
        raise UsageError("no behaviours were served")
    return out


def _any_canaries(store: EvidenceStore) -> str | None:
    return None if KIND in store.counts() else "the store has no canaries on record"


CANARIES = ProvenanceTest(
    name="canaries",
    family="evidence",
    meaning="the suspect knows facts that the provider invented and served to confirmed accounts alone",
    guarantee="exact: whatever the suspect answers, the key's word is uniform among sixteen",
    run=_asked,
    applies=_any_canaries,
)
CANARIES_OPEN = ProvenanceTest(
    name="canaries-open",
    family="evidence",
    meaning="the suspect finds the invented facts likelier than the same sentences with another word",
    guarantee="exact as for canaries; more powerful, and needs log-probabilities",
    run=_read,
    applies=_any_canaries,
)
CANARY_BEHAVIOURS = ProvenanceTest(
    name="canary-behaviours",
    family="evidence",
    meaning="the suspect has each habit after the openings to which a confirmed account's key tied it",
    guarantee="exact: the key tied habits to openings independently and uniformly",
    run=_behaviours,
    applies=_any_canaries,
)
CANARIES_BY_ACCOUNT = ProvenanceTest(
    name="canaries-by-account",
    family="attribution",
    meaning="the suspect knows the facts that one account was served",
    guarantee="exact for each account; Holm over the accounts",
    run=_by_account,
    applies=_any_canaries,
)
