"""Sentence embeddings without a download: the static table of the `wordllama` package, read from its two files."""

from __future__ import annotations

import importlib.util
import json
import re
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stillwatch.errors import MissingExtraError

Points = npt.NDArray[np.float32]
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")


def mask(text: str) -> str:
    """The text without what only tells how a corpus was typeset: case, punctuation, layout, the values of numbers."""
    return " ".join(_WORD.findall(_NUMBER.sub("0", text.lower())))


def embed(texts: Sequence[str]) -> Points:
    """Mean-pooled token vectors of length one, shape (texts, 256). Raises `MissingExtraError` without `wordllama`."""
    found = importlib.util.find_spec("wordllama")
    if found is None or not found.submodule_search_locations:
        raise MissingExtraError("the MMD baseline", "bench")
    from tokenizers import Tokenizer

    root = Path(found.submodule_search_locations[0])
    table = _table(root / "weights" / "l2_supercat_256.safetensors")
    tokenizer = Tokenizer.from_file(str(root / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    points = np.zeros((len(texts), table.shape[1]), np.float32)
    for start in range(0, len(texts), 1000):
        for row, encoded in enumerate(tokenizer.encode_batch(list(texts[start : start + 1000])), start):
            points[row] = table[encoded.ids].mean(axis=0) if encoded.ids else 0
    norm = np.linalg.norm(points, axis=1, keepdims=True)
    return points / np.where(norm == 0, 1, norm)


def _table(path: Path) -> Points:
    """The one tensor of a safetensors file (https://github.com/huggingface/safetensors#format)."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    (entry,) = (value for key, value in header.items() if key != "__metadata__")
    start, stop = (8 + length + offset for offset in entry["data_offsets"])
    kind = {"F16": np.float16, "F32": np.float32}[entry["dtype"]]
    return np.frombuffer(data[start:stop], kind).reshape(entry["shape"]).astype(np.float32)
