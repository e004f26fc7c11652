"""Worlds too large to build in memory: streamed to Parquet hour by hour, with memory bounded by accounts.

Comes in: a `StreamSpec` and, optionally, a folder of public prompts. Goes out: a folder of the same tables as a built
world. Accounts are opened as in a built world; texts are composed by compiled kernels from real prompts, templates and
small variations, with no Python object per request.
"""

from stillwatch.range.stream.spec import STREAM_PRESETS, StreamSpec
from stillwatch.range.stream.write import stream_world

__all__ = ["STREAM_PRESETS", "StreamSpec", "stream_world"]
