"""The prompts that the elicitation classifier learns from and is measured on: public sets and composed wordings."""

from __future__ import annotations

import gzip
import json
import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.elicit import abroad, babble, innocents, phrasings
from stillwatch.errors import UsageError

#: Sets of real users' prompts and product traffic, in groups that are left out together.
BENIGN_GROUPS: dict[str, tuple[str, ...]] = {
    "arena": ("arena",),
    "oasst": ("oasst", "mt_bench"),
    "experts": ("arena_hard", "programmers", "coding_sessions"),
    "roles": ("roles",),
    "red_team": ("red_team_dialogue", "airline_agent"),
    "products": ("bank_support", "assistant_commands", "search_questions", "text_to_sql"),
}
#: Bare questions: what distillers wrap, evaluators and pupils ask. Without a wrapping they elicit nothing.
BARE = (
    "math_word",
    "reasoning_tasks",
    "math_contest",
    "instructions",
    "code_tasks",
    "tool_calls",
    "exam_mmlu",
    "exam_bbh",
    "swe_tasks",
)
#: By technique: the sets that its items come from.
ITEMS: dict[str, tuple[str, ...]] = {
    "reasoning": ("math_word", "reasoning_tasks", "math_contest", "exam_bbh"),
    "grading": ("grading", "instructions", "arena_hard"),
    "rewriting": ("red_team_dialogue",),
    "task_generation": ("math_word", "instructions", "code_tasks", "reasoning_tasks"),
    "trajectories": ("tool_calls", "code_tasks", "swe_tasks", "airline_agent"),
    "broad_instructions": ("instructions", "oasst", "search_questions"),
    "process_checks": ("math_word", "math_contest", "code_tasks", "reasoning_tasks"),
    "dialogue_simulation": ("instructions", "bank_support", "airline_agent"),
    "document_questions": ("exam_bbh", "swe_tasks", "instructions"),
    "knowledge": ("code_tasks", "search_questions", "exam_mmlu"),
    "extraction_of_model": ("instructions", "search_questions", "math_word"),
}
TEMPLATES = ("metamath_templates", "airoboros_templates", "toolalpaca_templates", "judge_templates")
#: Prompts in many languages, each row with its language; measured on where they are, never trained on.
INTERNATIONAL = (
    "reading_questions_intl",
    "reading_questions_pt",
    "assistant_commands_intl",
    "math_word_intl",
    "chat_zh",
)
CAP = 4000  #: prompts of one set that are used
LONGEST = 4000  #: characters of an item
_BROAD = (
    "begininput",
    "below is a block",
    "below are one or more blocks",
    "below is a user's",
    "imagine a chat",
    "{instruction}",
    "i'd like you to create an instruction",
    'write "facts',
)
_GENERATES = ("generate", "create", "come up", "help me", "tasks", "example")
_SLOT = re.compile(r"\$?\{\{?[a-z_ ]+\}?\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt and where it comes from: `kind` is a technique, or an innocent kind (`bench.elicit.fit.INNOCENT`)."""

    text: str
    kind: str
    source: str


class Corpus:
    """The public sets of one folder, read when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "prompts"
        if not self.folder.is_dir():
            raise UsageError(f"{folder} has no prompts/: the classifier needs the public prompt sets, see --prompts")
        self.read = cache(self._read)

    def _read(self, source: str) -> tuple[tuple[str, ...], ...]:
        with gzip.open(self.folder / f"{source}.jsonl.gz", "rt", encoding="utf-8") as lines:
            talks = [tuple(turn for turn in json.loads(line)["turns"] if turn.strip()) for line in lines]
        return tuple(talk for talk in talks if talk)

    def turns(self, source: str, dice: random.Random, cap: int = CAP) -> list[str]:
        """Up to `cap` distinct user messages of a set, follow-ups too."""
        texts = list(dict.fromkeys(turn[:LONGEST] for talk in self.read(source) for turn in talk))
        dice.shuffle(texts)
        return texts[:cap]

    def international(self) -> dict[tuple[str, str], list[str]]:
        """Prompts of the international sets that the folder has, by set and language."""
        found: dict[tuple[str, str], list[str]] = {}
        for source in INTERNATIONAL:
            path = self.folder / f"{source}.jsonl.gz"
            if path.exists():
                with gzip.open(path, "rt", encoding="utf-8") as lines:
                    for row in map(json.loads, lines):
                        found.setdefault((source, row["lang"]), []).extend(row["turns"])
        return found

    def items(self, sources: tuple[str, ...], dice: random.Random) -> list[str]:
        """First messages to wrap, evenly from the sets."""
        chosen = [dice.sample(talks, min(len(talks), 600)) for talks in map(self.read, sources)]
        return [talk[0][:LONGEST] for talks in chosen for talk in talks]

    def benign(self, sources: tuple[str, ...], dice: random.Random) -> list[Prompt]:
        """Real users' prompts."""
        return [Prompt(text, "benign", source) for source in sources for text in self.turns(source, dice)]

    def bare(self, dice: random.Random, without: tuple[str, ...] = (), cap: int = 1200) -> list[Prompt]:
        """Questions that nobody wrapped."""
        return [
            Prompt(t, "bare", source) for source in BARE if source not in without for t in self.turns(source, dice, cap)
        ]

    def look_alikes(self, dice: random.Random, sources: tuple[str, ...], count: int) -> list[Prompt]:
        """Pupils, teachers, writers and clerks who ask in words that elicitation shares."""
        items = self.items(sources, dice)
        return [Prompt(innocents.compose(dice, dice.choice(items)), "look-alike", "grammar") for _ in range(count)]

    def abroad(self, dice: random.Random, sources: tuple[str, ...], each: int) -> list[Prompt]:
        """Everyday requests in the languages of composed elicitations, `each` a language; some paste an item."""
        items = self.items(sources, dice)
        pasted = [f"\n{item}" for item in items] + [""] * (4 * len(items))
        return [
            Prompt(abroad.compose(dice, language) + dice.choice(pasted), "abroad", language)
            for language in abroad.LANGUAGES
            for _ in range(each)
        ]

    def babble(self, dice: random.Random, each: int) -> list[Prompt]:
        """Words without order, `each` texts a language."""
        return [
            Prompt(text, "babble", language)
            for language in ("en", *abroad.LANGUAGES)
            for text in babble.compose(dice, language, each)
        ]

    def own_data(self, dice: random.Random, sources: tuple[str, ...], count: int) -> list[Prompt]:
        """Companies that make data from their own documents, with public templates."""
        items, templates = self.items(sources, dice), self.read("own_data_templates")
        return [
            Prompt(fill(dice, dice.choice(templates)[0], items), "own data", "own_data_templates") for _ in range(count)
        ]

    def composed(self, dice: random.Random, technique: str, sources: tuple[str, ...], count: int) -> list[Prompt]:
        """Elicitations of a technique in the grammar's wording."""
        items = self.items(sources, dice)
        return [
            Prompt(phrasings.compose(dice, technique, dice.choice(items)), technique, "grammar") for _ in range(count)
        ]

    def templated(self, dice: random.Random, technique: str, sources: tuple[str, ...], each: int) -> list[Prompt]:
        """Elicitations of a technique in the public templates of distillers, each filled `each` times."""
        items = self.items(sources, dice)
        found = [
            (source, talk[0])
            for source in TEMPLATES
            for talk in self.read(source)
            if technique_of(source, talk[0]) == technique
        ]
        return [Prompt(fill(dice, text, items), technique, source) for source, text in found for _ in range(each)]


def fill(dice: random.Random, template: str, items: list[str]) -> str:
    """A template with items in its slots; where it has none, an item comes last."""
    text, slots = _SLOT.subn(lambda _: dice.choice(items)[:600], template)
    return text if slots else f"{text}\n\n{dice.choice(items)}"


def technique_of(source: str, text: str) -> str | None:
    """The technique of a public template; None for what only describes a character or shows an example."""
    head = text[:700].lower()
    if source == "judge_templates":
        return "grading"
    if source == "metamath_templates":
        return "task_generation" if "rephrase" in head or "declarative" in head else "reasoning"
    if source == "toolalpaca_templates":
        return "grading" if "evaluate whether" in head else "trajectories"
    if "chain-of-thought style answer" in head:
        return "reasoning"
    if "examine the response" in head:
        return "grading"
    if "router" in head or "execution plan" in head:
        return "trajectories"
    if head.startswith(_BROAD):
        return "broad_instructions"
    if head.startswith("beginexample") or not any(word in head for word in _GENERATES):
        return None
    return "task_generation"
