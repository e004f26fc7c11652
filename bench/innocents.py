"""Suspects for the provenance benchmark: innocents of every kind that a test might mistake, and guilty students.

All are tiny transformers that are really trained, on one core in seconds each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.twins import answers, prompts, student, untrained
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.local import LocalSuspect
from stillwatch.provenance.marks.marking import Marker, Sampling
from stillwatch.provenance.marks.positions import MarkKeys
from stillwatch.provenance.marks.settings import MarkSettings
from stillwatch.provenance.marks.transformers_processor import MarkProcessor

MAX_TOKENS = 48
_BATCH = 64


@dataclass(frozen=True)
class Audit:
    """What every suspect is asked: prompts, and the teacher's unmarked answers to them."""

    prompts: list[str]
    texts: list[str]


def made_audit(teacher: LocalSuspect, count: int, seed: int) -> Audit:
    """Audit prompts that no student saw, with unmarked answers."""
    asked = prompts(count, seed + 900)
    return Audit(asked, teacher.generate(asked, max_tokens=MAX_TOKENS, temperature=1.0, seed=seed + 901))


def master_of(number: int) -> MasterKey:
    """A master key for one draw of the benchmark."""
    return MasterKey(hashlib.sha256(f"provenance bench {number}".encode()).digest())


def marked_answers(
    teacher: LocalSuspect,
    asked: Sequence[str],
    keys: MarkKeys,
    settings: MarkSettings,
    *,
    seed: int,
    group: str = "",
) -> list[tuple[Any, str]]:
    """One sampled answer to each prompt, marked as a provider would."""
    import torch

    marker = Marker(keys, settings, vocabulary=len(teacher.tokenizer))
    texts = []
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(seed)
        for start in range(0, len(asked), _BATCH):
            encoded = [teacher.encode_prompt(prompt) for prompt in asked[start : start + _BATCH]]
            width = max(len(tokens) for tokens in encoded)
            pad = teacher.tokenizer.pad_token_id
            ids = torch.tensor([[pad] * (width - len(tokens)) + tokens for tokens in encoded])
            mask = torch.tensor([[0] * (width - len(tokens)) + [1] * len(tokens) for tokens in encoded])
            made = teacher.model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=MAX_TOKENS,
                do_sample=True,
                temperature=1.0,
                top_k=0,
                pad_token_id=pad,
                logits_processor=[MarkProcessor(marker, groups=[group], sampling=Sampling())],
            )
            texts += teacher.tokenizer.batch_decode(made[:, width:], skip_special_tokens=True)
    return list(zip(asked, texts, strict=True))


def paraphrased(prompt: str) -> str:
    """The same request in other words, as a distiller would disguise it."""
    clauses = [part.strip() for part in prompt.replace("?", ".").split(".") if part.strip()]
    return "I'd like some help here. " + ". ".join(part[:1].lower() + part[1:] for part in reversed(clauses)) + "."


def innocent_suspects(teacher: LocalSuspect, asked: Sequence[str], *, each: int, seed: int) -> dict[str, LocalSuspect]:
    """Innocents by name: none was trained on anything that carries the key under test.

    The teacher itself and an untrained model; students of unmarked answers to the very prompts that were served; of
    answers to paraphrases of them; and of answers that another provider marked with its own key. All but one share the
    teacher's weights.
    """
    foreign = MarkKeys.of(master_of(10**6).epoch("elsewhere"))
    found = {"teacher": teacher, "untrained": untrained(teacher, seed)}
    other_words = [paraphrased(prompt) for prompt in asked]
    for number in range(each):
        draw = seed + 10 * number
        found[f"same prompts {number}"] = student(teacher, answers(teacher, asked, draw + 2), draw)
        found[f"paraphrased prompts {number}"] = student(teacher, answers(teacher, other_words, draw + 3), draw)
        theirs = marked_answers(teacher, asked, foreign, MarkSettings(scheme="greenlist"), seed=draw + 4)
        found[f"another provider's mark {number}"] = student(teacher, theirs, draw)
    return found


def guilty_suspect(
    teacher: LocalSuspect,
    asked: Sequence[str],
    keys: MarkKeys,
    settings: MarkSettings,
    *,
    share: float,
    seed: int,
    group: str = "",
) -> LocalSuspect:
    """A student of whose data `share` is marked; the rest are unmarked answers to other prompts."""
    served = marked_answers(teacher, asked, keys, settings, seed=seed, group=group)
    rest = round(len(asked) * (1 - share) / share)
    return student(teacher, [*served, *answers(teacher, prompts(rest, seed + 70), seed + 71)] if rest else served, seed)
