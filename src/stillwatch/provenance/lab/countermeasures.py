"""What each countermeasure takes from a student, and from an honest user.

A teacher that reasons (see `reasoning.py`) answers the same questions under each countermeasure; a student from nothing
is trained on what is served; both are asked new questions. For some countermeasures the student's owner does something
about it, and that is measured too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.extras import require
from stillwatch.progress import Progress
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.lab.fit import fit
from stillwatch.provenance.lab.reasoning import (
    STEPS,
    Problem,
    accuracy,
    blank,
    full_answer,
    problems,
    result_of,
    rows_of,
)
from stillwatch.provenance.lab.teacher import Language, generate
from stillwatch.provenance.marks.marking import Marker
from stillwatch.provenance.marks.positions import MarkKeys
from stillwatch.provenance.marks.settings import MarkSettings
from stillwatch.provenance.marks.transformers_processor import MarkProcessor

_LONGEST = STEPS + 4  # tokens of an answer
_RATE, _BATCH = 6e-3, 64
_CLAMP, _ROUND = 5, 0.1  # log-probabilities of so many tokens are given, rounded to this
_OWN = 8  # the student's owner has one reasoning trace of their own for so many served answers


@dataclass(frozen=True, kw_only=True)
class RoomSize:
    """How much is asked, learnt and tested."""

    questions: int = 4000
    epochs: int = 9
    tests: int = 300


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One countermeasure: what it left to the student and to the user, each 0 to 1."""

    name: str
    meaning: str
    #: The student's share of right answers to new questions; guessing gives 0.1.
    student_score: float
    #: The share of right answers among those served.
    user_score: float
    #: The share of the reasoning's steps that a user sees, and so can check.
    steps_shown: float


