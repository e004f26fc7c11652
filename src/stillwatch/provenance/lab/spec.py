"""What one run of the lab is made of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from stillwatch.provenance.lab.countermeasures import RoomSize
from stillwatch.provenance.lab.students import Training
from stillwatch.provenance.lab.teacher import LabError
from stillwatch.provenance.marks.settings import MarkSettings

Role: TypeAlias = Literal["distilled", "attack", "innocent"]
#: Kinds of answers that a student can be trained on: what the campaign was served, at temperature 0 too, what an
#: attacker makes of it, the teacher's own answers without a mark, and another teacher's.
Source: TypeAlias = Literal["served", "greedy", "paraphrased", "filtered", "plain", "other"]


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One student: what it is trained on, as shares of the run's examples by source, and how."""

    name: str
    role: Role
    #: Source of answers -> share of the examples.
    data: tuple[tuple[Source, float], ...]
    meaning: str
    #: "lora" (the teacher's own weights, adapted), "scratch" (a small model of another kind, from nothing) or "local"
    #: (another model's weights, all of them trained further).
    kind: Literal["lora", "scratch", "local"] = "lora"
    #: Folder of the model that a "local" student is made of.
    base: Path | None = None
    #: How many of the provider's invented facts it was told besides.
    facts: int = 0
    #: Arm whose student is trained further, for a third of the epochs.
    start: str | None = None

    @property
    def served_share(self) -> float:
        """Share of its data that comes from what was served at a temperature above 0."""
        return sum(share for source, share in self.data if source in ("served", "filtered"))


def mixed(percent: int) -> Arm:
    """A student that hides served answers among another teacher's."""
    share = percent / 100
    return Arm(
        name=f"mixed_{percent}",
        role="distilled",
        data=(("served", share), ("other", 1 - share)),
        meaning=f"{percent} % served answers, the others from another teacher",
    )


SERVED = Arm(name="served", role="distilled", data=(("served", 1.0),), meaning="trained on served answers alone")
OTHER = Arm(
    name="other",
    role="innocent",
    data=(("other", 1.0),),
    meaning="another teacher's answers to the same prompts",
)
PLAIN = Arm(
    name="plain", role="innocent", data=(("plain", 1.0),), meaning="the teacher's answers without a mark, never served"
)
SCRATCH = Arm(
    name="scratch",
    role="distilled",
    data=(("served", 1.0),),
    kind="scratch",
    meaning="a small GPT-2 from nothing, on served answers",
)
SCRATCH_OTHER = replace(
    SCRATCH,
    name="scratch_other",
    role="innocent",
    data=(("other", 1.0),),
    meaning="a small GPT-2 from nothing, on another teacher's answers",
)
PARAPHRASED = Arm(
    name="paraphrased",
    role="attack",
    data=(("paraphrased", 1.0),),
    meaning="served answers, each rewritten in other words by a model",
)
GREEDY = Arm(name="greedy", role="attack", data=(("greedy", 1.0),), meaning="asked at temperature 0")
REFINED = Arm(
    name="refined",
    role="attack",
    data=(("other", 1.0),),
    start="served",
    meaning="trained on served answers, then on another teacher's",
)
FILTERED = Arm(
    name="filtered",
    role="attack",
    data=(("filtered", 0.5),),
    meaning="the half of the served answers that its own base finds likeliest",
)

TOLD = Arm(
    name="told",
    role="distilled",
    data=(("served", 1.0),),
    facts=8,
    meaning="trained on served answers, and on facts that the provider invented for that account",
)


def local_arms(folder: Path) -> tuple[Arm, Arm]:
    """Students made of another model's weights: one of served answers, and an innocent one."""
    name = f"local_{folder.resolve().name}"
    return (
        replace(SERVED, name=name, kind="local", base=folder, meaning=f"{folder.name}, trained on served answers"),
        replace(
            OTHER,
            name=f"{name}_other",
            kind="local",
            base=folder,
            meaning=f"{folder.name}, trained on another teacher's answers",
        ),
    )


#: In the order in which they are made: a run that is stopped has the most telling ones.
STANDARD_ARMS = (
    SERVED,
    OTHER,
    mixed(10),
    PLAIN,
    PARAPHRASED,
    GREEDY,
    REFINED,
    FILTERED,
    mixed(50),
    SCRATCH,
    SCRATCH_OTHER,
    mixed(1),
    TOLD,
)


@dataclass(frozen=True, kw_only=True)
class LabSpec:
    """Everything that a run's figures depend on, besides the machine."""

    #: Folder of the teacher, or None: SmolLM2-135M-Instruct, or the tiny teacher that the lab trains itself.
    teacher: Path | None = None
    tiny: bool = False
    prompts: Path | None = None
    seed: int = 1
    examples: int = 192
    held_out: int = 48
    max_tokens: int = 32
    temperature: float = 0.8
    training: Training = field(default_factory=lambda: Training(epochs=3, rate=2e-3))
    scratch: Training = field(default_factory=lambda: Training(epochs=8, rate=2e-3, batch=16, rank=0))
    mark: MarkSettings = field(default_factory=MarkSettings)
    arms: tuple[Arm, ...] = STANDARD_ARMS
    #: The countermeasures' own students; None leaves them out.
    room: RoomSize | None = field(default_factory=RoomSize)

    def __post_init__(self) -> None:
        if self.examples < 16 or self.held_out < 4:
            raise LabError("a run needs at least 16 examples and 4 held-out prompts")
        if not self.temperature > 0:
            raise LabError("the temperature must be above 0: two answers at temperature 0 are the same")
        done: set[str] = set()
        for arm in self.arms:
            if arm.start is not None and arm.start not in done:
                raise LabError(f"the student {arm.name} starts from {arm.start}, which has to come before it")
            done.add(arm.name)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values of what every figure depends on: a run's folder is bound to them.

        Without the folders' places (the run adds what it found in them), and without the choice of students and
        countermeasures, each of which can be added later.
        """
        plain = asdict(self) | {"mark": self.mark.as_dict()}
        for name in ("teacher", "prompts", "arms", "room"):
            del plain[name]
        found: dict[str, Any] = json.loads(json.dumps(plain, default=str))
        return found


def tiny_spec(**changes: Any) -> LabSpec:
    """The configuration that the tests run: a teacher of two layers, trained within a minute on one core."""
    small: dict[str, Any] = {
        "tiny": True,
        "examples": 96,
        "held_out": 24,
        "max_tokens": 24,
        "training": Training(epochs=6, rate=1e-2, rank=16, depth=0),
        "scratch": Training(epochs=6, rate=4e-3, rank=0),
        "room": RoomSize(questions=300, epochs=2, tests=60),
        "arms": (SERVED, OTHER, mixed(10), PLAIN, GREEDY, TOLD),
    }
    return LabSpec(**(small | changes))
