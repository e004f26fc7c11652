"""Logs for the tests of profiles: batches from rows, and strategies that make rows."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from stillwatch.exchange import EXCHANGE_SCHEMA

PROMPTS = Path(__file__).parents[2] / "../shared/data/prompts"

ODD = (
    "",
    " \n\t",
    "?!…",
    "\0",
    "a\0b",
    "don’t “quote” — me",
    "don't quote me",
    "Don't QUOTE me!",
    "推理：请一步一步思考。",
    "рассуждение «шаг за шагом»\u00a0№5",
    "Étape par étape, s'il vous plaît",
    "👩‍👩‍👧‍👦 🇪🇺 👍🏽",
    "مرحبا بالعالم",
    "3.14 + 2,718 = 5.858",
    "Step by step, show your reasoning: what is 12 * 7?",
    "Step by step, show your reasoning: what is 9 * 31?",
    "e\u0301 ﬁ \u202e\u200b ½ x² ǅ",
    "word" * 40,
    " ".join(f"w{i}" for i in range(300)),
)


@cache
def real_prompts(each: int) -> list[str]:
    """The first prompts of every real corpus; none where they aren't at hand."""
    prompts = []
    for path in sorted(PROMPTS.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            prompts += [json.loads(line)["turns"][0] for line, _ in zip(lines, range(each), strict=False)]
    return prompts


def string_array(values: Iterable[str | bytes | None], kind: pa.DataType | None = None) -> pa.Array:
    """An Arrow string array, of bytes that may not be UTF-8."""
    kind = kind or pa.string()
    data = [value.encode() if isinstance(value, str) else value for value in values]
    binary = pa.array(data, pa.large_binary() if pa.types.is_large_string(kind) else pa.binary())
    return binary.view(kind)


def batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    """A batch with the columns that any of the rows names."""
    fields = [field for field in EXCHANGE_SCHEMA if any(field.name in row for row in rows)]
    columns = [
        string_array([row.get(field.name) for row in rows])
        if pa.types.is_string(field.type)
        else pa.array([row.get(field.name) for row in rows], field.type)
        for field in fields
    ]
    return pa.record_batch(columns, schema=pa.schema(fields))


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


_words = st.sampled_from(
    ["The", "step", "by", "show", "7", "42", "solve", "grade", "слово", "«да»", "思", "考", ",", "!"]
)
texts = (
    st.lists(_words, max_size=8).map(" ".join)
    | st.sampled_from(ODD)
    | st.text(max_size=30)
    | st.tuples(st.text(max_size=12), st.integers(0, 12)).map(lambda cut: cut[0].encode()[: cut[1]])
)
_names = st.sampled_from(["a", "b", "ä", "", "𝔸"])
_times = st.integers(-3, 3).map(lambda hours: hours * 5_000_000_000) | st.integers(-(2**45), 2**52)
_addresses = (
    st.ip_addresses().map(str)
    | st.sampled_from(["10.0.0.1", "10.0.0.2", "::ffff:10.0.0.1", "::FFFF:10.0.0.1", "1.2.3", "1.2.3.256", "1..2.3"])
    | st.sampled_from(["", "2001:DB8::1", "::1", "unknown", "1.2.3.4.5", "0010.0.0.1", ":::::", "::ffff:", "1.2.3.4."])
)
_integers = st.integers(0, 3) | st.integers(0, 2**40)

rows = st.fixed_dictionaries(
    {"account": _names, "time": _times},
    optional={
        "organization": _maybe(st.sampled_from(["o", "p", "ö"])),
        "model": _maybe(st.sampled_from(["m", "n"])),
        "system": _maybe(st.sampled_from(["", "You are.", "Be a very, very brief bot."])),
        "prompt": _maybe(texts),
        "turns": _maybe(st.integers(0, 4)),
        "input_tokens": _maybe(_integers),
        "output_tokens": _maybe(_integers),
        "temperature": _maybe(st.sampled_from([0.0, -0.0, 0.5, 1.0, 2.0])),
        "max_tokens": _maybe(st.sampled_from([0, 1, 4096, 2**53 + 1, 2**63 - 1, -(2**63)])),
        "choices": _maybe(st.integers(0, 3)),
        "logprobs": _maybe(st.booleans()),
        "tools": _maybe(st.integers(0, 3)),
        "ip": _maybe(_addresses),
        "user_agent": _maybe(st.text(max_size=20)),
        "tls_fingerprint": _maybe(st.sampled_from(["t13d", "t12d"])),
        "status": _maybe(st.sampled_from(["ok", "refused", "error"])),
    },
)
log = st.lists(rows, max_size=40)
