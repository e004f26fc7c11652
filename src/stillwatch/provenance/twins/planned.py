"""The twins tests as a plan names them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from stillwatch.errors import UsageError
from stillwatch.provenance.registry import Context, ProvenanceTest
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.twins.collect import KIND, ORDER, Twin, read_twins
from stillwatch.provenance.twins.test import twins_closed_test, twins_test

_FEWEST = 20


def planned_twins(context: Context) -> list[Twin]:
    """The twins that the plan covers: kept before it, and with a keyed coin unless `accept_order` is set.

    The options `models` and `accounts` (lists) narrow them; `most` takes the latest so many.
    """
    options = context.options
    models, accounts = options.get("models"), options.get("accounts")
    found = [
        twin
        for twin in read_twins(context.store, context.master)
        if twin.index is not None
        and twin.index < context.before
        and (twin.coin != ORDER or options.get("accept_order"))
        and (not models or twin.model in models)
        and (not accounts or twin.account in accounts)
    ]
    most = options.get("most")
    return found[-int(most) :] if most else found


def _twins(context: Context) -> list[TestResult]:
    return [
        twins_test(
            context.suspect,
            planned_twins(context),
            references=context.references,
            record=context.record,
            progress=context.progress,
        )
    ]


def _closed(context: Context) -> list[TestResult]:
    names = ("samples", "max_tokens", "temperature", "seed")
    options: dict[str, Any] = {name: context.options[name] for name in names if name in context.options}
    twins = planned_twins(context)
    return [twins_closed_test(context.suspect, twins, record=context.record, progress=context.progress, **options)]


def _by_account(context: Context) -> list[TestResult]:
    twins = planned_twins(context)
    most = Counter(twin.account for twin in twins).most_common(int(context.options.get("accounts_tested", 20)))
    out = []
    for account, count in most:
        if count < _FEWEST:
            continue
        part = [twin for twin in twins if twin.account == account]
        result = twins_test(
            context.suspect, part, references=context.references, record=context.record, progress=context.progress
        )
        out.append(replace(result, name=f"twins of account {account}"))
    if not out:
        raise UsageError(f"no account has {_FEWEST} pairs of twins: there is nothing to attribute to one account")
    return out


def _any_twins(store: EvidenceStore) -> str | None:
    return None if KIND in store.counts() else "the store holds no twins"


TWINS = ProvenanceTest(
    name="twins",
    family="evidence",
    meaning="the suspect predicts the served text of a pair better than the withheld one",
    guarantee="exact for any suspect: given the pair, a keyed fair coin decided which text was served",
    run=_twins,
    applies=_any_twins,
)
TWINS_CLOSED = ProvenanceTest(
    name="twins-closed",
    family="evidence",
    meaning="the suspect's own answers are nearer the served text of a pair than the withheld one",
    guarantee="exact for any suspect, as for twins; weak, and needs no log-probabilities",
    run=_closed,
    applies=_any_twins,
)
TWINS_BY_ACCOUNT = ProvenanceTest(
    name="twins-by-account",
    family="attribution",
    meaning="the suspect predicts what one account was served better than that account's withheld texts",
    guarantee="exact for each account; Holm over the accounts tested, the most served first",
    run=_by_account,
    applies=_any_twins,
)
