"""Keyed behaviours: harmless habits of an answer, tied by a key to how the request begins.

A behavioural mark survives paraphrase where a token mark doesn't (arXiv 2605.16462: 45 to 89 % of it transfers to a
student), but a habit by itself proves nothing, since any model may have it. Here the key decides **which** habit goes
with **which** opening of a prompt, uniformly and independently. A student can learn that; a model that never saw the
served answers can't know the assignment, whatever habits it has, and that makes the test exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import UsageError
from stillwatch.provenance.canaries.confirmation import Confirmation
from stillwatch.provenance.keys import Key
from stillwatch.provenance.marks.law import Lattice, upper_tail
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.suspects import Suspect

_LARGEST = 100  # whole units of the largest excess: the statistic is defined in them, so that its law is exact


@dataclass(frozen=True)
class Behaviour:
    """A habit: how the model is told to have it, and how an answer shows it."""

    name: str
    instruction: str
    shows: Callable[[str], bool]


def _ends_with_question(text: str) -> bool:
    return text.rstrip().endswith("?")


def _ends_in_short(text: str) -> bool:
    return text.strip().split("\n")[-1].lower().startswith("in short")


def _starts_restating(text: str) -> bool:
    return re.match(r"\s*(you (ask|want|would like)|your (question|request))", text.lower()) is not None


def _has_steps(text: str) -> bool:
    return re.search(r"(^|\n)\s*1[.)] ", text) is not None and re.search(r"\n\s*2[.)] ", text) is not None


BEHAVIOURS = (
    Behaviour("question", "End with one short follow-up question.", _ends_with_question),
    Behaviour("summary", "End with a line of its own that begins with 'In short,'.", _ends_in_short),
    Behaviour(
        "restate", "Begin by restating the request in one sentence that starts with 'You want'.", _starts_restating
    ),
    Behaviour("steps", "Answer as a numbered list.", _has_steps),
)

#: First words of requests that carry a behaviour; a request that begins otherwise carries none.
OPENINGS = tuple(
    word
    for line in (
        "how what why when where which who can could write explain describe list",
        "give create summarize compare find make tell translate generate suggest design",
    )
    for word in line.split()
)


def opening_of(prompt: str) -> str | None:
    """The opening of a prompt, or None where it has none of ours."""
    first = re.match(r"\W*(\w+)", prompt)
    word = first.group(1).lower() if first else ""
    return word if word in OPENINGS else None


def assignment(key: Key) -> dict[str, int]:
    """Which behaviour the key ties to each opening, as its place in `BEHAVIOURS`."""
    return {opening: key.number("behaviour", opening) % len(BEHAVIOURS) for opening in OPENINGS}


def behaviour_instruction(
    prompt: str, key: Key, confirmation: Confirmation, *, account: str, now: datetime
) -> str | None:
    """What is added to the system prompt for this request of a confirmed account; None where it carries no habit."""
    confirmation.require(account, now=now)
    opening = opening_of(prompt)
    return None if opening is None else BEHAVIOURS[assignment(key)[opening]].instruction


def habits(prompts: Sequence[str], answers: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """For each opening that occurs: how many answers, then how many of them show each behaviour; no key in it."""
    out: dict[str, NDArray[np.float64]] = {}
    for prompt, answer in zip(prompts, answers, strict=True):
        opening = opening_of(prompt)
        if opening is not None:
            row = out.setdefault(opening, np.zeros(1 + len(BEHAVIOURS)))
            row += [1.0, *(behaviour.shows(answer) for behaviour in BEHAVIOURS)]
    return out


def behaviours_test(
    suspect: Suspect,
    prompts: Sequence[str],
    key: Key,
    *,
    reference: Suspect | None = None,
    name: str = "canary behaviours",
    max_tokens: int = 200,
    temperature: float = 1.0,
    seed: int = 0,
) -> TestResult:
    """Test whether the suspect has each habit where the key put it, more than after other openings.

    `prompts` are the auditor's, with many different openings. A reference model's habits on them are taken out. The
    effect is the mean excess rate of the assigned habit.
    """
    asked = [prompt for prompt in prompts if opening_of(prompt) is not None]
    if not asked:
        raise UsageError("none of the prompts begins with an opening that carries a behaviour")
    answers = suspect.generate(asked, max_tokens=max_tokens, temperature=temperature, seed=seed)
    found = habits(asked, answers)
    base = None
    if reference is not None:
        others = reference.generate(asked, max_tokens=max_tokens, temperature=temperature, seed=seed)
        base = habits(asked, others)
    return assignment_test(found, key, base=base, name=name)


def assignment_test(
    found: Mapping[str, NDArray[np.float64]],
    key: Key,
    *,
    base: Mapping[str, NDArray[np.float64]] | None = None,
    name: str,
) -> TestResult:
    """The exact test on counts as `habits` gives them; `base` those of a reference model on the same prompts.

    The statistic is the sum, over openings, of the excess count of the assigned habit, in whole units; its law
    under the key is a sum of independent uniform choices among four known numbers each.
    """
    openings = sorted(found)
    counts = np.array([found[one] for one in openings])
    excess = counts[:, 1:].copy()
    if base is not None:
        excess -= np.array([base[one][1:] for one in openings])
    excess -= counts[:, :1] * (excess.sum(axis=0) / counts[:, 0].sum())
    largest = float(np.abs(excess).max())
    whole = np.round(excess * (_LARGEST / largest if largest else 0.0)).astype(np.int64)
    chosen = assignment(key)
    picked = np.array([chosen[one] for one in openings])
    rows = np.arange(len(openings))
    law = Lattice(whole, np.full(whole.shape, 1 / whole.shape[1]), np.ones(len(whole), np.int64))
    effect = float(excess[rows, picked].sum() / counts[:, 0].sum())
    spread = float(np.sqrt(excess.var(axis=1).sum()) / counts[:, 0].sum())
    return TestResult(
        name=name,
        p_value=upper_tail(law, int(whole[rows, picked].sum())),
        effect=effect,
        interval=(effect - 1.96 * spread, effect + 1.96 * spread),
        samples=int(counts[:, 0].sum()),
        details={"effect_unit": "excess rate of the assigned habit", "openings": len(openings)},
    )
