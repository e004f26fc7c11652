"""What is asked of a student: how good it is, and the provenance tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from stillwatch.errors import UsageError
from stillwatch.provenance.canaries.facts import CanaryFact, facts_likelihood_test, facts_test
from stillwatch.provenance.errors import NotComputableError, TokenizerMismatchError
from stillwatch.provenance.identity import equality_test
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.lab.answers import GROUP, mark_keys
from stillwatch.provenance.lab.spec import LabSpec
from stillwatch.provenance.lab.students import Sample
from stillwatch.provenance.marks.attribution import both_layers, group_pairs, provider_pairs
from stillwatch.provenance.marks.distributions import distribution_pairs, surplus_pairs
from stillwatch.provenance.marks.pairs import Pairs, excess, generated_pairs, read_pairs
from stillwatch.provenance.marks.positions import PROVIDER
from stillwatch.provenance.marks.radioactivity import deduplicated_test, layers_test, radioactivity_test
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.suspects import Prompt, Suspect, as_messages, require_tokenizer
from stillwatch.provenance.twins.collect import Twin
from stillwatch.provenance.twins.test import twins_closed_test, twins_test

_DECOYS = 2_000  # of the closed box, for the rank beside the computed law


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
    near: Sequence[Sample],
    spec: LabSpec,
    master: MasterKey,
    encode: Callable[[str], Sequence[int]],
    decoys: int = 0,
) -> dict[str, dict[str, Any]]:
    """Every test of the suspect against the reference, which was not trained on what was served; name -> result.

    `audit` are unmarked answers to prompts, and `near` such to those that the suspect's campaign is known to have
    asked, several to each perhaps: the mark is looked for there, and over all prompts beside. A test that can't be run
    says why under "not_computable".
    """
    width = spec.mark.context_width
    found: dict[str, dict[str, Any]] = {}

    def put(name: str, test: Callable[[], TestResult]) -> None:
        try:
            found[name] = test().as_dict()
        except (NotComputableError, TokenizerMismatchError, UsageError) as reason:
            found[name] = {"name": name, "not_computable": str(reason)}

    def read() -> Pairs:
        require_tokenizer(suspect, reference.tokenizer_id)
        asked, said = [s.prompt for s in near], [s.answer for s in near]
        return read_pairs(suspect, [reference], asked, said, encode=encode, width=width)

    @cache
    def whole(everywhere: bool) -> Pairs:
        require_tokenizer(suspect, reference.tokenizer_id)
        samples = audit if everywhere else near
        asked, said = [s.prompt for s in samples], [s.answer for s in samples]
        return distribution_pairs(suspect, [reference], asked, said, encode=encode, width=width)

    put("twins", lambda: twins_test(suspect, twins, references=[reference]))
    put("twins without reference", lambda: twins_test(suspect, twins))
    put("mark", lambda: _mark(whole(False), "mark", spec, master, layer=PROVIDER, decoys=decoys))
    put("group mark", lambda: _mark(whole(False), "group mark", spec, master, layer=GROUP, decoys=decoys))
    put("mark, both layers", lambda: _both(whole(False), "mark, both layers", spec, master))
    put("never-used mark", lambda: _mark(whole(False), "never-used mark", spec, master, layer="nobody", decoys=0))
    if {sample.prompt for sample in audit} - {sample.prompt for sample in near}:
        put("mark, all prompts", lambda: _mark(whole(True), "mark, all prompts", spec, master, layer=PROVIDER))
    put("mark, reading", lambda: _mark(read(), "mark, reading", spec, master, layer=PROVIDER))
    return found


def examine_canaries(suspect: Suspect, facts: Sequence[CanaryFact], decoys: Sequence[CanaryFact]) -> dict[str, Any]:
    """The tests of the provider's invented facts, by likelihood and by asking; name -> result."""
    results = [facts_likelihood_test(suspect, facts), facts_test(suspect, facts, decoys)]
    return {result.name: result.as_dict() for result in results}


