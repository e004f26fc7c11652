"""One run of the lab, in steps that are kept: serve, train students, examine them.

DIR/spec.json         what the run is made of; another spec needs another folder
DIR/master.key        its master key, and DIR/store the evidence store with the twins
DIR/*.jsonl           prompts and answers by source
DIR/students/*.pt     the weights that each student learnt
DIR/examined/*.json   what was measured of each, as soon as it is
DIR/said/*.jsonl      what each answered when it was asked
DIR/countermeasures.json  what each takes from a student and from a user
DIR/results.json      all figures so far
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from stillwatch.extras import require
from stillwatch.progress import Progress
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.lab.answers import (
    audit_texts,
    read_samples,
)
from stillwatch.provenance.lab.countermeasures import RoomSize, measure_countermeasures
from stillwatch.provenance.lab.examine import Answers, examine, examine_canaries, examine_closed, mean_loss
from stillwatch.provenance.lab.sources import Sources
from stillwatch.provenance.lab.spec import Arm, LabSpec
from stillwatch.provenance.lab.students import (
    Sample,
    keep,
    recall,
    train_adapters,
    train_local,
    train_scratch,
    untrained,
    with_adapters,
)
from stillwatch.provenance.lab.suspect import LabSuspect
from stillwatch.provenance.lab.teacher import LabError, Language, fetch_weights, load_language
from stillwatch.provenance.lab.tiny import tiny_teacher
from stillwatch.provenance.lab.trunk import Trunk
from stillwatch.provenance.suspects import Suspect

#: Students that are looked at longer: their mark is ranked among decoy keys, and they are asked each prompt twice.
_LOOKED_AT = {"served", "mixed_10", "other"}
_DECOYS = 2_000


def run_lab(
    spec: LabSpec, out: Path, *, cache: Path, progress: Progress | None = None, device: str | None = None
) -> dict[str, Any]:
    """Run what of the lab is not done yet in the folder `out`; the results, as in results.json.

    `cache` keeps teachers between runs. Raises `LabError` where `out` holds another run.
    """
    run = _Run(spec, out, cache, progress, device)
    served, plain = run.sources.of("served"), run.sources.of("plain")
    results: dict[str, Any] = {
        "spec": spec.as_dict(),
        "teacher": run.teacher.name,
        "twins": len(run.sources.twins),
        "served_tokens": sum(len(run.teacher.encode_text(s.answer)) for s in served),
        "untrained_loss": mean_loss(run.base, run.sources.held_out),
        "mark_cost": {"plain": text_cost(run.base, plain), "marked": text_cost(run.base, served)},
        "students": {},
    }
    for arm in spec.arms:
        results["students"][arm.name] = run.examined(arm)
        _write(out / "results.json", results)
    # Asking takes as long as training: a run that is stopped has all students in the open box first.
    for arm in spec.arms:
        results["students"][arm.name]["tests"] |= run.canaries(arm) | run.closed_box(arm)
        _write(out / "results.json", results)
    if spec.room is not None:
        results["countermeasures"] = run.countermeasures(spec.room)
        _write(out / "results.json", results)
    return results


class _Run:
    """The state of one run: what is loaded, and what the folder holds."""

    def __init__(self, spec: LabSpec, out: Path, cache: Path, progress: Progress | None, device: str | None) -> None:
        self.spec, self.out, self._progress, self._device = spec, out, progress, device
        require("torch", feature="the lab", extra="lab")  # before a folder and a key are made
        (out / "students").mkdir(parents=True, exist_ok=True)
        (out / "examined").mkdir(exist_ok=True)
        (out / "said").mkdir(exist_ok=True)
        (out / "audit").mkdir(exist_ok=True)
        key = out / "master.key"
        if not key.exists():
            MasterKey.generate().write(key)
        self.master = MasterKey.read(key)
        if spec.tiny:
            folder = tiny_teacher(cache, seed=spec.seed, progress=progress)
            self.teacher = load_language(folder, device=device, dtype="float32")
        else:
            self.teacher = load_language(spec.teacher or fetch_weights(cache), device=device)
        self.trunk = Trunk(self.teacher, spec.training.depth)
        self.base = LabSuspect(self.teacher, self.trunk, name="base", remember_distributions=True)
        self.sources = Sources(spec, out, teacher=self.teacher, base=self.base, master=self.master, progress=progress)
        self._bind()

    def _bind(self) -> None:
        prompts = json.dumps([*self.sources.asked, *self.sources.held]).encode()
        wanted = self.spec.as_dict() | {
            "teacher": self.teacher.name,
            "prompts": hashlib.sha256(prompts).hexdigest(),
        }
        path = self.out / "spec.json"
        if not path.exists():
            _write(path, wanted)
        elif (had := _read(path)) != wanted:
            differs = sorted(name for name in wanted if had.get(name) != wanted[name])
            raise LabError(f"{self.out}: holds a run with another {', '.join(differs) or 'spec'}; give another folder")

    def suspect_of(self, language: Language, arm: Arm) -> LabSuspect:
        """The arm's student as a suspect; one with the teacher's lower layers reads the trunk."""
        return LabSuspect(language, self.trunk if arm.kind == "lora" else None, name=arm.name)

    def examined(self, arm: Arm) -> dict[str, Any]:
        """What is measured of the arm's student; from the folder where that is done."""
        path = self.out / "examined" / f"{arm.name}.json"
        if path.exists():
            return _read(path)
        samples = self.sources.samples_of(arm)
        student, losses = self._student(arm, samples)
        campaign = self.sources.campaign_of(arm)
        if self._progress:
            self._progress(f"examining {arm.name}", 0, None)
        audit = self.sources.of("plain")
        near = audit_texts(
            self.teacher,
            [sample for sample in audit if sample.prompt in campaign],
            spec=self.spec,
            path=self.out / "audit" / f"{arm.name}.jsonl",
            progress=self._progress,
        )
        suspect = self.suspect_of(student, arm)
        found = {
            "role": arm.role,
            "kind": arm.kind,
            "meaning": arm.meaning,
            "served_share": arm.served_share,
            "examples": len(samples),
            "first_loss": float(np.mean(losses[:5])),
            "last_loss": float(np.mean(losses[-5:])),
            "held_out_loss": mean_loss(suspect, self.sources.held_out),
            "tests": examine(
                suspect,
                self.base,
                twins=[twin for twin in self.sources.twins if twin.prompt[-1]["content"] in campaign],
                audit=audit,
                near=near,
                spec=self.spec,
                master=self.master,
                encode=self.teacher.encode_text,
                decoys=_DECOYS if arm.name in _LOOKED_AT else 0,
            ),
        }
        _write(path, found)
        return found

    def canaries(self, arm: Arm) -> dict[str, Any]:
        """The tests of the account's invented facts on the arm's student; from the folder where that is done."""
        path = self.out / "examined" / f"{arm.name}.canaries.json"
        if not path.exists():
            suspect = self.suspect_of(self._loaded(arm)[0], arm)
            _write(path, examine_canaries(suspect, self.sources.facts, self.sources.decoy_facts))
        return _read(path)

    def closed_box(self, arm: Arm) -> dict[str, Any]:
        """The tests of the arm's student that need nothing but its answers; from the folder where that is done."""
        path = self.out / "examined" / f"{arm.name}.closed.json"
        if not path.exists():
            campaign = self.sources.campaign_of(arm)
            prompts = [prompt for prompt in self.sources.asked if prompt in campaign]
            # As many answers of a mixture as of others: more to each prompt, where its campaign asked fewer.
            samples = (2 if arm.name in _LOOKED_AT else 1) * len(self.sources.asked) // len(prompts)
            student = self.suspect_of(self._loaded(arm)[0], arm)
            found = examine_closed(
                self._answers(student, prompts, samples),
                # Not the one that remembers: what students say is asked about once.
                LabSuspect(self.teacher, self.trunk, name="base"),
                self._answers(self.base, self.sources.asked[: len(self.sources.asked) // 2], 2),
                twins=self.sources.twins,
                spec=self.spec,
                master=self.master,
                encode=self.teacher.encode_text,
            )
            _write(path, found)
        return _read(path)

    def _answers(self, suspect: LabSuspect, prompts: Sequence[str], samples: int) -> Answers:
        """What the suspect says to each prompt; from the folder where it was asked before."""
        path = self.out / "said" / f"{suspect.name}.jsonl"
        said = [sample.answer for sample in read_samples(path)]
        if len(said) != samples * len(prompts):
            if self._progress:
                self._progress(f"asking {suspect.name}", 0, None)
            # Another seed for each: equal random numbers would make the answers of kin alike.
            seed = self.spec.seed * 1000 + 900 + sum(suspect.name.encode())
            made = Answers.ask(suspect, prompts, samples=samples, max_tokens=self.spec.max_tokens, seed=seed)
            rows = [json.dumps({"prompt": p, "answer": text}) for p, text in zip(*made.flat(), strict=True)]
            path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
            return made
        return Answers(suspect.name, prompts, [said[start : start + samples] for start in range(0, len(said), samples)])

    def countermeasures(self, size: RoomSize) -> list[dict[str, Any]]:
        """What each countermeasure leaves to a student and to a user; from the folder where that is done."""
        path, wanted = self.out / "countermeasures.json", asdict(size)
        if not path.exists() or _read(path)["size"] != wanted:
            made = measure_countermeasures(size, seed=self.spec.seed, progress=self._progress)
            _write(path, {"size": wanted, "outcomes": [asdict(outcome) for outcome in made]})
        found: list[dict[str, Any]] = _read(path)["outcomes"]
        return found

    def _student(self, arm: Arm, samples: Sequence[Sample]) -> tuple[Language, list[float]]:
        """The arm's student and its loss a step: as the folder holds it, or trained now."""
        path = self.out / "students" / f"{arm.name}.pt"
        if path.exists():
            return self._loaded(arm)
        report: Callable[[int, int], None] | None = None
        if self._progress:
            heard = self._progress

            def report(done: int, steps: int) -> None:
                heard(f"training {arm.name}", done, steps)

        seed, limit = self.spec.seed, self.spec.max_tokens
        if arm.kind == "scratch":
            student, losses = train_scratch(
                self.teacher, samples, self.spec.scratch, limit=limit, seed=seed, progress=report
            )
        elif arm.base is not None:
            student, losses = train_local(
                arm.base, samples, limit=limit, seed=seed, device=self._device, progress=report
            )
        else:
            training, start = self.spec.training, None
            if arm.start is not None:
                training = replace(training, epochs=max(1, training.epochs // 3))
                start, _ = self._loaded(next(one for one in self.spec.arms if one.name == arm.start))
            student, losses = train_adapters(
                self.teacher, self.trunk, samples, training, limit=limit, seed=seed, start=start, progress=report
            )
        keep(student, losses, path, adapters=arm.kind == "lora")
        return student, losses

    def _loaded(self, arm: Arm) -> tuple[Language, list[float]]:
        """A student that this run trained before, and its loss a step."""
        path = self.out / "students" / f"{arm.name}.pt"
        if arm.kind == "scratch":
            student = untrained(self.teacher, seed=self.spec.seed)
        elif arm.base is not None:
            student = load_language(arm.base, device=self._device, dtype="float32")
        else:
            student = with_adapters(self.teacher, self.spec.training, seed=self.spec.seed)
        return student, recall(student, path, adapters=arm.kind == "lora")


def text_cost(base: Suspect, samples: Sequence[Sample]) -> dict[str, float]:
    """How good the text of answers is: their loss under the unmarked teacher, and their diversity."""
    return {"loss": mean_loss(base, samples), "distinct_bigrams": distinct_bigrams([s.answer for s in samples])}


def distinct_bigrams(texts: Sequence[str]) -> float:
    """Share of word bigrams that are different ones, over all texts together."""
    pairs = [pair for text in texts for pair in zip(text.split(), text.split()[1:], strict=False)]
    return len(set(pairs)) / max(1, len(pairs))


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _write(path: Path, data: dict[str, Any]) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
