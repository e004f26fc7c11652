"""Ancestry, a control: whether the suspect descends from our model's weights, rather than from its answers.

Model provenance testing (Nikolic et al., arXiv 2502.00706): a model fine-tuned from ours gives the same next output
as ours on more prompts than it does as unrelated models. It answers "shares our weights", not "learnt from what we
served": a student on another base need not agree, and a model on our base agrees without ever having queried us. A
twins or mark finding with no ancestry is distillation from outside; with ancestry, weights and outputs may both have
been taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from stillwatch.errors import UsageError
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.suspects import Prompt, Suspect


def ancestry_test(
    suspect: Suspect,
    parent: Suspect,
    controls: Sequence[Suspect],
    prompts: Sequence[Prompt],
    *,
    max_tokens: int = 1,
) -> TestResult:
    """Test whether the suspect's greedy next output agrees with the parent's more than with every control's.

    `controls` are models with no part in the parent's history, as like it as can be had (size, data, tokenizer): the
    claim is relative to them.
    """
    if not controls:
        raise UsageError("ancestry is relative to control models: give at least one that is not the served model")
    if not prompts:
        raise UsageError("ancestry needs prompts to compare next outputs on")
    outputs = [
        one.generate(prompts, max_tokens=max_tokens, temperature=0.0, seed=0) for one in (suspect, parent, *controls)
    ]
    said = np.array(outputs, object)
    agree = (said[1:] == said[:1]) & (said[:1] != "")
    return agreement_test(agree[0], agree[1:], names=[one.name for one in controls])


def agreement_test(parent: NDArray[np.bool_], controls: NDArray[np.bool_], *, names: Sequence[str]) -> TestResult:
    """The test on whether the suspect agrees with the parent, bool[n], and with each control, bool[k, n].

    Against one control, only the prompts count on which the suspect agrees with exactly one of the two: under "no
    nearer to the parent than to this control" each is a coin with at most even odds, so the one-sided sign test is
    exact. The p-value is the largest over the controls: it must beat every one of them, and needs no correction.
    `details["rank_p_value"]` asks for less trust: the parent's rank among the controls, exact if the parent is
    exchangeable with them, and never below 1 / (controls + 1). With few controls it is the honest limit.
    """
    mine = int(parent.sum())
    only_parent = (parent & ~controls).sum(axis=1)
    only_control = (~parent & controls).sum(axis=1)
    p_values = [
        float(binomtest(int(b), int(b + c), 0.5, alternative="greater").pvalue) if b + c else 1.0
        for b, c in zip(only_parent, only_control, strict=True)
    ]
    hardest = int(np.argmax(p_values))
    count = parent.size
    effect = float(only_parent[hardest] - only_control[hardest]) / count
    differing = float(only_parent[hardest] + only_control[hardest]) / count
    half = 1.96 * math.sqrt(max(0.0, differing - effect**2) / count)
    return TestResult(
        name="ancestry",
        p_value=p_values[hardest],
        effect=effect,
        interval=(effect - half, effect + half),
        samples=count,
        details={
            "effect_unit": "share of prompts agreed with the parent, less the nearest control's",
            "hypothesis": "the suspect is no nearer to our model than to the nearest control",
            "agreement_with_parent": mine / count,
            "agreement_with_controls": {n: float(row.mean()) for n, row in zip(names, controls, strict=True)},
            "nearest_control": names[hardest],
            "rank_p_value": (1 + int((controls.sum(axis=1) >= mine).sum())) / (1 + len(controls)),
        },
    )
