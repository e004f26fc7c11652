"""Accounts that share an address, an invoice or a client, and nothing else that matters."""

from __future__ import annotations

from stillwatch.range import grammar, vary
from stillwatch.range.customer import Use
from stillwatch.range.people import interests, talk
from stillwatch.range.registry import benign
from stillwatch.range.schedule import DAY, HOUR
from stillwatch.range.spin import spin
from stillwatch.range.town import Town


@benign("classroom", share=0.035, per_account=14)
def classroom(town: Town, accounts: int, exchanges: int) -> None:
    """A class behind one campus address with the same homework, signed up on the same day."""
    dice, left = town.dice, accounts
    while left > 0:
        size = min(left, dice.randint(14, 45))
        left -= size
        campus = (town.network.home(),)
        school = f"{dice.getrandbits(20):05x}.edu"
        homework = dice.sample(town.pool.texts("math_word", "reasoning_tasks", "code_tasks", "search_questions"), 8)
        enrolled = town.first - int(town.rng.uniform(-1, 60) * DAY)
        lessons = sorted(town.first + int(town.rng.uniform(0, town.spec.days - 1)) * DAY + 14 * HOUR for _ in range(3))
        zone = dice.choice((0, 1, 2, -5))
        for volume in town.volumes(size, exchanges * size / accounts, 0.5).tolist():
            customer = town.open(
                "classroom",
                "person",
                places=(*campus, town.network.home()),
                zone=zone,
                signup=enrolled + int(town.rng.exponential(8) * HOUR),
                mail=school,
            )
            texts, chain = talk(town, volume, interests(town), care=dice.random(), follow=0.3)
            mine = [
                vary.person(dice, dice.choice(homework), dice.random()) if p == 0 and dice.random() < 0.6 else t
                for t, p in zip(texts, chain, strict=True)
            ]
            start = dice.choice(lessons)
            town.send(customer, town.when(customer, volume, start, start + 4 * DAY), mine, chain=chain)


@benign("office", share=0.05, per_account=55)
def office(town: Town, accounts: int, exchanges: int) -> None:
    """An office with one invoice, one organization and one egress; everybody does something else."""
    dice, left = town.dice, accounts
    while left > 0:
        size = min(left, dice.randint(5, 60))
        left -= size
        egress = tuple(town.network.machines(1)) if dice.random() < 0.4 else (town.network.home(),)
        organization, card, domain = town.token("org"), town.card(), f"{dice.getrandbits(24):06x}.com"
        client, zone = town.network.client("web"), dice.choice((-5, 0, 1, 8))
        for volume in town.volumes(size, exchanges * size / accounts).tolist():
            customer = town.open(
                "office",
                dice.choice(("person", "person", "developer")),
                organization=organization,
                zone=zone,
                payment=card,
                places=egress,
                plan="team",
                mail=domain,
                client=client if dice.random() < 0.6 else None,
            )
            about = interests(town, "arena", "instructions", "programmers", "search_questions", least=1, most=5)
            texts, chain = talk(town, volume, about, care=dice.random(), follow=0.35)
            town.send(customer, town.when(customer, volume, style="office"), texts, chain=chain)


@benign("own_key_app", share=0.08, per_account=26)
def own_key_app(town: Town, accounts: int, exchanges: int) -> None:
    """A bring-your-own-key app: one system prompt and one client for hundreds of unrelated people."""
    dice, left = town.dice, accounts
    while left > 0:
        size = min(left, dice.randint(80, 420))
        left -= size
        client = town.network.client(dice.choice(("sdk", "web")))
        system = spin(
            dice,
            "You are {Nova|Quill|Sage|Dot|Iris}, a {friendly|concise|witty} {writing|desktop|browser|note} assistant. "
            "{Answer in markdown.|Use the user's language.|Be honest about limits.} Version [n].[n].",
            grammar.SLOTS,
        )
        launched = town.first - int(town.rng.uniform(5, 90) * DAY)
        for volume in town.volumes(size, exchanges * size / accounts, 1.1).tolist():
            use: Use = dice.choice(("person", "person", "developer"))
            customer = town.open(
                "own_key_app", use, client=client, signup=launched + int(town.rng.exponential(20) * DAY)
            )
            texts, chain = talk(
                town,
                volume,
                interests(town),
                care=dice.random(),
                follow=dice.uniform(0.1, 0.5),
                fresh=0.4,
                language=dice.choice(grammar.LANGUAGES) if dice.random() < 0.15 else None,
            )
            town.send(customer, town.when(customer, volume), texts, chain=chain, system=system)


@benign("agency_clients", share=0.025, per_account=30)
def agency_clients(town: Town, accounts: int, exchanges: int) -> None:
    """Clients of an agency that pays for their accounts with its card."""
    dice, left = town.dice, accounts
    while left > 0:
        size = min(left, dice.randint(3, 20))
        left -= size
        card = town.card()
        for volume in town.volumes(size, exchanges * size / accounts).tolist():
            customer = town.open("agency_clients", town.use(), payment=card)
            texts, chain = talk(town, volume, interests(town, "instructions", "arena", "roles"), care=dice.random())
            town.send(customer, town.when(customer, volume), texts, chain=chain)


@benign("aggregator", share=0.002, per_account=1500)
def aggregator(town: Town, accounts: int, exchanges: int) -> None:
    """An honest aggregator: a few accounts of one organization that carry thousands of users."""
    organization, card, machines = town.token("org"), town.card(), tuple(town.network.machines(6))
    for volume in town.volumes(accounts, exchanges, 0.4).tolist():
        customer = town.open(
            "aggregator", "service", organization=organization, payment=card, places=machines, plan="enterprise"
        )
        texts: list[str] = []
        chain: list[int] = []
        while len(texts) < volume:
            more, places = talk(town, town.dice.randint(1, 8), interests(town), care=town.dice.random(), fresh=0.4)
            texts += more
            chain += places
        town.send(customer, town.when(customer, volume), texts, chain=chain)
