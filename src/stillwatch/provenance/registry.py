"""The provenance tests that a plan can name. A new test is one `ProvenanceTest` and one line in `TESTS`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from stillwatch.errors import UsageError
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.suspects import Suspect

Progress: TypeAlias = Callable[[str, int, int | None], None]


def _silent(_stage: str, _done: int, _total: int | None) -> None:
    """Progress for nobody."""


def _unrecorded(_kind: str, _fields: dict[str, Any]) -> None:
    """Records for nobody."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a test is given.

    `before` is the plan's place in the ledger: only records before it are evidence. `references` are models known not
    to have learned from what was served. `options` are the plan's for this test. `record` commits a blind measurement
    to the ledger before the secret (coin, key) is applied.
    """

    suspect: Suspect
    references: Sequence[Suspect]
    store: EvidenceStore
    master: MasterKey
    before: int
    options: Mapping[str, Any] = field(default_factory=dict)
    progress: Progress = _silent
    record: Callable[[str, dict[str, Any]], None] = _unrecorded


#: evidence: speaks for "trained on served outputs", Holm runs over all of these. attribution: whose outputs, reported
#: apart. control: speaks to an alternative explanation.
Family: TypeAlias = Literal["evidence", "attribution", "control"]


@dataclass(frozen=True, kw_only=True)
class ProvenanceTest:
    """One registered test. `applies` says why it can't be run on this evidence, or None where it can."""

    name: str
    family: Family
    meaning: str
    guarantee: str
    run: Callable[[Context], list[TestResult]]
    applies: Callable[[EvidenceStore], str | None] = lambda _: None


#: Name of a test and where it is.
TESTS = {
    "twins": "stillwatch.provenance.twins.planned:TWINS",
    "twins-closed": "stillwatch.provenance.twins.planned:TWINS_CLOSED",
    "twins-by-account": "stillwatch.provenance.twins.planned:TWINS_BY_ACCOUNT",
    "radioactivity": "stillwatch.provenance.marks.planned:RADIOACTIVITY",
    "radioactivity-open": "stillwatch.provenance.marks.planned:RADIOACTIVITY_OPEN",
    "marks-by-group": "stillwatch.provenance.marks.planned:MARKS_BY_GROUP",
    "canaries": "stillwatch.provenance.canaries.planned:CANARIES",
    "canaries-open": "stillwatch.provenance.canaries.planned:CANARIES_OPEN",
    "canary-behaviours": "stillwatch.provenance.canaries.planned:CANARY_BEHAVIOURS",
    "canaries-by-account": "stillwatch.provenance.canaries.planned:CANARIES_BY_ACCOUNT",
    "ancestry": "stillwatch.provenance.planned_controls:ANCESTRY",
    "identity": "stillwatch.provenance.planned_controls:IDENTITY",
}


def find_test(name: str) -> ProvenanceTest:
    """The test of that name. Raises `UsageError` where there is none."""
    if name not in TESTS:
        raise UsageError(f"no provenance test '{name}'; there are {', '.join(TESTS)}")
    module, attribute = TESTS[name].split(":")
    found: ProvenanceTest = getattr(importlib.import_module(module), attribute)
    return found
