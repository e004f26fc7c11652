"""Elicitation logits of a string column, outside the text pass."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from stillwatch.errors import InputError
from stillwatch.profile.accounts import string_buffers
from stillwatch.profile.elicitation.kernels import FEATURES, PLACES, elicit, features
from stillwatch.profile.kernels import LONGEST, tokenize

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """The model: a logit is `bias + scale * (sum of w * |w|) / (number of features) ** POWER`, w being the weights.

    `threshold` is the logit that the stated share of real users' prompts of sets never trained on exceeds (`rate`).
    """

    weights: npt.NDArray[np.int8]  #: shape (PLACES,)
    scale: float
    bias: float
    threshold: float
    rate: float


@cache
def shipped_weights() -> Weights:
    """The weights in the package."""
    with as_file(files("stillwatch.profile.elicitation").joinpath("weights.npz")) as path, np.load(path) as stored:
        return Weights(stored["weights"], *(float(stored[name]) for name in ("scale", "bias", "threshold", "rate")))


def elicitation_logits(texts: pa.Array | pa.ChunkedArray, model: Weights | None = None) -> Floats:
    """Logits of the prompts, float32, shape (rows,); NaN where a prompt is absent.

    Above `Weights.threshold` a prompt counts as flagged. Raises `InputError` where the column is not of strings.
    """
    model = model or shipped_weights()
    out = [_score(chunk, model) for chunk in (texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts])]
    return np.concatenate(out) if out else np.zeros(0, np.float32)


def _score(column: pa.Array, model: Weights) -> Floats:
    text, ends, valid = _buffers(column)
    out = np.full(len(column), np.nan, np.float32)
    _score_rows(text, ends, valid, model.weights, model.scale, model.bias, out)
    return out


def _buffers(column: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise InputError(f"prompts have to be strings, not {column.type}; cast the column", field="prompt")
    if len(column) == 0:
        return np.zeros(1, np.uint8), np.zeros(1, np.int64), np.zeros(0, np.bool_)
    return string_buffers(column)


@njit(cache=True, nogil=True)
def _score_rows(data, offsets, valid, weights, scale, bias, out):  # type: ignore[no-untyped-def]
    exact, masked = np.empty(LONGEST // 2 + 2, np.uint64), np.empty(LONGEST // 2 + 2, np.uint64)
    seen, places = np.zeros(PLACES, np.bool_), np.empty(FEATURES, np.int32)
    for i in range(out.shape[0]):
        if valid[i]:
            n = tokenize(data, offsets[i], min(offsets[i + 1], offsets[i] + LONGEST), exact, masked)
            out[i] = elicit(masked, n, weights, scale, bias, seen, places)


def feature_rows(column: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Distinct hashed words and word pairs of every prompt, as the classifier reads them.

    Returns the places (below `PLACES`) of all prompts one after another, and where each prompt's begin and end, shape
    (rows + 1,). An absent prompt has none.
    """
    text, ends, valid = _buffers(column)
    room = np.minimum(np.diff(ends) + 4, FEATURES)
    places = np.empty(int(room.sum()) + FEATURES, np.int32)
    stops = np.zeros(len(column) + 1, np.int64)
    _feature_rows(text, ends, valid, places, stops)
    return places[: stops[-1]].copy(), stops


@njit(cache=True, nogil=True)
def _feature_rows(data, offsets, valid, places, stops):  # type: ignore[no-untyped-def]
    exact, masked = np.empty(LONGEST // 2 + 2, np.uint64), np.empty(LONGEST // 2 + 2, np.uint64)
    seen = np.zeros(PLACES, np.bool_)
    for i in range(valid.shape[0]):
        stops[i + 1] = stops[i]
        if valid[i]:
            n = tokenize(data, offsets[i], min(offsets[i + 1], offsets[i] + LONGEST), exact, masked)
            stops[i + 1] += features(masked, n, seen, places[stops[i] :])