def measure_countermeasures(size: RoomSize, *, seed: int, progress: Progress | None = None) -> list[Outcome]:
    """Train a student under each countermeasure. Takes about 20 seconds of one core for each at the full size."""
    room = _Room(size, seed, progress)
    full = room.served()
    numbers = [_states(answer) for answer in full]
    results = [result_of(answer) for answer in full]
    hidden = [f"so {result}" for result in results]
    first = [f"so {r} because {' '.join(n)}" for n, r in zip(numbers, results, strict=True)]
    few = slice(0, max(1, size.questions // _OWN))
    outcomes = [
        room.outcome("none", "the whole reasoning is served", full, 1.0),
        room.outcome("hidden", "the reasoning is hidden", hidden, 0.0),
        room.outcome(
            "summarised",
            "every second step is served",
            [f"{' '.join(n[1::2])} so {r}" for n, r in zip(numbers, results, strict=True)],
            len(range(1, STEPS, 2)) / STEPS,
        ),
        room.outcome("rewritten", "the conclusion is put before the reasoning", first, 1.0),
        room.outcome(
            "rewritten_undone",
            "the conclusion is put before the reasoning, and the student's owner puts it back",
            [_reordered(answer) for answer in first],
            1.0,
        ),
        room.inverted(hidden),
        room.outcome("few", f"the whole reasoning, of one question in {_OWN}", full[few], 1.0),
        room.outcome(
            "logprobs", "as few, with the log-probabilities of every token", full[few], 1.0, soft=room.soft(None)
        ),
        room.outcome(
            "logprobs_clamped",
            f"as few, with the log-probabilities of {_CLAMP} tokens, rounded to {_ROUND}",
            full[few],
            1.0,
            soft=room.soft(_CLAMP),
        ),
    ]
    for mark in (
        MarkSettings(scheme="fingerprint", strength=24.0),
        MarkSettings(scheme="greenlist", strength=2.0),
        MarkSettings(scheme="greenlist", strength=4.0),
    ):
        name, meaning = f"mark_{mark.scheme}_{mark.bias:g}", f"{mark.scheme} mark, strength {mark.bias:g}"
        outcomes.append(room.outcome(name, meaning, room.served(mark), 1.0))
    return outcomes


class _Room:
    def __init__(self, size: RoomSize, seed: int, progress: Progress | None) -> None:
        self.size, self.seed, self._progress = size, seed, progress
        self.asked = problems(size.questions, seed=seed + 1)
        self._tests = problems(size.tests, seed=seed + 2)
        taught = problems(size.questions, seed=seed + 3)
        self._scores: dict[Any, float] = {}  # by what a student was taught: equal answers teach it the same
        self.teacher = self._student([p.question for p in taught], [full_answer(p) for p in taught], "the teacher")

    def _student(self, questions: Sequence[str], answers: Sequence[str], name: str, soft: Any = None) -> Language:
        report: Callable[[int, int], None] | None = None
        if self._progress:
            heard = self._progress

            def report(done: int, steps: int) -> None:
                heard(f"countermeasures: {name}", done, steps)

        student = blank(seed=self.seed)
        # As many steps whatever the number of examples: what is compared is what they teach.
        epochs = max(1, round(self.size.epochs * self.size.questions / len(questions)))
        rows = rows_of(student, questions, answers)
        fit(student.model, rows, epochs=epochs, batch=_BATCH, rate=_RATE, seed=self.seed, soft=soft, report=report)
        return student

    def served(self, mark: MarkSettings | None = None) -> list[str]:
        """The teacher's answers to the questions, sampled at temperature 1."""
        marks = None
        if mark is not None:
            keys = MarkKeys.of(MasterKey(random.Random(self.seed).randbytes(32)).epoch("lab"))
            marker = Marker(keys, mark, vocabulary=len(self.teacher.tokenizer))

            def marks() -> MarkProcessor:
                return MarkProcessor(marker)

        return self._answers(self.teacher, self.asked, temperature=1.0, marks=marks)

    def _answers(self, model: Language, asked: Sequence[Problem], **options: Any) -> list[str]:
        made = generate(
            model,
            [p.question for p in asked],
            max_tokens=_LONGEST,
            seed=self.seed,
            batch=500,
            **({"temperature": 0.0} | options),
        )
        return [text for (text,) in made]

    def score(self, student: Language) -> float:
        """The student's share of right answers to new questions."""
        return accuracy(self._answers(student, self._tests), self._tests)

    def outcome(
        self, name: str, meaning: str, answers: Sequence[str], steps_shown: float, *, soft: Any = None
    ) -> Outcome:
        """Train a student on the answers to the first questions."""
        asked = self.asked[: len(answers)]
        taught = (tuple(answers), soft)
        if taught not in self._scores:
            self._scores[taught] = self.score(self._student([p.question for p in asked], answers, name, soft))
        return Outcome(
            name=name,
            meaning=meaning,
            student_score=self._scores[taught],
            user_score=accuracy(answers, asked),
            steps_shown=steps_shown,
        )

    def inverted(self, hidden: Sequence[str]) -> Outcome:
        """Trace inversion (arXiv 2603.07267): the student's owner restores hidden reasoning with a model of their own.

        The model learnt from open traces, one for `_OWN` served answers, to give the reasoning for a question. What it
        restores is kept where it comes to the answer that was served.
        """
        own = problems(max(1, self.size.questions // _OWN), seed=self.seed + 4)
        inverter = self._student([p.question for p in own], [full_answer(p) for p in own], "inverter")
        restored = self._answers(inverter, self.asked)
        pairs = [
            (problem.question, answer)
            for problem, answer, shown in zip(self.asked, restored, hidden, strict=True)
            if result_of(answer) is not None and result_of(answer) == result_of(shown)
        ]
        pairs += [(p.question, full_answer(p)) for p in own]
        student = self._student([q for q, _ in pairs], [a for _, a in pairs], "hidden_inverted")
        return Outcome(
            name="hidden_inverted",
            meaning="the reasoning is hidden, and the student's owner restores it with a model of their own",
            student_score=self.score(student),
            user_score=accuracy(hidden, self.asked),
            steps_shown=0.0,
        )

    def soft(self, top: int | None) -> Callable[[Any, Any], Any]:
        """The teacher's chances at the places to predict: all of them, or as an API gives the `top` likeliest."""
        torch = require("torch", feature="the lab", extra="lab")

        def chances(ids: Any, predicted: Any) -> Any:
            with torch.no_grad():
                logits = self.teacher.model(input_ids=ids).logits[:, :-1][predicted[:, 1:]]
                scores = logits.log_softmax(-1)
                if top is not None:
                    kept = scores.topk(top)
                    rounded = (kept.values / _ROUND).round() * _ROUND
                    scores = torch.full_like(scores, -torch.inf).scatter(1, kept.indices, rounded)
                return scores.softmax(-1)

        return chances


def _states(answer: str) -> list[str]:
    return [word for word in answer.partition(" so")[0].split() if word.isdigit()]


def _reordered(answer: str) -> str:
    conclusion, _, reasoning = answer.partition(" because ")
    return f"{reasoning} {conclusion}"
