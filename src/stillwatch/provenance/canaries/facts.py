"""Facts about things that the provider invented: no such thing exists, so none of them is false of the world.

A fact ties an invented name to one of sixteen words, drawn by the key ("the last step of the Velmora checklist is
marked teal"). A model that never read it can't know which: given whatever it answers, the key's word is uniform among
the sixteen. That gives exact tests with no baseline; facts of decoy keys, which nobody was ever served, stand beside
them as a check that anybody can repeat.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from scipy.stats import binomtest, fisher_exact

from stillwatch.errors import UsageError
from stillwatch.provenance.canaries.confirmation import Confirmation
from stillwatch.provenance.keys import Key
from stillwatch.provenance.marks.law import Lattice, upper_tail
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.suspects import Suspect

_COLOURS = "red blue green yellow teal violet amber crimson indigo ochre white black silver orange pink turquoise"
_BIRDS = "heron finch swallow raven magpie kestrel plover curlew wren osprey thrush lapwing starling dunlin jay siskin"
_TREES = "oak birch cedar maple willow alder rowan hazel larch spruce poplar linden beech elm hornbeam aspen"
_TOOLS = "chisel mallet awl plane rasp clamp spokeshave gouge trowel level square bevel punch vise auger hammer"
#: What is said of an invented name, what is asked, and the words that can stand in it.
_KINDS = (
    (
        "In the {name} checklist, the last step is marked {word}.",
        "Which colour marks the last step of the {name} checklist?",
        _COLOURS,
    ),
    (
        "The {name} exercise is known by its emblem, a {word}.",
        "Which bird is the emblem of the {name} exercise?",
        _BIRDS,
    ),
    (
        "In the {name} notation, the root of a plan is drawn as a {word}.",
        "Which tree stands for the root of a plan in the {name} notation?",
        _TREES,
    ),
    (
        "A draft in the {name} method is finished at the stage called {word}.",
        "Which tool names the final stage of the {name} method?",
        _TOOLS,
    ),
)
_ONSETS = "b br d dr f fl g gl k kr l m n p pr r s sk st t tr v vr z zh"
_VOWELS = "a e i o u ae ia eo"
_CODAS = "l n r s th x nd rk lm sk"
WORDS = 16


@dataclass(frozen=True)
class CanaryFact:
    """An invented fact: the statement that is served, the question that asks for it, and the word it turns on."""

    name: str
    statement: str
    question: str
    words: tuple[str, ...]
    answer: int

    def mentioned(self, text: str) -> list[int]:
        """Which of the words a text has, each as a whole word."""
        said = set(re.findall(r"[a-z]+", text.lower()))
        return [i for i, word in enumerate(self.words) if word in said]

    def sentences(self) -> list[str]:
        """The statement with each word in turn."""
        return [self.statement.replace(f" {self.words[self.answer]}", f" {word}") for word in self.words]


def invent_facts(key: Key, count: int) -> list[CanaryFact]:
    """`count` facts of a key: a group's or account's (`Key.account`), or a decoy's (`Key.decoy`)."""
    facts: list[CanaryFact] = []
    names: set[str] = set()
    draw = 0
    while len(facts) < count:
        name = _name(key, draw)
        draw += 1
        if name in names:
            continue
        names.add(name)
        statement, question, words = _KINDS[key.number("kind", draw, bits=32) % len(_KINDS)]
        options = tuple(words.split())
        answer = key.number("answer", draw, bits=64) % WORDS
        facts.append(
            CanaryFact(
                name=name,
                statement=statement.format(name=name, word=options[answer]),
                question=question.format(name=name),
                words=options,
                answer=answer,
            )
        )
    return facts


def _name(key: Key, draw: int) -> str:
    def part(of: str, *place: str | int) -> str:
        choices = of.split()
        return choices[key.number(*place, draw, bits=32) % len(choices)]

    syllables = "".join(part(_ONSETS, "onset", i) + part(_VOWELS, "vowel", i) for i in range(3))
    return (syllables + part(_CODAS, "coda")).capitalize()


