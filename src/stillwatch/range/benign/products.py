"""Products built on the model: one system prompt, one purpose, the questions of the product's own users."""

# ruff: noqa: E501 - patterns read best on one line each

from __future__ import annotations

from collections.abc import Callable

from stillwatch.range import grammar, vary
from stillwatch.range.registry import benign
from stillwatch.range.spin import spin
from stillwatch.range.town import Town

_SYSTEM = (
    "{You are|You're} {the|a} {help|support|service} {assistant|agent|bot} of {Northwind|Kestrel|Alder|Marlin|Fjord|Cobalt} "
    "{Bank|Home|Travel|Market|Data}. {Answer only about our products.|Be polite and short.|Hand over to a human if unsure.} "
    "{Release|Build} [n].[big]."
)


def _companies(
    town: Town,
    kind: str,
    accounts: int,
    exchanges: int,
    most: int,
    write: Callable[[Town, int], list[str]],
    system: bool = True,
    tools: int = 0,
) -> None:
    """Companies with one to `most` keys each; `write(town, count)` gives the requests of one company."""
    left = accounts
    volumes = iter(town.volumes(accounts, exchanges, 1.0).tolist())
    while left > 0:
        size = min(left, town.dice.randint(1, most))
        left -= size
        organization, card = town.token("org"), town.card()
        prompt = spin(town.dice, _SYSTEM, grammar.SLOTS) if system else None
        share = [next(volumes) for _ in range(size)]
        texts = write(town, sum(share))
        client = town.network.client("sdk")
        for volume in share:
            customer = town.open(kind, "service", organization=organization, payment=card, client=client)
            town.send(customer, town.when(customer, volume), texts[:volume], system=prompt, tools=tools, verbosity=0.7)
            texts = texts[volume:]


def _popular(town: Town, count: int, *names: str) -> list[str]:
    """Questions of many users about one product: the popular ones come again and again, each user words them anew."""
    texts = town.pool.texts(*names)
    at = town.dice.randrange(max(1, len(texts) - len(texts) // 4))
    scope = texts[at : at + max(20, len(texts) // 4)] if town.dice.random() < 0.6 else texts
    ranks = (town.rng.pareto(1.1, count) * len(scope) / 30).astype(int) % len(scope)
    town.dice.shuffle(scope)
    return [scope[r] if town.dice.random() < 0.5 else vary.person(town.dice, scope[r], 0.4) for r in ranks.tolist()]


@benign("product_bot", share=0.03, per_account=220)
def product_bot(town: Town, accounts: int, exchanges: int) -> None:
    """Support bots and voice assistants."""
    half = accounts // 2
    _companies(town, "product_bot", accounts - half, exchanges // 2, 4, lambda t, n: _popular(t, n, "bank_support"))
    _companies(town, "product_bot", half, exchanges // 2, 4, lambda t, n: _popular(t, n, "assistant_commands"))


@benign("retrieval", share=0.015, per_account=200)
def retrieval(town: Town, accounts: int, exchanges: int) -> None:
    """Retrieval products: a question and the passages found."""

    def write(town: Town, count: int) -> list[str]:
        dice = town.dice
        domain, company = dice.choice(grammar.SLOTS["field"]), dice.choice(grammar.SLOTS["city"]) + " Search"
        shelf = [grammar.document(dice, domain, company, 3) for _ in range(max(5, count // 8))]
        frame = spin(dice, "{Use|Answer from|Read} the {passages|context|sources} {below|given}.\n\n")
        return [
            f"{frame}{dice.choice(shelf)}\n{dice.choice(shelf)}\n\nQ: {text}"
            for text in _popular(town, count, "search_questions")
        ]

    _companies(town, "retrieval", accounts, exchanges, 4, write)


@benign("text_to_sql", share=0.01, per_account=120)
def text_to_sql(town: Town, accounts: int, exchanges: int) -> None:
    """A text-to-SQL feature: one schema per company, the analysts' questions."""

    def write(town: Town, count: int) -> list[str]:
        dice = town.dice
        tables = "\n".join(
            spin(dice, "CREATE TABLE [table] (id int, [struct] text, [thing] int, at date);", grammar.SLOTS)
            for _ in range(4)
        )
        return [f"{tables}\n-- {vary.person(dice, text, 0.8)}" for text in _popular(town, count, "text_to_sql")]

    _companies(town, "text_to_sql", accounts, exchanges, 3, write)


@benign("airline_agent", share=0.01, per_account=120)
def airline_agent(town: Town, accounts: int, exchanges: int) -> None:
    """A service agent with tools and a policy as its system prompt."""
    talks = town.pool.conversations("airline_agent")
    policy = next((talk.system for talk in talks if talk.system), None)
    organization, card = town.token("org"), town.card()
    for volume in town.volumes(accounts, exchanges, 0.8).tolist():
        customer = town.open("airline_agent", "service", organization=organization, payment=card)
        texts: list[str] = []
        chain: list[int] = []
        while len(texts) < volume:
            for place, text in enumerate(town.dice.choice(talks).turns):
                texts.append(vary.person(town.dice, text, 0.7))
                chain.append(place)
        own = spin(town.dice, _SYSTEM, grammar.SLOTS)
        town.send(
            customer,
            town.when(customer, volume),
            texts[:volume],
            chain=chain[:volume],
            system=(policy or own)[:1500],
            tools=12,
        )


@benign("ci_agent", share=0.03, per_account=90)
def ci_agent(town: Town, accounts: int, exchanges: int) -> None:
    """Agents in continuous integration: an issue, tools, many steps on one repository."""

    def write(town: Town, count: int) -> list[str]:
        dice = town.dice
        repository = spin(dice, "[verb]-[struct]-[n]", grammar.SLOTS)
        issues = [vary.item(dice, text) for text in dice.choices(town.pool.texts("swe_tasks"), k=6)]
        issues += [grammar.pattern(dice, "swe_tasks") or "" for _ in range(6)]
        lead = spin(dice, "{Fix|Resolve|Work on} the {issue|ticket} in {repo|repository} ") + repository
        steps = town.pool.texts("coding_sessions", turns=3)
        texts: list[str] = []
        while len(texts) < count:
            texts.append(f"{lead}:\n{dice.choice(issues)}")
            for _ in range(dice.randint(1, 9)):
                tool = spin(
                    dice,
                    "{pytest|ruff|make test|git diff} {exit [n]|ok|failed: [n] of [big]} in [verb]_[struct].py:[big]",
                    grammar.SLOTS,
                )
                texts.append(tool if dice.random() < 0.6 else vary.person(dice, dice.choice(steps), 0.6))
        return texts[:count]

    _companies(town, "ci_agent", accounts, exchanges, 3, write, system=False, tools=5)
