"""The twins test: its error rates on innocent models, and its power on a tiny student that was really trained.

A tiny teacher answers prompts twice. Innocents are the teacher itself, students of it that were trained on other
answers to the same prompts, a student trained on both texts of every pair, and a model that was never trained; for each
the coins are drawn anew with many keys, and the test must reject at 1 % and 5 % no more often than that. The guilty
were trained on what was served, alone or as a tenth of their data. `python -m bench lab` has the same on a real
language model.

Takes about four minutes on one free core; a minute with --small.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.stats import binom

from bench.worlds import CACHE, Options
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.lab.fit import Row, fit
from stillwatch.provenance.lab.tiny import tiny_teacher
from stillwatch.provenance.local import LocalSuspect
from stillwatch.provenance.twins.collect import Twin, twin_key
from stillwatch.provenance.twins.signflip import sign_flip_test
from stillwatch.provenance.twins.test import Record, twins_closed_test, twins_test
from stillwatch.range import grammar

_EPOCH = "2026-11"
_MAX_TOKENS = 48


def measure(options: Options) -> dict[str, float]:
    import torch

    torch.set_num_threads(1)
    seed = options.seed or 1
    pairs, keys, others = (60, 60, 300) if options.small else (200, 200, 1800)
    teacher = LocalSuspect(tiny_teacher(CACHE, seed=1), name="teacher")
    twins = made_twins(teacher, pairs, seed)
    served = [(twin.prompt, twin.texts[twin.served]) for twin in twins]
    elsewhere = answers(teacher, prompts(others, seed + 1), seed + 1)
    innocents = {
        "the teacher": teacher,
        "same prompts, other answers": student(teacher, answers(teacher, [t.prompt for t in twins], seed + 2), seed),
        "same prompts, others again": student(teacher, answers(teacher, [t.prompt for t in twins], seed + 3), seed),
        "both texts": student(teacher, [(t.prompt, text) for t in twins for text in t.texts], seed),
        "never trained": untrained(teacher, seed),
    }
    figures = innocent_rates([blind_values(one, twins, teacher) for one in innocents.values()], twins, keys)
    for share, data in (("100", served), ("10", [*served, *elsewhere])):
        guilty = student(teacher, data, seed)
        figures |= {
            f"twins_log10_p_{share}": twins_test(guilty, twins, references=[teacher]).log10_p,
            f"twins_alone_log10_p_{share}": twins_test(guilty, twins).log10_p,
            f"twins_closed_log10_p_{share}": twins_closed_test(guilty, twins, max_tokens=_MAX_TOKENS).log10_p,
        }
    return {"twins_pairs": float(pairs), **figures}


def innocent_rates(
    measured: Sequence[np.ndarray], twins: Sequence[Twin], keys: int, *, name: str = "twins"
) -> dict[str, float]:
    """Rejections at 1 % and 5 % over all innocents and `keys` keys each, with the 99.9 % bounds of the binomial law."""
    p = []
    for number, values in enumerate(measured):
        for index in range(keys):
            master = MasterKey(hashlib.sha256(f"twins {number} {index}".encode()).digest())
            key = twin_key(master, _EPOCH)
            signs = np.array([1 - 2 * key.coin("served", twin.pair) for twin in twins])
            p.append(sign_flip_test(signs * values).p_value)
    figures = {f"{name}_draws": float(len(p))}
    for rate in (0.01, 0.05):
        low, high = binom.ppf([0.0005, 0.9995], len(p), rate) / len(p)
        key = f"{name}_reject_{rate:.0%}".replace("%", "pct")
        found = float(np.mean(np.array(p) <= rate))
        figures |= {key: found, f"{key}_low": float(low), f"{key}_high": float(high)}
    return figures


def blind_values(suspect: LocalSuspect, twins: Sequence[Twin], reference: LocalSuspect | None = None) -> np.ndarray:
    """What the test measures before it looks at a coin, shape (pairs,)."""
    references = [] if reference is None or suspect is reference else [reference]
    return _blind(lambda record: twins_test(suspect, twins, references=references, record=record))


def blind_closed(suspect: LocalSuspect, twins: Sequence[Twin]) -> np.ndarray:
    """The same of the closed box."""
    return _blind(lambda record: twins_closed_test(suspect, twins, max_tokens=_MAX_TOKENS, record=record))


def _blind(test: Callable[[Record], Any]) -> np.ndarray:
    kept: list[dict[str, Any]] = []
    test(lambda _, fields: kept.append(fields))
    return np.array(kept[0]["values"])


def prompts(count: int, seed: int) -> list[str]:
    """Questions in the range's own language."""
    import random

    dice = random.Random(seed)
    return [grammar.chat(dice, [dice.choice(grammar.ANY_CONCERN)])[:160] for _ in range(count)]


def answers(teacher: LocalSuspect, asked: Sequence[Any], seed: int) -> list[tuple[Any, str]]:
    """One sampled answer to each prompt."""
    return list(zip(asked, teacher.generate(asked, max_tokens=_MAX_TOKENS, temperature=1.0, seed=seed), strict=True))


def made_twins(teacher: LocalSuspect, pairs: int, seed: int) -> list[Twin]:
    """Pairs of sampled answers with keyed coins."""
    asked = prompts(pairs, seed)
    texts = [teacher.generate(asked, max_tokens=_MAX_TOKENS, temperature=1.0, seed=seed + 100 + i) for i in (0, 1)]
    key = twin_key(MasterKey(hashlib.sha256(f"bench {seed}".encode()).digest()), _EPOCH)
    return [
        Twin(
            pair=f"pair-{i}",
            epoch=_EPOCH,
            time="2026-11-01T00:00:00+00:00",
            account="account",
            model="teacher",
            reason="sample",
            coin="keyed",
            served=key.coin("served", f"pair-{i}"),
            prompt=[{"role": "user", "content": prompt}],
            texts=(texts[0][i], texts[1][i]),
        )
        for i, prompt in enumerate(asked)
    ]


def student(teacher: LocalSuspect, data: Sequence[tuple[Any, str]], seed: int) -> LocalSuspect:
    """A copy of the teacher, trained on these answers for three epochs."""
    model = copy.deepcopy(teacher.model)
    rows = []
    for prompt, text in data:
        given = teacher.encode_prompt(prompt)
        rows.append(Row(given + teacher.encode(text), start=len(given)))
    fit(model, [row for row in rows if len(row.tokens) > row.start], epochs=3, batch=16, rate=1e-3, seed=seed)
    return LocalSuspect(model, teacher.tokenizer, name="student")


def untrained(teacher: LocalSuspect, seed: int) -> LocalSuspect:
    """A model of the same shape with random weights."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LocalSuspect(type(teacher.model)(teacher.model.config), teacher.tokenizer, name="untrained")
