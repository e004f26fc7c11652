"""What a bundle shows beyond its signatures, recomputed from the bundle alone.

Whoever holds a bundle needs neither the keys nor the suspect to check that

- the evidence is before the plan in the ledger, and the plan's signed checkpoint before the first question,
- the blind measurements are those that the report cites: the values themselves, or for marks, which need the keys, the
  hash that was committed to before a key was applied,
- the p-values of the twins tests follow from the measurements and the coins that were committed to when serving,
- the corrected p-values and the verdict follow from them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stillwatch.ledger import Checkpoint, Verified
from stillwatch.ledger.errors import VerificationError
from stillwatch.provenance.examine import MEASUREMENT, RESULT, START
from stillwatch.provenance.holm import holm
from stillwatch.provenance.plan import KIND as PLAN
from stillwatch.provenance.plan import Plan
from stillwatch.provenance.report import INSUFFICIENT, TRAINED
from stillwatch.provenance.transcript import KIND as QUERY
from stillwatch.provenance.twins.collect import KIND as TWIN
from stillwatch.provenance.twins.signflip import sign_flip_test


@dataclass(frozen=True, kw_only=True)
class Rechecked:
    """What was checked of one report."""

    suspect: str
    verdict: str
    #: Name and p-value of each test that was recomputed, and the names of those that need the keys for that.
    recomputed: Mapping[str, float]
    not_recomputed: tuple[str, ...]
    questions: int


def recheck(bundle: Verified) -> list[Rechecked]:
    """Check every report in the bundle. Raises `VerificationError` at the first thing that does not follow."""
    out = []
    for result_index, record in bundle.of_kind(RESULT):
        plan_index = record["plan"]
        if plan_index not in bundle.records or bundle.records[plan_index].kind != PLAN:
            raise VerificationError(f"the bundle lacks the plan {plan_index} of its report")
        plan, report = Plan.from_dict(bundle.records[plan_index]["plan"]), record["report"]
        if report["plan"] != plan.as_dict() or report["plan_digest"] != plan.digest():
            raise VerificationError("the report is not on the plan that was committed")
        questions = [(index, one) for index, one in bundle.of_kind(QUERY) if plan_index < index < result_index]
        if not plan.evidence_size <= plan_index < result_index:
            raise VerificationError("the plan is not between the evidence and the report")
        starts = [(index, one) for index, one in bundle.of_kind(START) if one["plan"] == plan_index]
        first = min([index for index, _ in questions] or [result_index])
        signed = [Checkpoint.open(one["checkpoint"], bundle.verifier) for index, one in starts if index < first]
        if not any(one.size > plan_index and one in bundle.earlier for one in signed):
            raise VerificationError("the bundle does not show that the plan was signed before the first question")
        recomputed, others = _recompute(bundle, report, plan_index, result_index)
        _check_verdict(plan, report)
        out.append(
            Rechecked(
                suspect=plan.suspect,
                verdict=report["verdict"],
                recomputed=recomputed,
                not_recomputed=tuple(others),
                questions=sum(one["count"] for _, one in questions),
            )
        )
    return out


def _recompute(
    bundle: Verified, report: Mapping[str, Any], plan_index: int, result_index: int
) -> tuple[dict[str, float], list[str]]:
    coins = {r["pair"]: (index, r["served"]) for index, r in bundle.of_kind(TWIN)}
    measured, sealed = {}, set()
    for index, record in bundle.of_kind(MEASUREMENT):
        if plan_index < index < result_index:
            if "digest" in record.fields():
                sealed.add(record["digest"])
                continue
            values = np.array(record["values"], np.float64)
            measured[hashlib.sha256(values.tobytes()).hexdigest()] = record["pairs"], values
    recomputed: dict[str, float] = {}
    others = []
    for finding in [*report["findings"], *report["controls"]]:
        result = finding["result"]
        if not result:
            continue
        name = f"{finding['suspect']}: {result['name']}"
        cited = result["details"].get("measurement")
        if cited is None or cited in sealed:
            others.append(name)
            continue
        if cited not in measured:
            raise VerificationError(f"{name}: the bundle lacks the measurement that the report cites")
        pairs, values = measured[cited]
        for pair in pairs:
            if pair not in coins or coins[pair][0] >= plan_index:
                raise VerificationError(f"{name}: the bundle lacks the twin {pair}, or it is later than the plan")
        if len(set(pairs)) != len(pairs):
            raise VerificationError(f"{name}: a pair is counted twice")
        signs = np.array([1 - 2 * coins[pair][1] for pair in pairs])
        p = sign_flip_test(signs * values).p_value
        if not np.isclose(p, result["p_value"], rtol=1e-6, atol=0):
            raise VerificationError(f"{name}: the report says p = {result['p_value']:.3g}, and it is {p:.3g}")
        recomputed[name] = p
    return recomputed, others


def _check_verdict(plan: Plan, report: Mapping[str, Any]) -> None:
    """Holm's p-values of the family "evidence", and what follows from them."""
    family = [one for one in report["findings"] if one["family"] == "evidence"]
    adjusted = holm([one["result"]["p_value"] if one["result"] else 1.0 for one in family])
    for one, value in zip(family, adjusted, strict=True):
        if one["result"] and not np.isclose(value, one["corrected"], rtol=1e-9, atol=0):
            raise VerificationError(f"{one['result']['name']}: the corrected p-value does not follow")
    proved = any(one["result"] and value <= plan.alpha for one, value in zip(family, adjusted, strict=True))
    if report["verdict"] != (TRAINED if proved else INSUFFICIENT):
        raise VerificationError(f"the verdict {report['verdict']!r} does not follow from the p-values")
