"""Carrying out a plan: every test, on the suspect and on the controls, all of it on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stillwatch.errors import UsageError
from stillwatch.progress import Progress
from stillwatch.provenance.errors import NotComputableError, TokenizerMismatchError
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.plan import KIND as PLAN
from stillwatch.provenance.plan import Plan, read_plan
from stillwatch.provenance.registry import Context, Family, find_test
from stillwatch.provenance.report import Finding, Report, make_report
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.suspects import Suspect
from stillwatch.provenance.transcript import on_record

#: Kinds of the records that carrying out a plan leaves.
START, MEASUREMENT, RESULT = "start", "measurement", "result"


@dataclass(frozen=True, kw_only=True)
class Examined:
    """The report, and where plan and result are in the ledger."""

    report: Report
    plan_index: int
    result_index: int


def examine(
    store: EvidenceStore,
    master: MasterKey,
    plan_index: int,
    suspect: Suspect,
    controls: Sequence[Suspect] = (),
    *,
    progress: Progress | None = None,
) -> Examined:
    """Run the plan at `plan_index` of the ledger.

    The controls are the references of the suspect's tests, and are tested themselves, each with the others as
    references: they should show nothing. A test that can't be computed on a suspect (no log-probabilities, another
    tokenizer) is reported as such; a suspect that refuses is an error. Raises `UsageError` where the models are not
    those of the plan, or the plan was not signed before.
    """
    plan = read_plan(store, plan_index)
    _check(store, plan, plan_index, suspect, controls)
    # The note that was signed over the plan goes on record before the first question.
    store.add(START, {"plan": plan_index, "checkpoint": store.ledger.note})
    store.ledger.commit()
    asked = [on_record(one, store) for one in (suspect, *controls)]
    findings: list[Finding] = []
    control_findings: list[Finding] = []
    for position, one in enumerate(asked):
        references = asked[1:] if position == 0 else [other for other in asked[1:] if other is not one]
        for planned in plan.tests:
            test = find_test(planned.name)
            if position and test.family != "evidence":
                continue
            context = Context(
                suspect=one,
                references=references,
                store=store,
                master=master,
                before=plan_index,
                options=planned.options,
                progress=progress or (lambda *_: None),
                record=lambda kind, fields: _put(store, kind, fields),
            )
            found = _findings(context, planned.name, test.family)
            (control_findings if position else findings).extend(found)
    report = make_report(
        plan,
        findings,
        control_findings,
        questions={one.name: one.asked for one in asked},
        store_name=store.name,
        earlier_plans=_earlier_plans(store, plan, plan_index),
    )
    index = store.add(RESULT, {"plan": plan_index, "report": report.as_dict()})
    store.ledger.commit()
    return Examined(report=report, plan_index=plan_index, result_index=index)


def _put(store: EvidenceStore, kind: str, fields: dict[str, object]) -> None:
    # Signed at once: the measurement is fixed before the coins are looked at.
    store.add(kind, fields)
    store.ledger.commit()


def _findings(context: Context, name: str, family: Family) -> list[Finding]:
    try:
        results: list[TestResult] = find_test(name).run(context)
    except (NotComputableError, TokenizerMismatchError, UsageError) as cause:
        return [Finding(test=name, family=family, suspect=context.suspect.name, result=None, why_not=str(cause))]
    return [
        Finding(test=name, family=family, suspect=context.suspect.name, result=one, why_not=None) for one in results
    ]


def _earlier_plans(store: EvidenceStore, plan: Plan, plan_index: int) -> int:
    """Plans before this one for the same name or the same weights."""
    before = [Plan.from_dict(record["plan"]) for index, record in store.records(PLAN) if index < plan_index]
    digest = plan.suspect_digest
    return sum(one.suspect == plan.suspect or (digest is not None and one.suspect_digest == digest) for one in before)


def _check(store: EvidenceStore, plan: Plan, index: int, suspect: Suspect, controls: Sequence[Suspect]) -> None:
    if store.ledger.checkpoint.size <= index:
        raise UsageError(f"the {PLAN} at {index} was never signed: commit it before the suspect is asked anything")
    given = (suspect.name, *(control.name for control in controls))
    if given != (plan.suspect, *plan.controls):
        raise UsageError(
            f"the plan is for {plan.suspect} with the controls {', '.join(plan.controls) or 'none'}; "
            f"given: {given[0]} with {', '.join(given[1:]) or 'none'}"
        )
