"""How much of what an account asks its identity explains: real users, beside accounts dealt from one pool of prompts.

The benign explanation "independent customers" rests on this figure (the intraclass correlation of prompts over
accounts): well above 0 for real people, 0 for a work queue, whatever is asked. It is the fact behind the bound of 2 %.
Each figure comes with its standard error, and beside it, for comparison, the plain similarity of different members'
prompts, which does not tell the two apart; and the figure without the oddest tenth of the accounts, on which the test
of accounts that content linked rests where all of them leave doubt (`without_oddest`).

Everybody's prompts are then put into three of six frames that ask for the reasoning, drawn for each account, and the
figure is measured beside that wording (`_in_frames`), and on prompts of an account that have no piece of it in common
(`_in_other_frames`). The bound of both is 1 %.

Takes twenty seconds on two cores; --small the same.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from bench.worlds import SHARED_PROMPTS, Options
from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.exchangeability import beside_wording, exchangeability, without_oddest
from stillwatch.campaigns.streams import Stream, whole
from stillwatch.errors import UsageError
from stillwatch.profile import Profiles, absorb
from stillwatch.range import frames
from stillwatch.signals import build_population

USERS = ("oasst", "programmers")
POOLS = ("arena", "math_word", "exam_mmlu", "instructions", "reasoning_tasks", "bank_support")
DEALT = 20  #: prompts per account of a pool
ACCOUNTS = 30
FRAMES = 6


def measure(options: Options) -> dict[str, float]:
    folder = options.prompts or SHARED_PROMPTS
    if not (folder / "prompts").is_dir():
        raise UsageError(f"{folder} has no prompts/: real users' prompts are needed, see --prompts")
    figures: dict[str, float] = {}
    for source in (*USERS, *POOLS):
        rows = list(_users(folder, source) if source in USERS else _dealt(folder, source))
        stream = _stream(rows)
        for name, part in ((source, stream), (f"{source}_without_oddest", without_oddest(stream))):
            found = exchangeability(part)
            assert found is not None
            figures |= {name: found.value, f"{name}_error": found.error, f"{name}_similarity": found.alike}
        framed = beside_wording(_stream(_framed(rows)))
        for name, beside in zip(("in_frames", "in_other_frames"), framed, strict=False):
            figures |= {f"{source}_{name}": beside.value, f"{source}_{name}_error": beside.error}
    return figures


def _read(folder: Path, source: str) -> Iterator[dict[str, object]]:
    with gzip.open(folder / "prompts" / f"{source}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _users(folder: Path, source: str) -> Iterator[tuple[str, str]]:
    for entry in _read(folder, source):
        for turn in entry["turns"]:  # type: ignore[attr-defined]
            yield str(entry["user"]), turn


def _dealt(folder: Path, source: str) -> Iterator[tuple[str, str]]:
    prompts = [entry["turns"][0] for entry in _read(folder, source)]  # type: ignore[index]
    random.Random(0).shuffle(prompts)
    for number, prompt in enumerate(prompts[: DEALT * ACCOUNTS]):
        yield str(number % ACCOUNTS), str(prompt)


def _framed(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The prompts in frames of which every account has a few."""
    dice = random.Random(1)
    drawn = [frames.draw(dice, "reasoning", languages=(), always_new=True) for _ in range(FRAMES)]
    given = {account: dice.sample(drawn, FRAMES // 2) for account in dict(rows)}
    return [(account, dice.choice(given[account]).dress(dice, prompt, 1.0)[0]) for account, prompt in rows]


def _stream(rows: list[tuple[str, str]]) -> Stream:
    """All that those accounts ask who have two prompts."""
    profiles = Profiles()
    time = pa.array(range(1_700_000_000_000_000, 1_700_000_000_000_000 + len(rows))).cast(pa.timestamp("us", "UTC"))
    account, prompt = (pa.array(column) for column in zip(*rows, strict=True))
    absorb(profiles, pa.record_batch({"time": time, "account": account, "prompt": prompt}))
    population = build_population(profiles)
    everybody = (population.sampled >= 2).nonzero()[0]
    return whole(population, everybody, "content", "", wording(population, everybody))
