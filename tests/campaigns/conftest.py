"""One log with a planted campaign and the same log without it, each analysed once."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

import pytest

from stillwatch.campaigns.analyse import Analysis, analyse
from stillwatch.campaigns.find import Found, find_campaigns
from stillwatch.signals import Population

from .. import small_logs

RATE = 0.001
PLANTED, PEOPLE = 60, 360


@dataclass(frozen=True)
class Case:
    rows: list[small_logs.Row]
    accounts: list[small_logs.Row]
    population: Population
    found: Found
    analysis: Analysis

    @property
    def planted(self) -> set[str]:
        return {name for name in self.population.profiles.names if name.startswith("c")}


def account_table(rows: list[small_logs.Row], rng: random.Random) -> list[small_logs.Row]:
    """Customers signed up over half a year with own cards; the planted in three waves with a card for every eight."""
    table = []
    for number, name in enumerate(sorted({row["account"] for row in rows})):
        planted = name.startswith("c")
        since = timedelta(hours=24 * (2 + number % 3)) if planted else timedelta(hours=rng.randrange(24 * 180))
        card = f"stolen-card-{number // 8}" if planted else f"card-of-{name}"
        table.append(
            {"account": name, "payment": card, "email_domain": "mail.example", "signup_time": small_logs.START - since}
        )
    return table


def analysed(rows: list[small_logs.Row], rng: random.Random) -> Case:
    accounts = account_table(rows, rng)
    population = small_logs.population(rows, accounts)
    table = small_logs.account_table(accounts)
    return Case(
        rows, accounts, population, find_campaigns(population, RATE), analyse(small_logs.profiles(rows), table, RATE)
    )


@pytest.fixture(scope="session")
def innocent() -> Case:
    return analysed(small_logs.people(random.Random(11), PEOPLE), random.Random(1))


@pytest.fixture(scope="session")
def planted() -> Case:
    rng = random.Random(12)
    queue = small_logs.queue(rng, PLANTED, 20)
    rows = small_logs.people(random.Random(11), PEOPLE) + small_logs.campaign(rng, queue)
    return analysed(rows, random.Random(1))
