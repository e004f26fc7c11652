"""Worlds: labelled populations that send real prompts, and the scoring of an answer about them.

Comes in: a `WorldSpec` and, optionally, a folder of public prompts, traces and address lists. Goes out: a folder with
exchanges, accounts and labels as Parquet; for an answer, a `Score`.
"""

from stillwatch.range.build import build_world
from stillwatch.range.cheapwin import CheapWins, cheap_win_check
from stillwatch.range.score import Score, score_answer
from stillwatch.range.spec import PRESETS, WorldSpec
from stillwatch.range.stream import StreamSpec, stream_world

__all__ = [
    "PRESETS",
    "CheapWins",
    "Score",
    "StreamSpec",
    "WorldSpec",
    "build_world",
    "cheap_win_check",
    "score_answer",
    "stream_world",
]
