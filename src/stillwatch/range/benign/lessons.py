"""Learning with the same tasks and the same wishes as distillers: reasoning asked for in bulk, and innocently."""

# ruff: noqa: E501 - patterns read best on one line each

from __future__ import annotations

from stillwatch.range import grammar, vary
from stillwatch.range.people import interests, talk
from stillwatch.range.registry import benign
from stillwatch.range.spin import spin
from stillwatch.range.town import Town

LEARNER = (
    "{Explain|Walk me through|Go through} {it|the code|this|every line} {line by line|step by step|slowly}{ please|}.",
    "{why|how} does {it|this} {work|fail}{? think aloud|? show each step| - reason it through|}",
    "{I'm|im} {new to|learning} [lang], {what is wrong|is there a better way|what would you write}?",
    "{give|show} me {a hint first|only the idea|the whole solution with reasons}",
    "",
)
_TUTOR = (
    "{You are|Act as} {a patient|our|an} {tutor|maths coach|homework helper}. {Solve|Explain} the {task|exercise} {step by step|in small steps|showing all your reasoning}, "
    "{then|and} {ask a question back|give the answer last|say what was hard}. {Grade|Level|Year} [n].",
    "{A pupil|One of our users} asks: ",
)


@benign("learner", share=0.03, per_account=35)
def learner(town: Town, accounts: int, exchanges: int) -> None:
    """Learners of programming with exercises, who want every step and each line explained."""
    for volume in town.volumes(accounts, exchanges).tolist():
        dice = town.dice
        customer = town.open("learner", dice.choice(("person", "person", "developer")))
        about = interests(town, "code_tasks", "programmers", least=1, most=3)
        texts, chain = talk(town, volume, about, care=dice.random(), follow=dice.uniform(0.2, 0.6), fresh=0.05)
        habits = [spin(dice, wording, grammar.SLOTS) for wording in dice.choices(LEARNER, k=3)]
        asked = [
            f"{text}\n{dice.choice(habits)}".strip() if place == 0 and dice.random() < 0.6 else text
            for text, place in zip(texts, chain, strict=True)
        ]
        town.send(customer, town.when(customer, volume), asked, chain=chain, verbosity=1.3)


@benign("tutoring_product", share=0.012, per_account=130)
def tutoring_product(town: Town, accounts: int, exchanges: int) -> None:
    """Unrelated tutoring products: the exercises of their own pupils, each in the product's step-by-step wrapping."""
    volumes = iter(town.volumes(accounts, exchanges, 1.0).tolist())
    left = accounts
    while left > 0:
        dice = town.dice
        size = min(left, dice.choices((1, 2, 3), (6, 3, 1))[0])
        left -= size
        organization, card, client = town.token("org"), town.card(), town.network.client("sdk")
        wrap = spin(dice, dice.choice(_TUTOR), grammar.SLOTS)
        in_system = dice.random() < 0.5
        tasks = town.pool.texts(*dice.choice((("math_word",), ("math_contest", "math_word"), ("exam_mmlu",))))
        start = dice.randrange(len(tasks))
        shelf = [tasks[(start + at) % len(tasks)] for at in range(min(len(tasks), dice.randint(60, 900)))]
        for _ in range(size):
            volume = next(volumes)
            customer = town.open("tutoring_product", "service", organization=organization, payment=card, client=client)
            # a textbook's exercises come up again and again, typed by other pupils
            ranks = (town.rng.pareto(0.8, volume) * len(shelf) / 20).astype(int) % len(shelf)
            asked = [vary.person(dice, shelf[rank], dice.random()) for rank in ranks.tolist()]
            texts = asked if in_system else [f"{wrap}\n{text}" for text in asked]
            town.send(customer, town.when(customer, volume), texts, system=wrap if in_system else None, verbosity=1.4)
