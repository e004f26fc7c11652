"""What a log looks like as it goes by: how full each column is, and signs that its text was cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.logs.check import MAX_TEXT
from stillwatch.logs.duplicates import string_buffers
from stillwatch.logs.format import Notice

#: A gateway that cuts text cuts much of it at one round length: at least this share, and this many. Other lengths
#: are those of templates.
_CUT_SHARE, _CUT_ROWS = 0.01, 20
_SHORTEST_CUT = 256
_LOOKED_AT = 4096
_SUMS = ("read", "prompts", "cut")


class Tally:
    """Running counts over the batches of a log."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        self._notices = tuple(notices)
        self._noticed = [0] * len(self._notices)
        self._filled: Counter[str] = Counter()
        self._read = 0
        self._prompts = 0
        self._longest = 0
        self._at_longest = 0
        self._cut = 0

    def add(self, batch: pa.RecordBatch, read: int, cut: int, noticed: Sequence[int]) -> None:
        """Counts one batch of accepted rows, out of `read` rows, `cut` of whose texts were too long."""
        self._read += read
        self._cut += cut
        for i, count in enumerate(noticed):
            self._noticed[i] += count
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            self._filled[name] += len(column) - column.null_count
        if "prompt" in batch.schema.names:
            self._look_at(batch.column(batch.schema.get_field_index("prompt")))

    def _look_at(self, prompts: pa.Array) -> None:
        self._prompts += len(prompts) - prompts.null_count
        # Bytes first: only a text of as many bytes can have as many characters.
        offsets, _ = string_buffers(prompts)
        long = np.flatnonzero(np.diff(offsets) >= max(self._longest, _SHORTEST_CUT))
        if not len(long):
            return
        # Where most prompts are that long, some of them tell as much.
        stride = -(-len(long) // _LOOKED_AT)
        texts = prompts.take(pa.array(long[::stride]))
        lengths = pc.utf8_length(texts).drop_null().to_numpy(zero_copy_only=False)
        longest = int(lengths.max()) if len(lengths) else 0
        if longest > self._longest:
            self._longest, self._at_longest = longest, 0
        self._at_longest += stride * int(np.count_nonzero(lengths == self._longest))

    def state(self) -> dict[str, Any]:
        """The counts, fit for JSON: those of a piece of the log, to be added to those of the others."""
        kept = {name: getattr(self, f"_{name}") for name in (*_SUMS, "longest", "at_longest", "noticed")}
        return kept | {"filled": dict(self._filled)}

    def add_state(self, state: Mapping[str, Any]) -> None:
        """Adds the counts of another piece of the log."""
        for name in _SUMS:
            setattr(self, f"_{name}", getattr(self, f"_{name}") + state[name])
        self._noticed = [mine + theirs for mine, theirs in zip(self._noticed, state["noticed"], strict=True)]
        self._filled.update(state["filled"])
        if state["longest"] > self._longest:
            self._longest, self._at_longest = state["longest"], 0
        if state["longest"] == self._longest:
            self._at_longest += state["at_longest"]

    def filled(self, names: Sequence[str], rows: int) -> dict[str, float]:
        """Column -> percentage of rows that have it."""
        return {name: 100.0 * self._filled[name] / rows if rows else 0.0 for name in names}

    def notes(self) -> list[str]:
        """Remarks, in a fixed order."""
        found = []
        round_length = self._longest % 500 == 0 or self._longest % 256 == 0
        if round_length and self._prompts and self._at_longest >= max(_CUT_ROWS, _CUT_SHARE * self._prompts):
            share = _percent(min(self._at_longest, self._prompts), self._prompts)
            found.append(f"prompts look cut at {self._longest:,} characters: {share} of them")
        if self._cut:
            found.append(f"texts of more than {MAX_TEXT:,} characters were cut there: {self._cut:,} of them")
        found += [
            notice.text.format(share=_percent(count, self._read))
            for notice, count in zip(self._notices, self._noticed, strict=True)
            if count
        ]
        return found


def _percent(part: int, whole: int) -> str:
    share = 100.0 * part / whole
    return f"{share:.0f} %" if share >= 1 or not part else "under 1 %"
