"""What is asked of a student: how good it is, and the provenance tests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from stillwatch.errors import UsageError
from stillwatch.provenance.errors import NotComputableError
from stillwatch.provenance.identity import equality_test
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.lab.answers import GROUP, mark_keys
from stillwatch.provenance.lab.spec import LabSpec
from stillwatch.provenance.lab.students import Sample
from stillwatch.provenance.marks.distributions import distribution_pairs
from stillwatch.provenance.marks.pairs import Pairs, excess, generated_pairs, read_pairs
from stillwatch.provenance.marks.positions import PROVIDER, group_positions
from stillwatch.provenance.marks.radioactivity import deduplicated_test, radioactivity_test
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.suspects import Prompt, Suspect, as_messages
from stillwatch.provenance.twins.collect import Twin
from stillwatch.provenance.twins.test import twins_closed_test, twins_test


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
    campaign: Collection[str],
    spec: LabSpec,
    master: MasterKey,
    encode: Callable[[str], Sequence[int]],
    decoys: int = 0,
) -> dict[str, dict[str, Any]]:
    """Every test of the suspect against the reference, which was not trained on what was served; name -> result.

    `audit` are unmarked answers to prompts, and `campaign` those prompts that the suspect's campaign is known to have
    asked: the mark is looked for there, and over all prompts beside. A test that can't be run says why under
    "not_computable".
    """
    near = [sample for sample in audit if sample.prompt in campaign]
    prompts, texts = [s.prompt for s in near], [s.answer for s in near]
    width = spec.mark.context_width
    found: dict[str, dict[str, Any]] = {}

    def put(name: str, test: Callable[[], TestResult]) -> None:
        try:
            found[name] = test().as_dict()
        except (NotComputableError, UsageError) as reason:
            found[name] = {"name": name, "not_computable": str(reason)}

    put("twins", lambda: twins_test(suspect, twins, references=[reference]))
    put("twins without reference", lambda: twins_test(suspect, twins))
    said = distribution_pairs(suspect, [reference], prompts, texts, encode=encode, width=width)
    put("mark", lambda: _mark(said, "mark", spec, master, layer=PROVIDER, decoys=decoys))
    put("group mark", lambda: _mark(said, "group mark", spec, master, layer=GROUP, decoys=decoys))
    put("never-used mark", lambda: _mark(said, "never-used mark", spec, master, layer="nobody", decoys=0))
    read = read_pairs(suspect, [reference], prompts, texts, encode=encode, width=width)
    if len(near) < len(audit):
        all_prompts, all_texts = [s.prompt for s in audit], [s.answer for s in audit]
        wide = distribution_pairs(suspect, [reference], all_prompts, all_texts, encode=encode, width=width)
        put("mark, all prompts", lambda: _mark(wide, "mark, all prompts", spec, master, layer=PROVIDER, decoys=0))
    put("mark, reading", lambda: _mark(read, "mark, reading", spec, master, layer=PROVIDER, decoys=0))
    return found


class Answers:
    """What a model said to each prompt, several times over, given again: one generation serves several tests."""

    def __init__(self, suspect: Suspect, prompts: Sequence[str], *, samples: int, max_tokens: int, seed: int) -> None:
        self.name, self.tokenizer_id, self.prompts, self.samples = suspect.name, suspect.tokenizer_id, prompts, samples
        made = suspect.generate(
            [prompt for prompt in prompts for _ in range(samples)], max_tokens=max_tokens, temperature=1.0, seed=seed
        )
        self.texts = [made[start : start + samples] for start in range(0, len(made), samples)]
        self._left = {prompt: list(texts) for prompt, texts in zip(prompts, self.texts, strict=True)}

    def generate(self, prompts: Sequence[Prompt], *, max_tokens: int, temperature: float, seed: int) -> list[str]:
        """The next of the answers to each prompt, as they were made: see `Suspect`."""
        del max_tokens, temperature, seed
        return [self._left[as_messages(prompt)[-1]["content"]].pop() for prompt in prompts]

    def pairs(self, encode: Callable[[str], Sequence[int]], width: int) -> Pairs:
        """The (context, token) pairs in all answers."""
        repeated = [prompt for prompt in self.prompts for _ in range(self.samples)]
        texts = [text for group in self.texts for text in group]
        return generated_pairs(repeated, texts, encode=encode, width=width)


def examine_closed(
    said: Answers,
    reference: Answers,
    *,
    twins: Sequence[Twin],
    spec: LabSpec,
    master: MasterKey,
    encode: Callable[[str], Sequence[int]],
) -> dict[str, dict[str, Any]]:
    """The tests that need nothing but answers. `reference` is what the teacher itself answers, without a mark."""
    width, keys = spec.mark.context_width, mark_keys(master)
    mine = said.pairs(encode, width)
    more = excess(mine, reference.pairs(encode, width))
    asked = [twin for twin in twins if twin.prompt[-1]["content"] in set(said.prompts)]
    provider = ~group_positions(mine.contexts, router=keys.router(), settings=spec.mark)
    speaker: Any = said  # a suspect in the one respect that the test asks for
    results = [
        twins_closed_test(speaker, asked, samples=said.samples),
        _mark(more, "mark, closed box", spec, master, layer=PROVIDER, decoys=0),
        deduplicated_test(mine.where(provider), keys.provider(), spec.mark, name="mark, closed box, each pair once"),
        equality_test(said.texts, reference.texts, permutations=999),
    ]
    return {result.name: result.as_dict() for result in results}


def _mark(pairs: Pairs, name: str, spec: LabSpec, master: MasterKey, *, layer: str, decoys: int) -> TestResult:
    keys = mark_keys(master)
    grouped = group_positions(pairs.contexts, router=keys.router(), settings=spec.mark)
    return radioactivity_test(
        pairs.where(grouped if layer else ~grouped),
        keys.group(layer) if layer else keys.provider(),
        spec.mark,
        name=name,
        seed=keys.decoys_seed(),
        decoys=decoys,
    )
