"""Every bank of texts that the recipes and campaigns of a streamed world name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stillwatch.range import frames, grammar, vary
from stillwatch.range.benign.lessons import LEARNER
from stillwatch.range.benign.people import PUPIL
from stillwatch.range.people import POPULAR
from stillwatch.range.pool import PromptPool
from stillwatch.range.sentences import ASKS, LIMITS, SCENES
from stillwatch.range.stream.recipes import FRAMES, HARNESSES, SYSTEMS, TOOL_STEPS
from stillwatch.range.stream.segments import Texts, TextsBuilder

_TEMPLATE_SLOT = re.compile(r"\{\{?[a-z_0-9]+\}?\}|\$\{[a-z_]+\}")
_SPUN = 1500  #: texts spun for a bank of sentences
ANEW = 400  #: frames of a campaign for the requests that are reworded


def write_texts(pool: PromptPool, seed: int, purposes: Sequence[str]) -> Texts:
    """The texts of a world: what customers say, and for campaign number c of `purposes` the banks "front c", "back c".

    The first few frames of a campaign are its own; all others reword them.
    """
    made = TextsBuilder(pool, seed)
    dice = made.dice
    made.spun("scene", SCENES, _SPUN)
    made.spun("ask", ASKS, _SPUN)
    made.spun("limit", LIMITS, 600)
    made.spun("follow", grammar.FOLLOW_UPS, 600)
    made.spun("follow_about", [about.replace("@", "[noun]") for about in grammar.ABOUT], 600)
    for language in grammar.LANGUAGES:
        made.spun(f"foreign {language}", grammar.OTHER_LANGUAGES[language], 300)
    made.bank("context", [vary.context(dice) for _ in range(3000)])
    made.bank("space", [" "])
    made.bank("question", ["\n\nQ: "])
    made.bank("popular", POPULAR)
    made.bank("opener", vary.OPENERS)
    made.bank("closer", vary.CLOSERS)
    made.spun("pupil", PUPIL, 200, before=" ")
    made.spun("learner", LEARNER, 200, before="\n")
    documents = [part.replace("[company]", "[surname]").replace("[domain]", "[topic]") for part in grammar.DOCUMENT]
    made.spun("document", documents, _SPUN, after=" ")
    made.spun("answer", grammar.ANSWER, _SPUN, after=" ")
    made.spun("tool_step", TOOL_STEPS, 80)
    made.bank("harness", HARNESSES)
    for name, patterns in FRAMES.items():
        made.spun(name, patterns, 200)
    for name, patterns in SYSTEMS.items():
        made.spun(f"system {name}", patterns, 200)
    for name, spare in (
        ("own_data", "Create 5 question and answer pairs from this [topic] document.\n\n{{document}}"),
        ("judge", "Please act as an impartial judge and rate the answer from 1 to 10.\n\n[Question]\n{question}"),
    ):
        templates = pool.texts(f"{name}_templates") if pool.has(f"{name}_templates") else [spare]
        made.bank(name, [_before_slot(template) for template in templates])
    for number, purpose in enumerate(purposes):
        own = frames.draw(dice, purpose, count=4).frames
        anew = [frames.draw(dice, purpose, count=1).frames[0] for _ in range(ANEW)]
        made.bank(f"front {number}", [frame.prefix for frame in (*own, *anew)])
        made.bank(f"back {number}", [frame.suffix for frame in (*own, *anew)])
        made.bank(f"system {number}", [frame.system or "" for frame in own])
    return made.texts()


def _before_slot(template: str) -> str:
    """A public template up to its first slot for a text; slots for a domain or a number are filled."""
    text = re.sub(r"\{\{?domain\}?\}", "[topic]", template)
    text = re.sub(r"\{\{?num_samples\}?\}", "5", text)
    found = _TEMPLATE_SLOT.search(text)
    return (text[: found.start()] if found else text)[-2500:]
