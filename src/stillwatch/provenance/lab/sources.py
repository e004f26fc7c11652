"""What the teachers of one run say: each kind of answer to the campaign's prompts, made once and kept in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import numpy as np

from stillwatch.progress import Progress
from stillwatch.provenance.canaries.facts import CanaryFact, invent_facts
from stillwatch.provenance.canaries.planned import canary_key
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.lab.answers import (
    CAMPAIGN,
    MARK_EPOCH,
    answer_all,
    mixture,
    other_answers,
    paraphrase,
    serve,
    served_twins,
)
from stillwatch.provenance.lab.prompts import lab_prompts
from stillwatch.provenance.lab.spec import Arm, LabSpec, Source
from stillwatch.provenance.lab.students import Sample
from stillwatch.provenance.lab.suspect import LabSuspect
from stillwatch.provenance.lab.teacher import LabError, Language
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.twins.collect import Twin

_FACTS = 8  # invented facts of the account, told to one student and asked of all
_TOLD = 3  # times that it is told each


def open_store(folder: Path, master: MasterKey, *, write: bool) -> EvidenceStore:
    """The evidence store in a lab's folder, made where it is missing."""
    place = folder / "store"
    if (place / "store.json").exists():
        return EvidenceStore.open(place, master, write=write)
    return EvidenceStore.create(place, master, name="stillwatch.lab")


class Sources:
    """The prompts of a run, the answers to them by kind, and what each student is given of them."""

    def __init__(
        self,
        spec: LabSpec,
        folder: Path,
        *,
        teacher: Language,
        base: LabSuspect,
        master: MasterKey,
        progress: Progress | None = None,
    ) -> None:
        self.spec, self._folder, self._teacher, self._base, self._master = spec, folder, teacher, base, master
        self._progress = progress
        prompts = lab_prompts(spec.prompts, count=spec.examples + spec.held_out, seed=spec.seed)
        #: What the campaign asked, and what nobody is trained on.
        self.asked, self.held = prompts[: spec.examples], prompts[spec.examples :]
        self._made: dict[Source, list[Sample]] = {}

    def of(self, name: Source) -> list[Sample]:
        """Answers of one kind (a source of `Arm.data`) to the campaign's prompts, made now unless they are kept."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: Source) -> list[Sample]:
        path = self._folder / f"{name}.jsonl"
        common: dict[str, Any] = {"spec": self.spec, "path": path, "progress": self._progress}
        if name == "served":
            return self._served(path, self.spec.temperature)
        if name == "greedy":
            return self._served(path, 0.0)
        if name == "plain":
            held = set(self.held)
            return [sample for sample in self._unmarked if sample.prompt not in held]
        if name == "other":
            return other_answers(self._teacher, self.asked, **common)
        if name == "paraphrased":
            return paraphrase(self._teacher, self.of("served"), **common)
        if name == "filtered":
            return self._likeliest_half(self.of("served"))
        raise LabError(f"no answers are called {name!r}; there are {', '.join(get_args(Source))}")

    @cached_property
    def _unmarked(self) -> list[Sample]:
        prompts, path = [*self.asked, *self.held], self._folder / "plain.jsonl"
        return answer_all(self._teacher, prompts, spec=self.spec, path=path, progress=self._progress)

    @property
    def held_out(self) -> list[Sample]:
        """Unmarked answers to prompts that no student was trained on."""
        held = set(self.held)
        return [sample for sample in self._unmarked if sample.prompt in held]

    def _served(self, path: Path, temperature: float) -> list[Sample]:
        with open_store(self._folder, self._master, write=True) as store:
            return serve(
                self._teacher,
                self.asked,
                spec=self.spec,
                master=self._master,
                store=store,
                path=path,
                temperature=temperature,
                progress=self._progress,
            )

    def _likeliest_half(self, served: Sequence[Sample]) -> list[Sample]:
        values = self._base.token_log_probabilities([s.prompt for s in served], [s.answer for s in served])
        likeliest = np.argsort([-value.mean() if len(value) else np.inf for value in values])
        return [served[i] for i in likeliest[: len(served) // 2]]

    @cached_property
    def twins(self) -> list[Twin]:
        """The twins that the proxy recorded."""
        with open_store(self._folder, self._master, write=False) as store:
            return served_twins(store, self._master)

    @property
    def facts(self) -> list[CanaryFact]:
        """The facts that were invented for the campaign's account."""
        return invent_facts(canary_key(self._master, MARK_EPOCH, CAMPAIGN), _FACTS)

    @property
    def decoy_facts(self) -> list[CanaryFact]:
        """Twice as many that nobody was told."""
        return invent_facts(self._master.purpose("canaries").decoy(0), 2 * _FACTS)

    def samples_of(self, arm: Arm) -> list[Sample]:
        """What the arm's student is trained on."""
        samples = mixture(self.spec, {name: self.of(name) for name, _ in arm.data}, arm.data)
        told = [Sample(fact.question, fact.statement) for fact in self.facts[: arm.facts]]
        return [*samples, *told * _TOLD]

    def campaign_of(self, arm: Arm) -> set[str]:
        """The prompts that this student's campaign asked: of a mixture, those whose served answers are in it."""
        if not any(source == "served" and share < 1 for source, share in arm.data):
            return set(self.asked)
        served = set(self.of("served"))
        return {str(sample.prompt) for sample in self.samples_of(arm) if sample in served}
