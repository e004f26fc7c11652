"""The twins tests as a plan names them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from stillwatch.errors import UsageError
from stillwatch.provenance.registry import Context, provenance_test
from stillwatch.provenance.result import TestResult
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


def _tested(context: Context, twins: Sequence[Twin]) -> TestResult:
    return twins_test(
        context.suspect, twins, references=context.references, record=context.record, progress=context.progress
    )


@provenance_test(
    "evidence",
    needs=KIND,
    guarantee="exact for any suspect: given the pair, a keyed fair coin decided which text was served",
)
def twins(context: Context) -> list[TestResult]:
    """The suspect predicts the served text of a pair better than the withheld one."""
    return [_tested(context, planned_twins(context))]


@provenance_test(
    "evidence",
    needs=KIND,
    guarantee="exact for any suspect, as for twins; weak, and needs no log-probabilities",
)
def twins_closed(context: Context) -> list[TestResult]:
    """The suspect's own answers are nearer the served text of a pair than the withheld one."""
    how = context.chosen("samples", "max_tokens", "temperature", "seed")
    found = planned_twins(context)
    return [twins_closed_test(context.suspect, found, record=context.record, progress=context.progress, **how)]


@provenance_test(
    "attribution",
    needs=KIND,
    guarantee="exact for each account; Holm over the accounts tested, the most served first",
)
def twins_by_account(context: Context) -> list[TestResult]:
    """The suspect predicts what one account was served better than that account's withheld texts."""
    found = planned_twins(context)
    most = Counter(twin.account for twin in found).most_common(int(context.options.get("accounts_tested", 20)))
    out = [
        replace(
            _tested(context, [twin for twin in found if twin.account == account]), name=f"twins of account {account}"
        )
        for account, count in most
        if count >= _FEWEST
    ]
    if not out:
        raise UsageError(f"no account has {_FEWEST} pairs of twins: there is nothing to attribute to one account")
    return out
