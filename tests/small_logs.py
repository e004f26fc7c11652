"""Small logs for tests: people with their own interests, a planted work queue, and their innocent look-alikes.

Every builder takes a `random.Random` and returns rows (dicts of the canonical exchange). `population` reads rows the
way a scan does.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from stillwatch.exchange import ACCOUNT_SCHEMA, EXCHANGE_SCHEMA
from stillwatch.profile import Profiles, absorb
from stillwatch.signals import Population, build_population

Row = dict[str, Any]
Random = random.Random

START = datetime(2026, 5, 4, tzinfo=UTC)
DATA = Path(__file__).parents[1] / "../shared/data"

_CONSONANTS = ("b", "c", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "cl", "dr", "fl", "st")
_SYLLABLES = tuple(consonant + vowel for consonant, vowel in zip(_CONSONANTS * 2, "aeiou" * 8, strict=True))
_OPENINGS = (
    "How do I {verb} {a} when {b} keeps failing?",
    "My {a} arrived with {b}, what now?",
    "Can you explain {a} to somebody who only knows {b}?",
    "Compare {a} and {b} for a beginner.",
    "Write a short note about {a}, mention {b}.",
    "Is {a} safe together with {b}?",
    "I want to {verb} {a} before Friday; where does {b} come in?",
    "What is the difference between {a} and {b}?",
    "List five ideas to {verb} {a} without {b}.",
    "Why does {a} need {b} at all?",
    "Please correct this: {a} always {verb}s {b}.",
    "Translate '{a} and {b}' and tell me where it comes from.",
    "Plan a week around {a} with one evening for {b}.",
    "Who invented {a}? Was it before {b}?",
    "My colleague says {a} beats {b}. True?",
    "Draft a mail to ask for {a}; they only offer {b}.",
)
_VERBS = ["mend", "paint", "grow", "sell", "bake", "tune", "teach", "move", "clean", "store"]
_EXTRAS = ("Thanks!", "Keep it short.", "No jargon please.", "I am in a hurry.", "", "", "", "With a table.")


def _word(rng: Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(2, 3)))


def person(rng: Random) -> Iterator[str]:
    """What one person asks: about the few things that concern this person, in whichever words."""
    things = [_word(rng) for _ in range(5)]
    habits = rng.sample(_OPENINGS, 6)
    while True:
        a, b = rng.sample(things, 2)
        text = rng.choice(habits).format(a=a, b=b, verb=rng.choice(_VERBS))
        yield f"{text} {rng.choice(_EXTRAS)}".strip()


def item(rng: Random) -> str:
    """One item of a work queue: a problem that nobody else has."""
    a, b, c = (_word(rng) for _ in range(3))
    return rng.choice(
        (
            f"A {a} costs {rng.randint(2, 900)} more than a {b}; both cost {rng.randint(900, 9000)}. What is the {c}?",
            f"{rng.randint(3, 90)} {a}s share {rng.randint(100, 900)} {b}s until one {c} leaves. How many each?",
            f"If every {a} holds {rng.randint(2, 40)} {b}s, how many {c}s fill {rng.randint(50, 500)}?",
            f"The {a} of {c} runs {rng.randint(2, 99)} times around the {b}. Find the {a} at noon.",
        )
    )


FRAME = "Think step by step and show the full reasoning before the final answer. Problem: {item} End with the answer."
FRAMES = (
    FRAME,
    "Below is a task. Write down every step of the reasoning, then the result on its own line. Task: {item}",
    "You are a careful tutor. Show the full reasoning behind each step of this exercise. Exercise: {item}",
)


def queue(rng: Random, accounts: int, each: int, frames: Sequence[str] = FRAMES) -> list[list[str]]:
    """A work queue, each item once, dealt out at random: the prompts of each account."""
    return [[rng.choice(frames).format(item=item(rng)) for _ in range(each)] for _ in range(accounts)]


def exchanges(
    account: str,
    prompts: Iterable[str],
    rng: Random,
    *,
    hours: Sequence[int] = range(24),
    days: float = 14,
    **fields: Any,
) -> list[Row]:
    """Exchanges of one account at random times over these hours of the day. `fields` are the same in each."""
    rows = []
    for prompt in prompts:
        when = START + timedelta(
            days=rng.randrange(max(int(days), 1)), hours=rng.choice(hours), seconds=rng.random() * 3600
        )
        rows.append({"time": when, "account": account, "prompt": prompt, **fields})
    return rows


def people(rng: Random, count: int, prefix: str = "p", least: int = 3, most: int = 24) -> list[Row]:
    """Customers at home: own interests, own hours, own address; one in ten shares a home, three in ten a carrier."""
    rows: list[Row] = []
    home = ""
    for number in range(count):
        voice = person(rng)
        awake = rng.randrange(24)
        hours = [(awake + h) % 24 for h in range(14)]
        if number == 0 or rng.random() > 0.05:
            home = _address(rng)
        address = "100.64.0.1" if rng.random() < 0.3 else home
        volume = int(least * (most / least) ** rng.random())
        rows += exchanges(
            f"{prefix}{number:04d}",
            (next(voice) for _ in range(volume)),
            rng,
            hours=hours,
            model=rng.choice(("large", "small")),
            ip=address,
            tls_fingerprint=rng.choice(("t13a", "t13b", "t13c", "t12d")),
            temperature=rng.choice((None, 0.2, 0.7, 1.0)),
            max_tokens=rng.choice((None, 512, 1024, 4096)),
            turns=rng.choice((1, 3)),
            input_tokens=rng.randint(20, 400),
            output_tokens=rng.randint(20, 800),
        )
    return rows


def campaign(
    rng: Random, prompts: list[list[str]], prefix: str = "c", address: str | None = None, **fields: Any
) -> list[Row]:
    """Accounts that run prompts around the clock from a few rented networks in the same four days."""
    networks = [_address(rng).rsplit(".", 1)[0] for _ in range(max(2, len(prompts) // 8))]
    given = {"model": "large", "tls_fingerprint": "t13a", "temperature": 0.7, "max_tokens": 4096, "turns": 1}
    given |= {"input_tokens": 90, "output_tokens": 700} | fields
    rows: list[Row] = []
    for number, each in enumerate(prompts):
        ip = address or f"{rng.choice(networks)}.{rng.randint(1, 254)}"
        rows += exchanges(f"{prefix}{number:04d}", each, rng, days=4, ip=ip, **given)
    return rows


def _address(rng: Random) -> str:
    return f"{rng.randint(11, 99)}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"


def batch(rows: list[Row]) -> pa.RecordBatch:
    """The rows as Arrow, with the columns that any of them has."""
    names = {name for row in rows for name in row}
    schema = pa.schema([field for field in EXCHANGE_SCHEMA if field.name in names])
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def profiles(rows: list[Row]) -> Profiles:
    """The profiles of a log, in the order of the accounts' names."""
    found = Profiles()
    if rows:
        absorb(found, batch(rows))
    found.sort()
    return found


def account_table(accounts: list[Row]) -> pa.Table:
    """The customer database as Arrow."""
    return pa.Table.from_pylist(accounts, schema=ACCOUNT_SCHEMA)


def population(rows: list[Row], accounts: list[Row] | None = None) -> Population:
    """The population of a log, as an analysis sees it."""
    return build_population(profiles(rows), None if accounts is None else account_table(accounts))


def rows_of(population: Population, *prefixes: str) -> npt.NDArray[np.int64]:
    """Rows of the accounts whose names begin so."""
    return np.array([row for name, row in population.profiles.index.items() if name.startswith(prefixes)])


@cache
def real_users(corpus: str) -> dict[str, tuple[str, ...]]:
    """The prompts of each user of a real corpus; skips the test where it is not at hand."""
    path = DATA / "prompts" / f"{corpus}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{corpus}: the public data is not beside this checkout")
    users: dict[str, list[str]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            users.setdefault(record["user"], []).extend(record["turns"])
    return {user: tuple(prompts) for user, prompts in users.items()}


def real_rows(corpus: str, rng: Random) -> list[Row]:
    """Real users' prompts as a log, at made-up times."""
    return [row for user, prompts in real_users(corpus).items() for row in exchanges(user, prompts, rng)]
