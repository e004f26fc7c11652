"""The report on a suspect: findings, corrected p-values, what else could explain them, and one of two verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stillwatch.provenance.alternatives import Alternative, weigh
from stillwatch.provenance.holm import holm
from stillwatch.provenance.plan import Plan
from stillwatch.provenance.registry import Family
from stillwatch.provenance.result import TestResult

TRAINED = "trained on served outputs"
#: Never "innocent": a test that finds nothing shows at most that there is little to find.
INSUFFICIENT = "insufficient evidence"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One result of one test, or why there is none; `corrected` is Holm's p-value within its family."""

    test: str
    family: Family
    suspect: str
    result: TestResult | None
    why_not: str | None
    corrected: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "test": self.test,
            "family": self.family,
            "suspect": self.suspect,
            "result": self.result.as_dict() if self.result else None,
            "why_not": self.why_not,
            "corrected": self.corrected,
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found about one suspect."""

    plan: Plan
    verdict: str
    findings: tuple[Finding, ...]
    controls: tuple[Finding, ...]
    alternatives: tuple[Alternative, ...]
    questions: Mapping[str, int]
    store: str
    #: Plans for the same suspect before this one: each had its own chance of a false alarm.
    earlier_plans: int = 0

    def of(self, family: Family) -> list[Finding]:
        """The suspect's findings of one family."""
        return [finding for finding in self.findings if finding.family == family]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "verdict": self.verdict,
            "plan": self.plan.as_dict(),
            "plan_digest": self.plan.digest(),
            "findings": [finding.as_dict() for finding in self.findings],
            "controls": [finding.as_dict() for finding in self.controls],
            "alternatives": [one.as_dict() for one in self.alternatives],
            "questions": dict(self.questions),
            "store": self.store,
            "earlier_plans": self.earlier_plans,
        }


def corrected(findings: Sequence[Finding]) -> list[Finding]:
    """The findings with Holm's p-values, family by family; planned tests without a result count as p = 1."""
    out = []
    adjusted: dict[int, float] = {}
    for family in {finding.family for finding in findings}:
        members = [i for i, finding in enumerate(findings) if finding.family == family]
        results = [findings[i].result for i in members]
        adjusted |= dict(zip(members, holm([one.p_value if one else 1.0 for one in results]), strict=True))
    for i, finding in enumerate(findings):
        out.append(replace(finding, corrected=adjusted[i] if finding.result else None))
    return out


def make_report(
    plan: Plan,
    findings: Sequence[Finding],
    controls: Sequence[Finding],
    *,
    questions: Mapping[str, int],
    store_name: str,
    earlier_plans: int = 0,
) -> Report:
    """The report: `TRAINED` if a test of the family "evidence" rejects at the plan's rate after Holm's correction."""
    done = corrected(findings)
    proved = any(one.corrected is not None and one.corrected <= plan.alpha for one in done if one.family == "evidence")
    return Report(
        plan=plan,
        verdict=TRAINED if proved else INSUFFICIENT,
        findings=tuple(done),
        controls=tuple(controls),
        alternatives=tuple(weigh(plan, done, controls, earlier_plans)),
        questions=questions,
        store=store_name,
        earlier_plans=earlier_plans,
    )
