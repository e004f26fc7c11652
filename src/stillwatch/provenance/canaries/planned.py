"""The tests of canaries as a plan names them.

Which account was served how many facts, on whose confirmation, is a `canary` record in the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stillwatch.errors import UsageError
from stillwatch.provenance.audit_prompts import audit_prompts
from stillwatch.provenance.canaries.behaviours import behaviours_test
from stillwatch.provenance.canaries.confirmation import Confirmation
from stillwatch.provenance.canaries.facts import CanaryFact, facts_likelihood_test, facts_test, invent_facts
from stillwatch.provenance.keys import Key, MasterKey
from stillwatch.provenance.registry import Context, provenance_test
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


@dataclass(frozen=True)
class _Served:
    """What one account was served in one epoch."""

    epoch: str
    account: str
    facts: int
    behaviours: bool


def _served(context: Context) -> list[_Served]:
    """What is on record before the plan: the last record for each epoch and account."""
    found: dict[tuple[str, str], _Served] = {}
    for index, record in context.store.records(KIND):
        if index < context.before:
            epoch, account = record["epoch"], record["confirmation"]["account"]
            found[epoch, account] = _Served(epoch, account, record["facts"], record["behaviours"])
    if not found:
        raise UsageError("no canaries were on record before the plan: record them when they are first served")
    return list(found.values())


def _facts(context: Context) -> dict[str, list[CanaryFact]]:
    """The facts that each account was served."""
    out: dict[str, list[CanaryFact]] = {}
    for one in _served(context):
        if one.facts:
            key = canary_key(context.master, one.epoch, one.account)
            out.setdefault(one.account, []).extend(invent_facts(key, one.facts))
    if not out:
        raise UsageError("the canaries on record are behaviours alone: leave out the tests of facts")
    return out


def _all_facts(context: Context) -> list[CanaryFact]:
    return [fact for part in _facts(context).values() for fact in part]


def _asked(context: Context, facts: Sequence[CanaryFact]) -> TestResult:
    decoys = invent_facts(context.master.purpose("canaries").decoy(0), _DECOYS * len(facts))
    return facts_test(context.suspect, facts, decoys)


@provenance_test(
    "evidence",
    needs=KIND,
    guarantee="exact: whatever the suspect answers, the key's word is uniform among sixteen",
)
def canaries(context: Context) -> list[TestResult]:
    """The suspect knows facts that the provider invented and served to confirmed accounts alone."""
    return [_asked(context, _all_facts(context))]


@provenance_test(
    "evidence",
    needs=KIND,
    guarantee="exact as for canaries; more powerful, and needs log-probabilities",
)
def canaries_open(context: Context) -> list[TestResult]:
    """The suspect finds the invented facts likelier than the same sentences with another word."""
    return [facts_likelihood_test(context.suspect, _all_facts(context))]


@provenance_test(
    "evidence",
    needs=KIND,
    guarantee="exact: the key tied habits to openings independently and uniformly",
)
def canary_behaviours(context: Context) -> list[TestResult]:
    """The suspect has each habit after the openings to which a confirmed account's key tied it."""
    prompts = audit_prompts(context.options)
    how = context.chosen("max_tokens", "temperature", "seed")
    reference = context.references[0] if context.references else None
    out = []
    for one in _served(context):
        if one.behaviours:
            key = canary_key(context.master, one.epoch, one.account)
            name = f"canary behaviours of account {one.account}"
            out.append(behaviours_test(context.suspect, prompts, key, reference=reference, name=name, **how))
    if not out:
        raise UsageError("the canaries on record are facts alone: leave out the test of behaviours")
    return out


@provenance_test("attribution", needs=KIND, guarantee="exact for each account; Holm over the accounts")
def canaries_by_account(context: Context) -> list[TestResult]:
    """The suspect knows the facts that one account was served."""
    return [
        replace(_asked(context, facts), name=f"canary facts of account {account}")
        for account, facts in _facts(context).items()
    ]
