"""A tenth of a student's data, ten times over: whether twins and the provider's mark find it under keys of their own.

The lab's run is one draw: its student `mixed_10` saw 19 served answers under one key, and the test that found the mark
in it was settled after a wider one had failed on that same student. Here ten students are each trained on 19 answers
served under a master key that no other student has, to prompts drawn anew, among the lab's 173 answers of another
teacher. The tests are the lab's: the mark by whole distributions in several unmarked answers to the 19 prompts, against
the unmarked teacher, and twins with the same reference. How a pair is weighed was chosen on these ten and on the first
two `large_` ones.

Ten more students are the same with a red/green mark of strength 2 in place of the fingerprint: a stronger mark at a
higher price, and a question that was asked after the first ten had been answered. And since neither finds its mark in
19 answers, eight students saw as small a share of ten times the data: 192 of 1,920, with the fingerprint; the last four
were trained when nothing was left to choose.

Keys: TEST_log10_p_N of student N, by law, with `never_used` as the innocent beside; TEST_median_log10_p;
TEST_below_5pct and TEST_below_1permille, how many students; TEST_fisher_log10_p, all of a test's p-values together
(Fisher's method: the keys are independent). Those of the other ten begin with `greenlist_`, of the last eight with
`large_`. `served_loss`, with those beginnings, is what the served answers cost, in nats a token under the unmarked
teacher, beside `plain_loss`.

Takes about two minutes of one core a student, of the last eight a quarter of an hour, and is kept in the lab's folder;
a run that was stopped goes on. With --small two students of the tiny teacher of each kind.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import chi2

from bench.innocents import master_of
from bench.lab import run_of
from bench.worlds import Options
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.lab.answers import (
    answer_all,
    audit_texts,
    other_answers,
    read_samples,
    serve,
    served_twins,
)
from stillwatch.provenance.lab.examine import examine, mean_loss
from stillwatch.provenance.lab.prompts import SETS, lab_prompts
from stillwatch.provenance.lab.sources import open_store
from stillwatch.provenance.lab.spec import LabSpec
from stillwatch.provenance.lab.students import Sample, keep, recall, train_adapters, with_adapters
from stillwatch.provenance.lab.suspect import LabSuspect
from stillwatch.provenance.lab.teacher import Language, default_cache, fetch_weights, load_language
from stillwatch.provenance.lab.tiny import tiny_teacher
from stillwatch.provenance.lab.trunk import Trunk
from stillwatch.provenance.marks.settings import MarkSettings, Scheme

SHARE = 0.1
_FIRST_SEED = 100  # far from the seeds of the lab's own run
_TESTS = {
    "twins": "twins",
    "mark": "mark",
    "group_mark": "group mark",
    "both_marks": "mark, both layers",
    "never_used": "never-used mark",
}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Students of one kind: how many, what marks their served answers, and among how many answers those are."""

    prefix: str
    students: int
    first: int
    scheme: Scheme = "fingerprint"
    #: How many times the lab's own examples, and the sets of prompts that hold as many.
    data: int = 1
    sets: tuple[str, ...] = SETS

    def spec(self, lab: LabSpec) -> LabSpec:
        """The lab's run with that mark and as many examples."""
        return replace(lab, mark=MarkSettings(scheme=self.scheme), examples=self.data * lab.examples)


KINDS = (
    Kind(prefix="", students=10, first=0),
    Kind(prefix="greenlist_", students=10, first=500, scheme="greenlist"),
    Kind(prefix="large_", students=8, first=1000, data=10, sets=(*SETS, "arena")),
)


def measure(options: Options) -> dict[str, float]:
    import torch

    if not torch.cuda.is_available():
        torch.set_num_threads(1)
    spec, folder = run_of(options)
    folder.mkdir(parents=True, exist_ok=True)
    cache = default_cache()
    if spec.tiny:
        teacher = load_language(tiny_teacher(cache, seed=spec.seed), dtype="float32")
    else:
        teacher = load_language(fetch_weights(cache))
    out: dict[str, float] = {}
    for kind in KINDS:
        mixtures = _Mixtures(kind, kind.spec(spec), folder, teacher)
        students = range(1, (2 if options.small else kind.students) + 1)
        found = figures([mixtures.examined(number) for number in students])
        found["served_loss"] = mean_loss(mixtures.base, [one for number in students for one in mixtures.served(number)])
        out |= {f"{kind.prefix}{key}": value for key, value in found.items()}
        out.setdefault("plain_loss", mean_loss(mixtures.base, mixtures.plain(mixtures.prompts)))
    return out


