"""The model as a reward model."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign
from stillwatch.range.spin import spin


@campaign("rubric_grading", share=0.05, per_account=110)
def rubric_grading(op: Operation) -> None:
    """Answers of a model in training, to be scored by rubric or compared in pairs."""
    first, last = op.period(7, 14)
    dice = op.town.dice
    layout = spin(
        dice,
        "{Request|Prompt|Q|Instruction|User}{: |>\n|]\n}@@\n{\n|}{Reply|Candidate|Completion|A|Output}{: |>\n|]\n}##",
    )
    pairs = dice.random() < 0.4
    second = spin(dice, "{Reply|Candidate|Output} {2|B|two}{: |>\n}")
    customers = op.recruit(first=first, last=last)
    items = []
    for text in op.queue("instructions", "arena", "grading", "math_word", size=op.volume(customers)):
        item = layout.replace("@@", text).replace("##", op.answer())
        items.append(f"{item}\n\n{second}{op.answer()}" if pairs else item)
    op.work(customers, items, op.frames("grading"), verbosity=0.9)
