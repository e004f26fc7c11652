"""Machines that ask in bulk for honest reasons: evaluations, batch jobs, own data, judges."""

# ruff: noqa: E501 - patterns read best on one line each

from __future__ import annotations

import re
from collections.abc import Sequence

from stillwatch.range import grammar, vary
from stillwatch.range.lexicon import Slots
from stillwatch.range.people import concerns, interests
from stillwatch.range.registry import benign
from stillwatch.range.schedule import DAY, HOUR
from stillwatch.range.spin import spin
from stillwatch.range.town import NEW_MODEL, Town

_SLOT = re.compile(r"\{\{?[a-z_0-9]+\}?\}|\$\{[a-z_]+\}")
_LAYOUT = re.compile(
    r"(?:^|\n)(?:system|introduction|principles|generation):[ |]*|\n(?:examples|start_tags|end_tags):[^\n]*|\\n *(?=\n)"
)
_HARNESS = {
    "exam_mmlu": ("The following are multiple choice questions (with answers).\n\n", "\nAnswer:"),
    "exam_bbh": ("Q: ", "\nA: Let's think step by step."),
    "math_word": ("Question: ", "\nAnswer: Let's think step by step."),
    "code_tasks": ("Complete the following function.\n```python\n", "\n```"),
    "math_contest": ("Solve the problem. Put your final answer within \\boxed{}.\n\n", ""),
    "arena_hard": ("", ""),
    "mt_bench": ("", ""),
    "tool_calls": ("", ""),
}


@benign("evaluation", share=0.04, per_account=160)
def evaluation(town: Town, accounts: int, exchanges: int) -> None:
    """Unrelated companies that run the same public benchmarks when a model is released, whole or in part."""
    dice, left = town.dice, accounts
    suites = town.pool.has(*_HARNESS) or ["arena"]
    mean = exchanges / max(1, accounts)
    while left > 0:
        size = min(left, dice.choices((1, 2, 4, 8), (6, 3, 2, 1))[0])
        left -= size
        organization, card = town.token("org"), town.card()
        name = dice.choice(suites)
        before, after = _HARNESS.get(name, ("", ""))
        items = [f"{before}{text}{after}" for text in town.pool.texts(name)]
        limit = max(10, round(float(town.volumes(1, mean * size)[0])))
        # --limit takes the first ones, a seed takes a sample
        items = items[:limit] if dice.random() < 0.5 else dice.sample(items, min(limit, len(items)))
        shards = [items[at::size] for at in range(size)] if dice.random() < 0.6 else [items] * size
        client = town.network.client("sdk")
        model = NEW_MODEL if dice.random() < 0.75 else None
        start = town.release if model else town.first + int(town.rng.uniform(0, town.spec.days - 1) * DAY)
        for shard in shards:
            customer = town.open(
                "evaluation",
                dice.choice(("service", "service", "developer")),
                organization=organization,
                payment=card,
                client=client,
            )
            begin = start + int(town.rng.exponential(20) * HOUR)
            times = town.when(customer, len(shard), begin, begin + int(town.rng.uniform(2, 40) * HOUR), "flat")
            models = [model] * len(shard) if model else None
            town.send(customer, times, shard, models=models, verbosity=0.6, logprobs=dice.random() < 0.15)


@benign("batch", share=0.04, per_account=120)
def batch(town: Town, accounts: int, exchanges: int) -> None:
    """Nightly jobs: one template over a company's own records."""
    dice = town.dice
    wordings = (
        "{Summarise|Condense} the {note|record|ticket} {below|here} in {one|two|three} {sentences|lines}{ for [job]s|}:",
        "{Extract|List} {names, dates and amounts|the fields|all parties} {as JSON|as CSV|in a table} from:",
        "{Classify|Tag|Route} this {message|entry|review} as {urgent or not|one of [n] labels|positive, neutral or negative}:",
        "{Translate|Localise} into {German|Spanish|French|Japanese}, {keep the names|formal}:",
        "{Check|Verify} the {entry|claim} {against our rules|for errors} and {explain each step|give reasons|say ok or not}:",
    )
    for volume in town.volumes(accounts, exchanges).tolist():
        customer = town.open("batch", dice.choice(("service", "service", "developer")))
        lead = spin(dice, dice.choice(wordings), grammar.SLOTS)
        domain, company = (
            dice.choice(grammar.SLOTS["topic"]),
            dice.choice(grammar.SLOTS["city"]) + " " + dice.choice(("Ltd", "AG", "Co")),
        )
        texts = [f"{lead}\n\n{grammar.document(dice, domain, company, dice.randint(1, 6))}" for _ in range(volume)]
        system = spin(
            dice, "{You are a careful clerk.|Only answer with the result.|Work for [city] office.}", grammar.SLOTS
        )
        town.send(
            customer,
            town.when(customer, volume, style="nightly"),
            texts,
            system=system if dice.random() < 0.5 else None,
        )


