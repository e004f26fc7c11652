"""The frame is what the examples have in common, in words."""

from __future__ import annotations

import pytest

from stillwatch.campaigns.wordings import frame_of


@pytest.mark.parametrize(
    ("examples", "frame"),
    [
        ([], ""),
        (["Say hello"], "Say hello"),
        (["Solve this task: 2 + 2 now", "Solve this task: 3 + 9 now"], "Solve this task: …"),
        (
            [
                "Grade the answer below. Paris. Give a score only.",
                "Grade the answer below. In Rome! Give a score only.",
            ],
            "Grade the answer below. … Give a score only. …",
        ),
        (["solve THIS task: one", "Solve this Task: two"], "solve THIS task: …"),
        (["nothing alike here", "wholly other words"], "nothing alike here"),
        (["a b c d e", "x y", "a b c q d e"], "a b c … d e …"),
    ],
)
def test_frames(examples, frame):
    assert frame_of(examples) == frame


def test_a_single_common_word_is_no_frame():
    assert frame_of(["the cat sat", "one dog the ate"]) == "the cat sat"


def test_long_prompts_are_cut():
    assert len(frame_of([" ".join(f"w{i}" for i in range(5000))] * 3).split()) <= 201
