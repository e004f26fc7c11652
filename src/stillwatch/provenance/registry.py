"""The registry of provenance tests that a plan can name: a test is one function, and one line in `TESTS`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from stillwatch.errors import UsageError
from stillwatch.progress import Progress
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.suspects import Suspect


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

    def chosen(self, *names: str) -> dict[str, Any]:
        """Those of the options of these names that the plan sets."""
        return {name: self.options[name] for name in names if name in self.options}


#: evidence: speaks for "trained on served outputs", Holm runs over all of these. attribution: whose outputs, reported
#: apart. control: speaks to an alternative explanation.
Family: TypeAlias = Literal["evidence", "attribution", "control"]


Run: TypeAlias = Callable[[Context], list[TestResult]]


@dataclass(frozen=True, kw_only=True)
class ProvenanceTest:
    """One registered test: what a finding of it means, and why its p-value is valid."""

    name: str
    family: Family
    meaning: str
    guarantee: str
    run: Run
    #: Kind of the records that it rests on; None for one that needs no evidence.
    needs: str | None

    def why_not(self, store: EvidenceStore) -> str | None:
        """Why it can't be run on this store, or None where it can."""
        if self.needs is None or self.needs in store.counts():
            return None
        return f"no {self.needs} is on record in the store"


#: Name of each test, and the module that registers it: none is imported before it is asked for.
TESTS = {
    "twins": "twins.planned",
    "twins-closed": "twins.planned",
    "twins-by-account": "twins.planned",
    "radioactivity": "marks.planned",
    "radioactivity-open": "marks.planned",
    "marks-by-group": "marks.planned",
    "canaries": "canaries.planned",
    "canaries-open": "canaries.planned",
    "canary-behaviours": "canaries.planned",
    "canaries-by-account": "canaries.planned",
    "ancestry": "planned_controls",
    "identity": "planned_controls",
}
_REGISTERED: dict[str, ProvenanceTest] = {}


def provenance_test(family: Family, *, guarantee: str, needs: str | None = None) -> Callable[[Run], Run]:
    """Register a test: the function's name with hyphens names it, and the docstring says what a finding means."""

    def register(run: Run) -> Run:
        name, meaning = run.__name__.replace("_", "-"), (run.__doc__ or "").splitlines()[0]
        _REGISTERED[name] = ProvenanceTest(
            name=name, family=family, meaning=meaning, guarantee=guarantee, run=run, needs=needs
        )
        return run

    return register


def find_test(name: str) -> ProvenanceTest:
    """The test of that name. Raises `UsageError` where there is none."""
    if name not in TESTS:
        raise UsageError(f"no provenance test '{name}'; there are {', '.join(TESTS)}")
    importlib.import_module(f"stillwatch.provenance.{TESTS[name]}")
    return _REGISTERED[name]