def _filled(town: Town, template: str, fill: str, more: str, own: Sequence[Slots]) -> str:
    """A public template with the company's own texts in its slots."""
    first = True
    template = _LAYOUT.sub("\n", template).strip()

    def slot(found: re.Match[str]) -> str:
        nonlocal first
        if "domain" in found[0] or "num" in found[0]:
            return found[0].strip("{}$").replace("num_samples", "5").replace("domain", more)
        text, first = (fill if first else grammar.answer(town.dice, 2, own)), False
        return text

    return _SLOT.sub(slot, template)


@benign("own_data", share=0.035, per_account=90)
def own_data(town: Town, accounts: int, exchanges: int) -> None:
    """Unrelated companies that make training data from their own documents, with the same public templates."""
    dice, left = town.dice, accounts
    templates = (
        town.pool.texts(*town.pool.has("own_data_templates"))
        if town.pool.has("own_data_templates")
        else [
            "Create 5 question and answer pairs from this {{domain}} document.\n\n{{document}}",
            "Break the following snippet about {{domain}} into atomic facts.\n\n{{document}}",
        ]
    )
    volumes = iter(town.volumes(accounts, exchanges).tolist())
    while left > 0:
        size = min(left, dice.choices((1, 2, 5), (6, 3, 1))[0])
        left -= size
        organization, card = town.token("org"), town.card()
        domain, company = (
            dice.choice(grammar.SLOTS["topic"]),
            f"{dice.choice(grammar.SLOTS['city'])} {dice.choice(vary.NAMES)} Group",
        )
        own = concerns(town)
        chosen = dice.sample(templates, min(len(templates), dice.randint(1, 3)))
        for _ in range(size):
            customer = town.open(
                "own_data", dice.choice(("service", "service", "developer")), organization=organization, payment=card
            )
            volume = next(volumes)
            texts = [
                _filled(
                    town, dice.choice(chosen), grammar.document(dice, domain, company, dice.randint(3, 9)), domain, own
                )
                for _ in range(volume)
            ]
            town.send(customer, town.when(customer, volume), texts, verbosity=1.4)


@benign("judge", share=0.025, per_account=90)
def judge(town: Town, accounts: int, exchanges: int) -> None:
    """Unrelated companies that have their own assistant's answers judged, with the same public templates."""
    dice, left = town.dice, accounts
    templates = (
        town.pool.texts(*town.pool.has("judge_templates"))
        if town.pool.has("judge_templates")
        else [
            "Please act as an impartial judge and rate the answer from 1 to 10.\n\n[Question]\n{question}\n\n[Answer]\n{answer}",
        ]
    )
    volumes = iter(town.volumes(accounts, exchanges).tolist())
    while left > 0:
        size = min(left, dice.choices((1, 2, 3), (6, 3, 1))[0])
        left -= size
        organization, card, template = town.token("org"), town.card(), dice.choice(templates)
        about = interests(
            town, dice.choice(("arena", "bank_support", "search_questions", "programmers", "instructions"))
        )
        own = concerns(town)
        for _ in range(size):
            customer = town.open(
                "judge", dice.choice(("service", "service", "developer")), organization=organization, payment=card
            )
            asked = [
                grammar.chat(dice, own)
                if town.pool.generated and dice.random() < 0.5
                else vary.person(dice, dice.choice(about).turns[0], 0.6)
                for _ in range(next(volumes))
            ]
            texts = [_filled(town, template, question, "this", own) for question in asked]
            town.send(customer, town.when(customer, len(texts)), texts, verbosity=0.8)
