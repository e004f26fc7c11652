"""How a person talks to an assistant: interests, own turns of phrase, follow-ups, repeats."""

from __future__ import annotations

from collections.abc import Sequence

from stillwatch.range import grammar, vary
from stillwatch.range.lexicon import Slots
from stillwatch.range.pool import CHAT, Conversation
from stillwatch.range.town import Town

POPULAR = (
    "hi",
    "hello",
    "hey",
    "test",
    "who are you?",
    "tell me a joke",
    "help",
    "thanks",
    "write a poem",
    "what can you do",
)


class Interests(list[Conversation]):
    """What one person starts with, and the concerns behind it."""

    def __init__(self, talks: Sequence[Conversation], own: Sequence[Slots]) -> None:
        super().__init__(talks)
        self.own = own


_OPENINGS = 10  #: written for each person and interest, where the prompts are the grammar's


def interests(town: Town, *names: str, least: int = 1, most: int = 4) -> list[Conversation]:
    """The conversations of one to four topics that a person cares about."""
    topics = town.pool.by_topic(*(names or CHAT))
    chosen = town.dice.sample(range(len(topics)), min(len(topics), town.dice.randint(least, most)))
    found = [talk for topic in chosen for talk in topics[topic]]
    if not town.pool.generated:
        return found
    # Prompts of real people tell their askers apart; the grammar's do so only where each person has own concerns.
    own, kinds = concerns(town), town.pool.available(*(names or CHAT))
    openings = [grammar.pattern(town.dice, town.dice.choice(kinds), own) or "" for _ in range(_OPENINGS * most)]
    shared = town.dice.choices(found, k=_OPENINGS * most // 8)
    return Interests([*(Conversation((text,)) for text in openings), *shared], own)


def concerns(town: Town) -> Sequence[Slots]:
    """The concerns of one more customer. Beside real prompts any will do: those tell people apart."""
    return grammar.own_concerns(town.dice) if town.pool.generated else grammar.ANY_CONCERN


def talk(
    town: Town,
    count: int,
    about: Sequence[Conversation],
    *,
    care: float = 0.5,
    follow: float = 0.35,
    fresh: float = 0.3,
    language: str | None = None,
) -> tuple[list[str], list[int]]:
    """`count` messages in conversations: (texts, position of each in its conversation).

    `follow` is the chance of a follow-up, `fresh` that an opening comes from the grammar instead of the sources.
    """
    dice, draw = town.dice, town.dice.random
    own = about.own if isinstance(about, Interests) else concerns(town)
    fresh = 0.0 if town.pool.generated else fresh  # the grammar has written what they are about
    texts: list[str] = []
    chain: list[int] = []
    while len(texts) < count:
        if draw() < 0.02:
            turns: tuple[str, ...] = (dice.choice(POPULAR),)
        elif language and draw() < 0.7:
            turns = (grammar.foreign(dice, language, own),)
        elif draw() < fresh:
            turns = (vary.person(dice, grammar.chat(dice, own), care),)
        else:
            found = dice.choice(about)
            turns = tuple(vary.person(dice, text, care) for text in found.turns[:4])
        position = 0
        for text in turns:
            texts.append(text)
            chain.append(position)
            position += 1
        while draw() < follow:
            if draw() < 0.12:  # asked again, or edited and asked again
                again = texts[-1] if draw() < 0.5 else vary.person(dice, texts[-1], care)
            else:
                again = grammar.follow_up(dice, texts[-1], own)
                again = vary.person(dice, again, care) if draw() < 0.3 else again.lower() if draw() > care else again
            texts.append(again)
            chain.append(position)
            position += 1
    return texts[:count], chain[:count]


def chat_chains(town: Town, count: int) -> tuple[list[str], list[int]]:
    """Messages of one ordinary person with interests of their own."""
    return talk(town, count, interests(town), care=town.dice.random())
