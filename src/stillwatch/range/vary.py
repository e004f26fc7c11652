"""How texts differ from one asker to the next: names and numbers, greetings, slips of the keyboard, context.

Public prompt sets are small beside a population's traffic. Without this, customers would repeat each other word for
word far more than real ones do, and a detector of repeats would look better than it is.
"""

# ruff: noqa: E501, SIM905 - word lists read best as words

from __future__ import annotations

import random
import re

NAMES = tuple(
    (
        "Ada Bilal Carla Dmitri Elena Farid Grace Hana Ivan Jana Kofi Lena Marco Nadia Omar Priya Quentin "
        "Rosa Sven Tariq Uma Viktor Wanda Ximena Yusuf Zoe Aisha Boris Chen Diego Emeka Freya Goran Heidi "
        "Imran Julia Kenji Lucia Mateo Noor Olga Pablo Ravi Sofia Tomas Ulrike Vera Wei Yara Zara Albert "
        "Betty James Maria John Sarah Tom Emma Lucas Mia Noah Amir Fatima Jorge Ana Ben Clara David Eva Felix "
        "Gina Hugo Ines Jack Kate Leo Mila Nina Oscar Paula "
    ).split()
)
NAMED = re.compile(
    r"\b(?:James|John|Mary|Tom|Sarah|Natalia|Betty|Julie|Weng|Ken|Tina|Alice|Bob|Mark|Emma|Jack|Maria|Anna|Mike|Peter|"
    r"Lisa|Sam|Joe|Jane|David|Kate|Albert|Alexis|Carlos|Jerry|Tim|Jim|Bill|Amy|Adam|Paul|Eric|Emily|Jason|Janet)\b"
)
NUMBER = re.compile(r"(?<![\w.$\\^_{])\d{1,5}(?![\w.}])")

OPENERS = (
    "Hi, ", "Hello! ", "hey ", "Hey there, ", "Quick question: ", "Question - ", "Good morning. ", "ok so ",
    "Could you help me? ", "please ", "Sorry to bother you again, ", "I was wondering: ", "Hi there! ", "So, ",
    "need help: ", "One more: ", "Not sure how to put this, but ", "for work: ", "Can you tell me, ", "dear ai, ",
)  # fmt: skip
CLOSERS = (
    " thanks", " Thanks!", " please", " Thank you in advance.", " keep it short", " Be brief please.", " pls", "??",
    " I'm in a hurry.", " Give an example.", " explain simply", " in plain words please", " Any ideas?", " (urgent)",
    " No more than a paragraph.", " Use bullet points.", " What do you think?", " for a beginner", " with sources",
)  # fmt: skip
_CONTEXT = (
    "I'm {who} and {why}. ", "Context: {why}, {who} here. ", "My {kin} asked me this and {why}. ",
    "As {who}, I'd like to know. ", "We discussed this at {place} and {why}. ", "It's for {place}; {why}. ",
)  # fmt: skip
_WHO = (
    "a nurse", "a student", "a teacher", "running a small shop", "a retired engineer", "new to this", "a freelancer",
    "a parent of two", "a lawyer", "learning English", "a farmer", "a product manager", "a data analyst", "a musician",
    "a translator", "an accountant", "a librarian", "a volunteer", "an electrician", "a journalist", "a chef",
)  # fmt: skip
_WHY = (
    "I can't find a good answer", "I have to present it on {day}", "we disagree about it", "I forgot most of it",
    "the deadline is {day}", "my manual says otherwise", "I got {n} different answers", "I want to be sure",
    "I tried {n} times already", "it came up {day}", "it keeps me awake", "I need about {n} lines",
)  # fmt: skip
_KIN = ("son", "daughter", "boss", "colleague", "neighbour", "friend", "teacher", "client", "sister", "dad", "mum")
_PLACE = ("work", "school", "our book club", "the office", "a workshop", "my blog", "church", "the gym", "a meetup")
_DAY = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "tomorrow", "next week", "tonight", "yesterday")
_SWAPS = tuple(
    (re.compile(rf"\b{a}\b", re.IGNORECASE), b)
    for a, b in (
        ("write", "draft"), ("make", "create"), ("explain", "describe"), ("give me", "show me"), ("best", "most useful"),
        ("difference", "distinction"), ("list", "enumerate"), ("create", "make"), ("what is", "what's"), ("use", "apply"),
        ("how do I", "how can I"), ("example", "sample"), ("big", "large"), ("can you", "could you"), ("tell me", "say"),
        ("find", "look up"), ("good", "decent"), ("code", "program"), ("short", "brief"), ("story", "tale"),
    )
)  # fmt: skip


def item(dice: random.Random, text: str) -> str:
    """The same task with other names and numbers: what a generator of work items, or a new textbook, does."""

    def number(found: re.Match[str]) -> str:
        value = int(found[0])
        if 1900 < value < 2100 or value < 2:
            return found[0]
        return str(max(2, value + dice.randint(-max(1, value // 3), max(2, value // 2))))

    text = NUMBER.sub(number, text)
    renamed: dict[str, str] = {}
    return NAMED.sub(lambda found: renamed.setdefault(found[0], dice.choice(NAMES)), text)


def slip(dice: random.Random, text: str) -> str:
    """One slip of the keyboard: a letter dropped, doubled or swapped with the next one."""
    if len(text) < 12:
        return text
    at = dice.randrange(1, len(text) - 2)
    how = dice.random()
    if how < 0.4:
        return text[:at] + text[at + 1 :]
    if how < 0.7:
        return text[:at] + text[at] + text[at:]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def context(dice: random.Random) -> str:
    """A sentence of who asks and why."""
    text = dice.choice(_CONTEXT)
    if "{why}" in text:
        why = dice.choice(_WHY).replace("{n}", str(dice.randint(2, 12))).replace("{day}", dice.choice(_DAY))
        text = text.replace("{why}", why)
    text = text.replace("{who}", dice.choice(_WHO))
    return text.replace("{kin}", dice.choice(_KIN)).replace("{place}", dice.choice(_PLACE))


def person(dice: random.Random, text: str, care: float = 0.5) -> str:
    """The text as another person would type it. `care` near 1 is careful spelling, near 0 hasty typing."""
    draw = dice.random
    if draw() < 0.75:
        text = item(dice, text)
    for pattern, other in _SWAPS:
        if draw() < 0.12:
            text = pattern.sub(other, text, count=1)
    if draw() < 0.22:
        text = context(dice) + text
    elif draw() < 0.2:
        text = dice.choice(OPENERS) + text
    if draw() < 0.22:
        text += dice.choice(CLOSERS)
    if draw() > care:
        if draw() < 0.5 and len(text) < 400:
            text = text.lower()
        if draw() < 0.5:
            text = slip(dice, text)
        if draw() < 0.3:
            text = text.rstrip("?.!")
    return text
