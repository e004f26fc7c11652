"""People in a chat window: chatting, learning, writing, testing limits."""

# ruff: noqa: E501 - patterns read best on one line each

from __future__ import annotations

from stillwatch.range import grammar, vary
from stillwatch.range.customer import Use
from stillwatch.range.people import interests, talk
from stillwatch.range.pool import Conversation
from stillwatch.range.registry import benign
from stillwatch.range.spin import spin
from stillwatch.range.town import Town


@benign("chat", share=0.27, per_account=34)
def chat(town: Town, accounts: int, exchanges: int) -> None:
    """People chatting about one to four interests, some of them in their own language."""
    own: dict[str, list[Conversation]] = {}
    for talked in town.pool.conversations(*town.pool.has("oasst")):
        if talked.user:
            own.setdefault(talked.user, []).append(talked)
    real = list(own.values())
    for volume in town.volumes(accounts, exchanges, 1.4).tolist():
        dice = town.dice
        use: Use = "developer" if dice.random() < 0.12 else "person"
        customer = town.open("chat", use)
        about = dice.choice(real) if real and dice.random() < 0.06 else interests(town)
        language = dice.choice(grammar.LANGUAGES) if dice.random() < 0.2 else None
        texts, chain = talk(
            town,
            volume,
            about,
            care=dice.random(),
            follow=dice.uniform(0.1, 0.6),
            fresh=dice.uniform(0.25, 0.6),
            language=language,
        )
        town.send(customer, town.when(customer, volume), texts, chain=chain)


@benign("heavy_user", share=0.03, per_account=300)
def heavy_user(town: Town, accounts: int, exchanges: int) -> None:
    """People who live in the chat window: many topics, all day."""
    for volume in town.volumes(accounts, exchanges, 0.6).tolist():
        dice = town.dice
        customer = town.open("heavy_user", dice.choice(("person", "person", "developer")))
        about = interests(town, "arena", "oasst", "arena_hard", "programmers", "instructions", least=3, most=9)
        texts, chain = talk(town, volume, about, care=dice.random(), follow=dice.uniform(0.2, 0.5), fresh=0.4)
        town.send(customer, town.when(customer, volume), texts, chain=chain)


@benign("programmer", share=0.08, per_account=60)
def programmer(town: Town, accounts: int, exchanges: int) -> None:
    """Developers with a coding assistant: own code, follow-ups, office hours; learners with exercises."""
    for volume in town.volumes(accounts, exchanges).tolist():
        dice = town.dice
        customer = town.open("programmer", dice.choice(("developer", "developer", "person")))
        names = (
            ("code_tasks", "programmers") if dice.random() < 0.25 else ("programmers", "coding_sessions", "text_to_sql")
        )
        about = interests(town, *names, "arena", least=2, most=5) if dice.random() < 0.5 else interests(town, *names)
        texts, chain = talk(town, volume, about, care=dice.random(), follow=dice.uniform(0.2, 0.6), fresh=0.08)
        fresh = [
            grammar.pattern(dice, "programmers") if not town.pool.generated and dice.random() < 0.3 else text
            for text in texts
        ]
        town.send(customer, town.when(customer, volume), [t or "" for t in fresh], chain=chain)


PUPIL = (
    "{Explain|show|can you show|please explain} {it|this|the solution} {step by step|with all steps|slowly|so i understand}{.|!|}",
    "{think step by step|Show your work|show the working}{ pls| please|}",
    "{I got [n]|my answer was [n]}, {is that right|why is it wrong}?",
    "{homework|exam} {due|is} {tomorrow|today}{ help|}",
    "{what's|give me} the answer{ and why|}?",
    "",
    "",
    "{how do you|how would you} {solve|do|start} this{ one|}?",
    "I don't {get|understand} the {second|last|first} {part|step}.",
)


@benign("pupil", share=0.07, per_account=30)
def pupil(town: Town, accounts: int, exchanges: int) -> None:
    """Pupils and students with their exercises, who ask for every step in their own words."""
    for volume in town.volumes(accounts, exchanges).tolist():
        dice = town.dice
        customer = town.open("pupil", "person")
        names = dice.choice(
            (
                ("math_word",),
                ("math_word", "reasoning_tasks"),
                ("math_contest",),
                ("exam_mmlu",),
                ("math_word", "code_tasks"),
            )
        )
        about = interests(town, *names, least=1, most=3)
        texts, chain = talk(town, volume, about, care=dice.random(), follow=dice.uniform(0.2, 0.5), fresh=0.1)
        habits = [spin(dice, wording, grammar.SLOTS) for wording in dice.choices(PUPIL, k=4)]
        asked = [
            f"{text} {dice.choice(habits)}".strip() if place == 0 and dice.random() < 0.7 else text
            for text, place in zip(texts, chain, strict=True)
        ]
        town.send(customer, town.when(customer, volume), asked, chain=chain, verbosity=1.3)


@benign("writer", share=0.05, per_account=45)
def writer(town: Town, accounts: int, exchanges: int) -> None:
    """Writers and role players: a role once, then long conversations; editors who have texts rewritten."""
    for volume in town.volumes(accounts, exchanges).tolist():
        dice = town.dice
        customer = town.open("writer", dice.choice(("person", "person", "developer")))
        about = interests(town, "roles", least=1, most=2) + interests(town, "instructions", "mt_bench", least=1, most=2)
        texts, chain = talk(town, volume, about, care=dice.uniform(0.4, 1), follow=dice.uniform(0.5, 0.8), fresh=0.15)
        town.send(customer, town.when(customer, volume), texts, chain=chain, verbosity=1.6)


@benign("red_teamer", share=0.02, per_account=40)
def red_teamer(town: Town, accounts: int, exchanges: int) -> None:
    """People who test limits: abusive or odd, often refused, but not distilling."""
    for volume in town.volumes(accounts, exchanges).tolist():
        dice = town.dice
        customer = town.open("red_teamer", dice.choice(("person", "person", "developer")))
        texts, chain = talk(
            town, volume, interests(town, "red_team_dialogue", least=2, most=5), care=dice.random(), fresh=0.08
        )
        if dice.random() < 0.3:
            texts = [vary.person(dice, text, 0.5) for text in texts]
        town.send(customer, town.when(customer, volume), texts, chain=chain, refused=0.15)
