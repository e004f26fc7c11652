"""Traffic of the range's own grammar: customers' prompts, and a campaign's."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from stillwatch.range import frames
from stillwatch.range.grammar import write_sources
from stillwatch.windows import build_baseline

SIZE = 120


@pytest.fixture(scope="session")
def customers() -> list[str]:
    talks = write_sources(random.Random(11))
    texts = [turns[0] for name in ("arena", "programmers", "instructions", "search_questions") for turns in talks[name]]
    random.Random(12).shuffle(texts)
    return texts


@pytest.fixture(scope="session")
def campaign() -> list[str]:
    dice = random.Random(13)
    frame_set = frames.draw(dice, "reasoning", count=4)
    items = [turns[0] for turns in write_sources(random.Random(14))["math_word"]]
    return [frame_set.dress(dice, item, 0.3)[0] for item in items]


@pytest.fixture(scope="session")
def baseline(customers):
    return build_baseline(pa.array(customers[:2400]), size=SIZE, windows=160)