class _Mixtures:
    """The students of one kind: what they share, and the folder of the lab's run that keeps them."""

    def __init__(self, kind: Kind, spec: LabSpec, folder: Path, teacher: Language) -> None:
        self.kind, self.spec, self.teacher = kind, spec, teacher
        self.students = folder / "tenth"
        self.answers = folder if kind.data == 1 else self.students / f"of_{spec.examples}"
        self.answers.mkdir(parents=True, exist_ok=True)
        drawn = lab_prompts(spec.prompts, count=spec.examples + spec.held_out, seed=spec.seed, names=kind.sets)
        self.prompts = drawn[: spec.examples]
        self.trunk = Trunk(teacher, spec.training.depth)
        self.base = LabSuspect(teacher, self.trunk, name="base")

    def plain(self, prompts: Sequence[str]) -> list[Sample]:
        """The unmarked teacher's answers to those prompts."""
        path = self.answers / "plain.jsonl"
        asked = set(prompts)
        answers = answer_all(self.teacher, prompts, spec=self.spec, path=path, progress=tell)
        return [sample for sample in answers if sample.prompt in asked]

    def examined(self, number: int) -> dict[str, Any]:
        """The tests of one student; from the folder where they are done."""
        out = self._folder(number)
        kept = out / "tests.json"
        if not kept.exists():
            out.mkdir(parents=True, exist_ok=True)
            drawn = self.kind.first + number
            spec = replace(self.spec, seed=_FIRST_SEED + drawn)
            tests = self._examine(out, spec, master_of(9_000_000 + 1000 * self.spec.seed + drawn))
            kept.write_text(json.dumps(tests, indent=1) + "\n", encoding="utf-8")
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return found

    def served(self, number: int) -> list[Sample]:
        """What that student was served."""
        return read_samples(self._folder(number) / "served.jsonl")

    def _folder(self, number: int) -> Path:
        return self.students / f"{self.kind.prefix}{number}"

    def _examine(self, out: Path, spec: LabSpec, master: MasterKey) -> dict[str, Any]:
        asked = random.Random(spec.seed).sample(list(self.prompts), round(SHARE * len(self.prompts)))
        with open_store(out, master, write=True) as store:
            served = serve(
                self.teacher,
                asked,
                spec=spec,
                master=master,
                store=store,
                path=out / "served.jsonl",
                temperature=spec.temperature,
                progress=tell,
            )
            twins = served_twins(store, master)
        campaign = {str(sample.prompt) for sample in served}
        path = self.answers / "other.jsonl"
        other = other_answers(self.teacher, self.prompts, spec=self.spec, path=path, progress=tell)
        samples = [*served, *(sample for sample in other if sample.prompt not in campaign)]
        student = self._trained(samples, spec, out / "student.pt")
        audit = self.plain([prompt for prompt in self.prompts if prompt in campaign])
        return examine(
            LabSuspect(student, self.trunk, name=out.name),
            self.base,
            twins=twins,
            audit=audit,
            near=audit_texts(self.teacher, audit, spec=spec, path=out / "audit.jsonl", progress=tell),
            spec=spec,
            master=master,
            encode=self.teacher.encode_text,
        )

    def _trained(self, samples: Sequence[Sample], spec: LabSpec, kept: Path) -> Language:
        """The student of those samples, trained now or kept: a test that is changed needn't train it again."""
        if kept.exists():
            student = with_adapters(self.teacher, spec.training, seed=spec.seed)
            recall(student, kept, adapters=True)
            return student
        student, losses = train_adapters(
            self.teacher,
            self.trunk,
            samples,
            spec.training,
            limit=spec.max_tokens,
            seed=spec.seed,
            progress=lambda done, steps: tell("training", done, steps),
        )
        keep(student, losses, kept, adapters=True)
        return student


def figures(students: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The figures of the students' tests."""
    out: dict[str, float] = {"students": float(len(students))}
    for key, test in _TESTS.items():
        p = np.array([student[test]["p_value"] for student in students])
        out |= {f"{key}_log10_p_{number}": math.log10(value) for number, value in enumerate(p, 1)}
        out |= {
            f"{key}_median_log10_p": float(np.median(np.log10(p))),
            f"{key}_below_5pct": float((p < 0.05).sum()),
            f"{key}_below_1permille": float((p < 0.001).sum()),
            f"{key}_fisher_log10_p": float(chi2.logsf(-2 * np.log(p).sum(), 2 * len(p))) / math.log(10),
        }
    return out


def tell(stage: str, done: int, total: int | None) -> None:
    """Say that a stage is done, on the standard error stream."""
    if total is None or done == total:
        print(f"tenth: {stage}", file=sys.stderr)
