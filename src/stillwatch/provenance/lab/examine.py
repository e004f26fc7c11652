"""What is asked of a student: how good it is, and every provenance test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from stillwatch.errors import UsageError
from stillwatch.provenance.errors import NotComputableError
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.lab.answers import GROUP, mark_keys
from stillwatch.provenance.lab.spec import LabSpec
from stillwatch.provenance.lab.students import Sample
from stillwatch.provenance.marks.distributions import distribution_pairs
from stillwatch.provenance.marks.pairs import Pairs, read_pairs
from stillwatch.provenance.marks.positions import PROVIDER, group_positions
from stillwatch.provenance.marks.radioactivity import radioactivity_test
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.suspects import Suspect
from stillwatch.provenance.twins.collect import Twin
from stillwatch.provenance.twins.test import twins_test


def mean_loss(suspect: Suspect, samples: Sequence[Sample]) -> float:
    """Loss in nats a token on answers that it was not trained on."""
    values = suspect.token_log_probabilities([s.prompt for s in samples], [s.answer for s in samples])
    return float(-np.concatenate(values).mean())


def examine(
    suspect: Suspect,
    reference: Suspect,
    *,
    twins: Sequence[Twin],
    audit: Sequence[Sample],
    spec: LabSpec,
    master: MasterKey,
    encode: Callable[[str], Sequence[int]],
    decoys: int = 0,
) -> dict[str, dict[str, Any]]:
    """Every test of the suspect against the reference, which was not trained on what was served; name -> result.

    `audit` are unmarked answers to prompts of the campaign. A test that can't be run says why under "not_computable".
    """
    prompts, texts = [s.prompt for s in audit], [s.answer for s in audit]
    width = spec.mark.context_width
    found: dict[str, dict[str, Any]] = {}

    def put(name: str, test: Callable[[], TestResult]) -> None:
        try:
            found[name] = test().as_dict()
        except (NotComputableError, UsageError) as reason:
            found[name] = {"name": name, "not_computable": str(reason)}

    put("twins", lambda: twins_test(suspect, twins, references=[reference]))
    put("twins without reference", lambda: twins_test(suspect, twins))
    said = distribution_pairs(suspect, [reference], prompts, texts, encode=encode, width=width)
    put("mark", lambda: _mark(said, "mark", spec, master, layer=PROVIDER, decoys=decoys))
    put("group mark", lambda: _mark(said, "group mark", spec, master, layer=GROUP, decoys=decoys))
    put("never-used mark", lambda: _mark(said, "never-used mark", spec, master, layer="nobody", decoys=0))
    read = read_pairs(suspect, [reference], prompts, texts, encode=encode, width=width)
    put("mark, reading", lambda: _mark(read, "mark, reading", spec, master, layer=PROVIDER, decoys=0))
    return found


def _mark(pairs: Pairs, name: str, spec: LabSpec, master: MasterKey, *, layer: str, decoys: int) -> TestResult:
    keys = mark_keys(master)
    grouped = group_positions(pairs.contexts, router=keys.router(), settings=spec.mark)
    return radioactivity_test(
        pairs.where(grouped if layer else ~grouped),
        keys.group(layer) if layer else keys.provider(),
        spec.mark,
        name=name,
        seed=keys.decoys_seed(),
        decoys=decoys,
    )
