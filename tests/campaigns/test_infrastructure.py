"""Payers that have more in common than a payer are proposed and found without a prompt; innocent sharing is not."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest

from stillwatch.campaigns.candidates.infrastructure import by_both, by_place, by_registration, payers
from stillwatch.campaigns.find import find_campaigns
from stillwatch.campaigns.verdict import judge

from .. import small_logs

RATE = 0.01
HOUR = timedelta(hours=1)
LINKERS = (by_place, by_registration, by_both)


class Town:
    """Customers without prompts: a log, and what the customer database knows of them."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.rows: list[small_logs.Row] = []
        self.accounts: list[small_logs.Row] = []

    def add(self, name, card, address, signup=None, hours=range(24), mail="big.example") -> None:
        """One customer with about a dozen requests. It signed up within the last half year unless told."""
        rng = self.rng
        since = timedelta(hours=rng.uniform(0, 24 * 180))
        self.accounts.append(
            {
                "account": name,
                "payment": card,
                "email_domain": mail,
                "signup_time": small_logs.START - since if signup is None else signup,
            }
        )
        self.rows += small_logs.exchanges(
            name,
            [None] * rng.randint(6, 20),
            rng,
            hours=hours,
            ip=address,
            model="large",
            tls_fingerprint=rng.choice(("t13a", "t13b")),
        )

    def address(self) -> str:
        return small_logs._address(self.rng)

    def people(self, count: int) -> None:
        """Customers of their own; one in four with a relative who has the same card and home."""
        for number in range(count):
            home, card = self.address(), f"own-{number}"
            self.add(f"p{number:04d}", card, home)
            if self.rng.random() < 0.25:
                self.add(f"p{number:04d}b", card, home)

    def agencies(self, count: int, clients: int = 9) -> None:
        """Each pays for clients who live anywhere, some of them behind one VPN exit, and signed up at any time."""
        for number in range(count):
            for client in range(clients):
                place = "198.51.100.7" if self.rng.random() < 0.2 else self.address()
                self.add(f"a{number:02d}-{client}", f"agency-{number}", place)

    def classes(self, count: int) -> None:
        """Pupils of one school: one address, one mail domain, one morning; everybody pays for oneself."""
        for number in range(count):
            campus, morning = self.address(), small_logs.START - timedelta(days=30 + number)
            for pupil in range(25):
                name = f"s{number}-{pupil:02d}"
                since = morning + self.rng.random() * 3 * HOUR
                self.add(name, f"card-{name}", campus, since, range(8, 12), f"school{number}.example")

    def operator(self, cards: int = 10, each: int = 8, machines: int = 16, batches: bool = True) -> None:
        """One operator: cards over machines and batches of sign-ups, both dealt at random."""
        rng, count = self.rng, cards * each
        where = [self.address() for _ in range(machines)] if machines else [self.address() for _ in range(count)]
        dealt = rng.sample([f"stolen-{number % cards}" for number in range(count)], count)
        for number in range(count):
            if number % 6 == 0:
                opened = small_logs.START - timedelta(hours=rng.uniform(0, 24 * 180))
            since = opened + rng.random() * 2 * HOUR if batches else None
            place = rng.choice(where) if machines else where[number]
            self.add(f"c{number:03d}", dealt[number], place, since)

    def population(self):
        return small_logs.population(
            [{k: v for k, v in row.items() if k != "prompt"} for row in self.rows], self.accounts
        )


def crowd(seed: int) -> Town:
    town = Town(seed)
    town.people(500)
    town.agencies(12)
    town.classes(3)
    return town


@pytest.fixture(scope="module")
def innocent():
    return crowd(1).population()


@pytest.fixture(scope="module")
def planted():
    town = crowd(1)
    town.operator()
    return town.population()


def own(population, rows) -> np.ndarray:
    return np.array([population.profiles.names[row].startswith("c") for row in rows])


@pytest.mark.parametrize("linker", LINKERS, ids=lambda linker: linker.__name__)
def test_an_operators_payers_are_proposed_without_the_agencies(planted, linker):
    streams = linker(planted, 8)
    best = max(streams, key=lambda stream: own(planted, stream.rows).sum())
    inside = own(planted, best.rows)
    assert inside.sum() >= 60 and (~inside).sum() <= 9
    assert best.chance < 1e-6


@pytest.mark.parametrize("linker", LINKERS, ids=lambda linker: linker.__name__)
def test_what_linked_them_does_not_test_them(planted, linker):
    best = max(linker(planted, 8), key=lambda stream: len(stream.rows))
    verdict = judge(best, planted)
    tested = {c.signal.name for c in verdict.comparisons["infrastructure"]}
    linked = {by_place: "shared_address", by_registration: "shared_signup", by_both: "shared_payment"}[linker]
    assert linked not in tested
    assert "shared_payment" not in tested
    if linker is by_place:
        assert "shared_signup" in tested
    if linker is by_registration:
        assert "shared_address" in tested and verdict.channel_p["infrastructure"] < 1e-6


def test_a_campaign_is_found_without_a_prompt(planted):
    assert "prompt" not in planted.columns
    found = np.concatenate([finding.rows for finding in find_campaigns(planted, RATE).findings])
    inside = own(planted, found)
    assert inside.sum() >= 60 and (~inside).sum() <= 2


@pytest.mark.parametrize("seed", range(1, 5))
def test_households_agencies_and_classes_are_no_campaign(seed):
    assert find_campaigns(crowd(seed).population(), RATE).findings == []


def test_cards_alone_are_no_campaign():
    """An operator whose cards cross with nothing is a dozen agencies, as far as anybody can tell."""
    town = crowd(2)
    town.operator(machines=0, batches=False)
    assert find_campaigns(town.population(), RATE).findings == []


def test_a_place_that_everybody_uses_ties_nobody():
    town = Town(3)
    town.people(300)
    for card in range(12):
        for number in range(6):
            town.add(f"a{card:02d}-{number}", f"agency-{card}", f"203.0.113.{(card + number) % 4}")
    for number in range(120):  # the same exits, each customer paying for oneself
        town.add(f"v{number:03d}", f"lone-{number}", f"203.0.113.{number % 4}")
    population = town.population()
    assert by_place(population, 8) == []


def test_a_payer_pays_for_three_customers_and_is_no_hub(innocent):
    code = payers(innocent)
    names = np.array(innocent.profiles.names)
    assert {name[:3] for name in names[code >= 0]} == {f"a{number:02d}" for number in range(12)}
    assert len(np.unique(code[code >= 0])) == 12


@pytest.mark.parametrize("company", [True, False])
def test_accounts_of_one_organization_are_one_customer_if_it_is_more_than_a_name(company):
    town = Town(4)
    town.people(200)
    town.operator()
    for account in town.accounts:
        if account["account"].startswith("c"):
            account["organization"] = "one company"
            account["email_domain"] = "company.example" if company else "mail.example"
        else:
            account["email_domain"] = "mail.example"
    population = town.population()
    assert (payers(population) >= 0).any() != company
    assert any(linker(population, 8) for linker in LINKERS) != company


def test_without_the_account_table_nothing_is_proposed():
    town = crowd(5)
    town.operator()
    population = small_logs.population([{k: v for k, v in row.items() if k != "prompt"} for row in town.rows])
    assert all(linker(population, 8) == [] for linker in LINKERS)
