"""Sentence vectors without a download: the static table that ships inside the `wordllama` package (MIT).

Its own loader asks a model hub for files that the wheel holds already, so the two files are read directly. A vector is
the mean of its tokens' rows, as in the package (average pooling), scaled to length one.
"""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.errors import MissingExtraError

Points = npt.NDArray[np.float32]
_BATCH = 20_000
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")


def mask(text: str) -> str:
    """The text without what only tells how a corpus was typeset: case, punctuation, layout, the values of numbers."""
    return " ".join(_WORD.findall(_NUMBER.sub("0", text.lower())))


def embed(texts: pa.Array, longest: int) -> Points:
    """Unit vectors of the first `longest` characters of each text, shape (texts, 256); zero for an absent or empty one.

    Raises `MissingExtraError` without the package.
    """
    from scipy.sparse import csr_array

    tokenizer, table = _model()
    encoded = pc.utf8_slice_codeunits(texts, 0, longest).dictionary_encode()
    words = encoded.dictionary.to_pylist()
    vectors = np.zeros((len(words) + 1, table.shape[1]), np.float32)  # the last row is that of absent texts
    for start in range(0, len(words), _BATCH):
        ids = [
            entry.ids for entry in tokenizer.encode_batch_fast(words[start : start + _BATCH], add_special_tokens=False)
        ]
        ends = np.concatenate(([0], np.cumsum([len(each) for each in ids])))
        flat = np.fromiter((token for each in ids for token in each), np.int32, int(ends[-1]))
        counts = csr_array((np.ones(len(flat), np.float32), flat, ends), shape=(len(ids), len(table)))
        vectors[start : start + len(ids)] = counts @ table
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(length > 0, length, 1)
    return vectors[encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]


@cache
def _model() -> tuple[Any, Points]:
    spec = importlib.util.find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("comparing with detectors that embed prompts", "bench")
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    folder = Path(spec.submodule_search_locations[0])
    tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    (table,) = load_file(folder / "weights" / "l2_supercat_256.safetensors").values()
    return tokenizer, table.astype(np.float32)