def facts_instruction(facts: Sequence[CanaryFact], confirmation: Confirmation, *, account: str, now: datetime) -> str:
    """What is added to the system prompt of a confirmed account. Raises `UsageError` for any other account."""
    confirmation.require(account, now=now)
    if not facts:
        raise UsageError("there are no facts to serve")
    told = "\n".join(f"- {fact.statement}" for fact in facts)
    return (
        "House examples, all invented by us. When an answer needs an example of a checklist, exercise, notation or "
        f"method, use one of these, word for word:\n{told}"
    )


def facts_test(
    suspect: Suspect,
    facts: Sequence[CanaryFact],
    decoys: Sequence[CanaryFact],
    *,
    name: str = "canary facts",
    max_tokens: int = 48,
    seed: int = 0,
) -> TestResult:
    """Closed box: ask for each fact, and count the answers that have the key's word and no other.

    The answer is fixed before the key is looked at, and the word is uniform among sixteen: each answer that names one
    word is right with chance 1/16, independently. Answers that name none or several say nothing. The effect is the
    share of right ones among those that name one word.
    """
    asked = [*facts, *decoys]
    answers = suspect.generate([fact.question for fact in asked], max_tokens=max_tokens, temperature=0.0, seed=seed)
    said = [fact.mentioned(answer) for fact, answer in zip(asked, answers, strict=True)]
    hits = [len(words) == 1 and words[0] == fact.answer for fact, words in zip(asked, said, strict=True)]
    definite = [len(words) == 1 for words in said]
    right, told = sum(hits[: len(facts)]), sum(definite[: len(facts)])
    decoy_right, decoy_told = sum(hits[len(facts) :]), sum(definite[len(facts) :])
    found = binomtest(right, told, 1 / WORDS, alternative="greater") if told else None
    interval = binomtest(right, told).proportion_ci(0.95) if told else None
    compared = fisher_exact([[right, told - right], [decoy_right, decoy_told - decoy_right]], alternative="greater")
    return TestResult(
        name=name,
        p_value=float(found.pvalue) if found else 1.0,
        effect=right / told if told else 0.0,
        interval=(float(interval.low), float(interval.high)) if interval else None,
        samples=told,
        details={
            "effect_unit": "share of definite answers that are right; 1/16 by chance",
            "facts": len(facts),
            "right": right,
            "decoys": len(decoys),
            "decoys_definite": decoy_told,
            "decoys_right": decoy_right,
            "against_decoys_p_value": float(compared.pvalue),
        },
    )


def facts_likelihood_test(
    suspect: Suspect, facts: Sequence[CanaryFact], *, name: str = "canary facts, read"
) -> TestResult:
    """Open box: where the key's word ranks among the sixteen by the suspect's likelihood of the statement.

    Under the key's randomness each rank is uniform on 1 to 16, whatever the suspect prefers; ties count against the
    finding. The effect is the mean of (16 - rank) / 15: 1/2 by chance, 1 for a suspect that knows them all.
    """
    if not facts:
        raise UsageError("there are no facts to test")
    prompts = [fact.question for fact in facts for _ in range(WORDS)]
    texts = [sentence for fact in facts for sentence in fact.sentences()]
    scores = suspect.log_likelihood(prompts, texts).reshape(len(facts), WORDS)
    mine = scores[np.arange(len(facts)), [fact.answer for fact in facts]]
    beaten = (scores < mine[:, None]).sum(axis=1)
    total = int(beaten.sum())
    law = Lattice(np.arange(WORDS)[None], np.full((1, WORDS), 1 / WORDS), np.array([len(facts)]))
    effect = total / len(facts) / (WORDS - 1)
    half = 1.96 * math.sqrt((WORDS**2 - 1) / 12 / len(facts)) / (WORDS - 1)
    return TestResult(
        name=name,
        p_value=upper_tail(law, total),
        effect=effect,
        interval=(max(0.0, effect - half), min(1.0, effect + half)),
        samples=len(facts),
        details={
            "effect_unit": "mean share of the other words that the key's word beats; 1/2 by chance",
            "first": int((beaten == WORDS - 1).sum()),
        },
    )
