"""Ancestry and identity as a plan names them: controls, which speak to other explanations of a finding.

Of the plan's control models, the option `own` names the one that is the served model itself; the others are models
with no part in its history.
"""

from __future__ import annotations

from stillwatch.errors import UsageError
from stillwatch.provenance.ancestry import ancestry_test
from stillwatch.provenance.audit_prompts import audit_prompts
from stillwatch.provenance.identity import identity_test
from stillwatch.provenance.registry import Context, provenance_test
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.suspects import Suspect


def _own(context: Context) -> Suspect:
    wanted = context.options.get("own")
    for one in context.references:
        if one.name == wanted:
            return one
    names = ", ".join(one.name for one in context.references) or "none"
    raise UsageError(
        f"the option 'own' must name the served model among the controls ({names}), not {wanted!r}: give it with "
        "--control, and name it with --set ancestry.own=NAME or identity.own=NAME"
    )


@provenance_test("control", guarantee="exact sign test over prompts, relative to the control models given")
def ancestry(context: Context) -> list[TestResult]:
    """The suspect's next outputs agree with ours more than with every control's: it shares our weights."""
    own = _own(context)
    others = [one for one in context.references if one is not own]
    return [ancestry_test(context.suspect, own, others, audit_prompts(context.options))]


@provenance_test("control", guarantee="exact permutation within prompts")
def identity(context: Context) -> list[TestResult]:
    """The suspect's answers are distributed unlike ours: a small p-value says that it is not our API resold."""
    how = context.chosen("samples", "max_tokens", "temperature", "seed")
    return [identity_test(context.suspect, _own(context), audit_prompts(context.options), **how)]
