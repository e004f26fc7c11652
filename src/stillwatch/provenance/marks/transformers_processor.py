"""The marks as a `LogitsProcessor` of Hugging Face transformers.

    marks = MarkProcessor(marker, groups=["g7", ""], sampling=Sampling(temperature=0.8))
    model.generate(**batch, do_sample=True, temperature=0.8, logits_processor=LogitsProcessorList([marks]))

transformers calls a processor of the user's before temperature, top-k and top-p, which is what the marks expect. The
class needs no base: transformers calls any object of this signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stillwatch.errors import UsageError
from stillwatch.provenance.marks.marking import Marker, Sampling
from stillwatch.provenance.marks.positions import PROVIDER


class MarkProcessor:
    """Marks the responses of one call of `generate`: a group's name (or "") for each row of the batch.

    With beams or several sequences a prompt, rows stand side by side as transformers orders them. `sampling` is what
    `generate` is told; the Gumbel mark needs it, and leaves a call at temperature 0 unmarked.
    """

    def __init__(self, marker: Marker, *, groups: Sequence[str] = (), sampling: Sampling | None = None) -> None:
        self._marker, self._groups = marker, tuple(groups)
        self._sampling = sampling or Sampling()
        self._start: int | None = None

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Marked copy of the float32 scores (rows, vocabulary) for token ids (rows, length)."""
        rows, length = input_ids.shape
        groups = self._groups or (PROVIDER,) * rows
        if rows % len(groups):
            raise UsageError(f"{len(groups)} groups were given for a batch of {rows} rows")
        groups = tuple(group for group in groups for _ in range(rows // len(groups)))
        width = self._marker.settings.context_width
        if length < width:
            return scores
        if self._start is None:
            self._start = length
        elif length < self._start:
            raise UsageError("make a MarkProcessor anew for each call of generate")
        contexts = input_ids[:, length - width :].flip(1)
        repeated = None
        if self._marker.settings.scheme == "gumbel":
            repeated = seen_before(input_ids[:, max(0, self._start - width) :], width)
        return self._marker.apply(
            scores.float().clone(),
            contexts,
            self._marker.slots(groups),
            sampling=[self._sampling] * rows,
            repeated=repeated,
        )


def seen_before(tokens: Any, width: int) -> Any:
    """Whether the last `width` tokens of each row stand earlier in it too, bool (rows,), for token ids (rows, n)."""
    if tokens.shape[1] <= width:
        return (tokens[:, :1] != tokens[:, :1]).any(dim=1)
    windows = tokens.unfold(1, width, 1)
    return (windows[:, :-1] == windows[:, -1:]).all(dim=2).any(dim=1)