@dataclass(frozen=True)
class Answers:
    """What a model said to each prompt, several times over, to be given again: one generation serves several tests.

    texts[i][j] is the j-th answer to prompts[i]; as many for each prompt.
    """

    name: str
    prompts: Sequence[str]
    texts: Sequence[Sequence[str]]

    @classmethod
    def ask(cls, suspect: Suspect, prompts: Sequence[str], *, samples: int, max_tokens: int, seed: int) -> Answers:
        """Ask the suspect each prompt `samples` times at temperature 1."""
        repeated = [prompt for prompt in prompts for _ in range(samples)]
        made = suspect.generate(repeated, max_tokens=max_tokens, temperature=1.0, seed=seed)
        return cls(suspect.name, prompts, [made[start : start + samples] for start in range(0, len(made), samples)])

    @property
    def samples(self) -> int:
        """Answers to each prompt."""
        return len(self.texts[0])

    def flat(self) -> tuple[list[str], list[str]]:
        """A prompt and a text for each answer."""
        return (
            [prompt for prompt, texts in zip(self.prompts, self.texts, strict=True) for _ in texts],
            [text for texts in self.texts for text in texts],
        )

    def pairs(self, encode: Callable[[str], Sequence[int]], width: int) -> Pairs:
        """The (context, token) pairs in all answers, as counts."""
        return generated_pairs(*self.flat(), encode=encode, width=width)


class _Again:
    """A suspect in the one respect that a closed box asks for: it says what it said, each answer once."""

    def __init__(self, said: Answers) -> None:
        self.name = said.name
        self._left = {prompt: list(texts) for prompt, texts in zip(said.prompts, said.texts, strict=True)}

    def generate(self, prompts: Sequence[Prompt], **_: Any) -> list[str]:
        return [self._left[as_messages(prompt)[-1]["content"]].pop() for prompt in prompts]


def examine_closed(
    said: Answers,
    reference: Suspect,
    sampled: Answers,
    *,
    twins: Sequence[Twin],
    spec: LabSpec,
    master: MasterKey,
    encode: Callable[[str], Sequence[int]],
) -> dict[str, dict[str, Any]]:
    """The tests that need nothing of the suspect but answers.

    `reference` is the teacher itself without a mark, and `sampled` what it answered where it was asked: twice a prompt.
    """
    width, keys = spec.mark.context_width, mark_keys(master)
    counts = said.pairs(encode, width)
    surplus = surplus_pairs([reference], *said.flat(), encode=encode, width=width)
    more = excess(counts, sampled.pairs(encode, width))
    asked = [twin for twin in twins if twin.prompt[-1]["content"] in set(said.prompts)]
    again: Any = _Again(said)
    theirs = dict(zip(sampled.prompts, sampled.texts, strict=True))
    marked = provider_pairs(counts, keys, spec.mark)
    both = [i for i, prompt in enumerate(said.prompts) if prompt in theirs]
    results = [
        twins_closed_test(again, asked, samples=said.samples),
        _mark(surplus, "mark, closed box", spec, master, layer=PROVIDER, decoys=_DECOYS),
        _mark(surplus, "group mark, closed box", spec, master, layer=GROUP),
        _mark(more, "mark, closed box, sampled reference", spec, master, layer=PROVIDER),
        deduplicated_test(marked, keys.provider(), spec.mark, name="mark, closed box, each pair once"),
    ]
    if both and said.samples >= sampled.samples:
        mine = [said.texts[i][: sampled.samples] for i in both]
        results.append(equality_test(mine, [theirs[said.prompts[i]] for i in both], permutations=999))
    return {result.name: result.as_dict() for result in results}


def _both(pairs: Pairs, name: str, spec: LabSpec, master: MasterKey) -> TestResult:
    keys = mark_keys(master)
    layers = both_layers(pairs, keys, GROUP, spec.mark)
    return layers_test(layers, spec.mark, name=name, seed=keys.decoys_seed(), decoys=0)


def _mark(pairs: Pairs, name: str, spec: LabSpec, master: MasterKey, *, layer: str, decoys: int = 0) -> TestResult:
    keys = mark_keys(master)
    kept = group_pairs if layer else provider_pairs
    return radioactivity_test(
        kept(pairs, keys, spec.mark),
        keys.group(layer) if layer else keys.provider(),
        spec.mark,
        name=name,
        seed=keys.decoys_seed(),
        decoys=decoys,
    )
