"""The plan of a test, committed before the suspect is asked anything.

A plan says which suspect is tested with which tests, options and error rate on which evidence. It goes into the ledger
as a record, and the ledger is signed, before the first question: whoever sees the bundle can check that the plan came
first, and that nothing in it was chosen after seeing an answer.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stillwatch.errors import UsageError
from stillwatch.ledger.redaction import canonical
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.registry import find_test
from stillwatch.provenance.store import EvidenceStore

KIND = "plan"


@dataclass(frozen=True, kw_only=True)
class PlannedTest:
    """One test with its options."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be asked of whom, and what will count as proof."""

    suspect: str
    suspect_digest: str | None
    controls: tuple[str, ...]
    tests: tuple[PlannedTest, ...]
    alpha: float
    evidence_size: int
    evidence_root: str
    key: str
    version: str
    created: str

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise UsageError(f"the error rate is {self.alpha}, and must be between 0 and 1")
        if not self.tests:
            raise UsageError("a plan needs at least one test")
        names = [test.name for test in self.tests]
        if len(set(names)) < len(names):
            raise UsageError("a plan names each test once")
        models = [self.suspect, *self.controls]
        if len(set(models)) < len(models):
            raise UsageError(f"suspect and controls need names of their own: {', '.join(models)}")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        found = asdict(self)
        return found | {"controls": list(self.controls), "tests": list(found["tests"])}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """The reverse."""
        tests = tuple(PlannedTest(**test) for test in data["tests"])
        return cls(**{**data, "controls": tuple(data["controls"]), "tests": tests})

    def digest(self) -> str:
        """SHA-256 of the plan in canonical JSON, in hexadecimal: what is published."""
        return hashlib.sha256(canonical(self.as_dict())).hexdigest()


def make_plan(
    store: EvidenceStore,
    master: MasterKey,
    *,
    suspect: str,
    tests: Sequence[PlannedTest],
    controls: Sequence[str] = (),
    alpha: float = 0.01,
    suspect_digest: str | None = None,
) -> Plan:
    """A plan over the store's evidence as it is signed now. Raises `UsageError` for a test that can't be run on it."""
    for test in tests:
        why_not = find_test(test.name).why_not(store)
        if why_not:
            raise UsageError(f"the test '{test.name}' can't be planned: {why_not}")
    checkpoint = store.ledger.checkpoint
    return Plan(
        suspect=suspect,
        suspect_digest=suspect_digest,
        controls=tuple(controls),
        tests=tuple(tests),
        alpha=alpha,
        evidence_size=checkpoint.size,
        evidence_root=checkpoint.root.hex(),
        key=master.commitment(),
        version=importlib.metadata.version("stillwatch"),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def commit_plan(store: EvidenceStore, plan: Plan) -> tuple[int, str]:
    """Put the plan into the ledger and sign it; its index and the signed checkpoint to publish."""
    index = store.add(KIND, {"plan": plan.as_dict(), "digest": plan.digest()})
    return index, store.ledger.commit()


def read_plan(store: EvidenceStore, index: int) -> Plan:
    """The plan at that place of the ledger. Raises `UsageError` where there is none."""
    record = store.ledger.read(index)
    if record.kind != KIND:
        raise UsageError(f"record {index} is no plan but a {record.kind}")
    return Plan.from_dict(record["plan"])


def folder_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of a model folder's files, in hexadecimal: which weights were tested."""
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(f"{path.relative_to(folder).as_posix()}\n{path.stat().st_size}\n".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                whole.update(block)
    return whole.hexdigest()
