"""What else could explain a positive finding, each with the test that speaks to it and what that test said here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from stillwatch.provenance.plan import Plan

if TYPE_CHECKING:
    from stillwatch.provenance.report import Finding


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """An explanation other than the verdict, which test speaks to it, and what that test said."""

    explanation: str
    spoken_to_by: str
    answer: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def weigh(
    plan: Plan, findings: Sequence[Finding], controls: Sequence[Finding], earlier_plans: int = 0
) -> list[Alternative]:
    """The alternatives, in the order in which a sceptic would raise them."""
    return [
        Alternative(
            explanation="chance",
            spoken_to_by="the corrected p-values",
            answer=f"an innocent suspect is called guilty by at most {100 * plan.alpha:g} % of such plans"
            + (f"; plans for it before this one: {earlier_plans}" if earlier_plans else ""),
        ),
        Alternative(
            explanation="the tests are broken, or models in general behave like this",
            spoken_to_by="the same tests on control models",
            answer=_of_controls(plan, controls),
        ),
        Alternative(
            explanation="the suspect shares a base model with ours, or its training prompts",
            spoken_to_by="the design of twins and keyed marks; ancestry",
            answer="neither a base model nor a prompt knows the coins and keys; " + _of(findings, "ancestry"),
        ),
        Alternative(
            explanation="the suspect is our own API, resold",
            spoken_to_by="identity",
            answer="a model behind a resold API has not learned from the coins; " + _of(findings, "identity"),
        ),
        Alternative(
            explanation="customers published our outputs, and the suspect learned from the web",
            spoken_to_by="attribution to accounts and groups",
            answer="the finding says what was learned from, not how it came there; " + _of_attribution(findings),
        ),
        Alternative(
            explanation="somebody bought our outputs in order to frame the suspect's maker",
            spoken_to_by="attribution to accounts and groups, with the traffic of those accounts",
            answer="the finding says whose outputs were used, not who trained; " + _of_attribution(findings),
        ),
    ]


def _of(findings: Sequence[Finding], test: str) -> str:
    found = [one for one in findings if one.test == test]
    results = [one.result for one in found if one.result]
    if results:
        return "; ".join(f"{one.name}: effect {one.effect:.3g}, p = {one.p_value:.2g}" for one in results)
    return f"{test} was planned but not computable" if found else f"{test} was not in the plan"


def _of_controls(plan: Plan, controls: Sequence[Finding]) -> str:
    results = [one.result for one in controls if one.result]
    if not results:
        return "no control model was in the plan"
    rejected = sum(one.p_value <= plan.alpha for one in results)
    least = min(one.p_value for one in results)
    return (
        f"{rejected} of {len(results)} tests of {len(plan.controls)} control models reject at {100 * plan.alpha:g} %; "
        f"the smallest p-value is {least:.2g}"
    )


def _of_attribution(findings: Sequence[Finding]) -> str:
    found = [one for one in findings if one.family == "attribution" and one.result and one.corrected is not None]
    if not found:
        return "no attribution was made"
    best = min(found, key=lambda one: one.corrected or 0.0)
    assert best.result is not None
    return f"strongest: {best.result.name}, corrected p = {best.corrected:.2g}"
