"""The marking of logits: which key acts on each row, and the three schemes on a CPU and on any other device.

A row is the logits of one response's next token, shape (vocabulary,), as the model gave them: before temperature,
top-k and top-p. Tokens at minus infinity (a grammar's, a ban's) stay there under every scheme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import UsageError
from stillwatch.extras import require
from stillwatch.provenance.marks.colours import Ints
from stillwatch.provenance.marks.device import DeviceTables, truncate
from stillwatch.provenance.marks.kernels import bias_fingerprint, bias_green, choose_gumbel, context_draws
from stillwatch.provenance.marks.positions import MarkKeys, TableStack, group_cut
from stillwatch.provenance.marks.settings import MarkSettings

_FEATURE = "marking responses"


@dataclass(frozen=True)
class Sampling:
    """How a response is sampled after the mark; only the Gumbel mark asks, since it makes the choice itself."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0


class Marker:
    """Marks batches of logits in place. One per process: it holds the word tables of the keys in use."""

    def __init__(self, keys: MarkKeys, settings: MarkSettings, *, vocabulary: int) -> None:
        self.settings = settings
        self._stack = TableStack(keys, settings, vocabulary=vocabulary)
        self._router = np.ascontiguousarray(self._stack.router)
        self._vocabulary = vocabulary
        self._devices: dict[str, DeviceTables] = {}

    def slots(self, groups: Sequence[str]) -> Ints:
        """Where the tables of each row's group are, int64[rows]; 0 for `PROVIDER`, a response of no group."""
        busy = frozenset(groups)
        return np.array([self._stack.slot(group, busy=busy) if group else 0 for group in groups], np.int64)

    def apply(
        self,
        logits: Any,
        contexts: Any,
        slots: Any,
        *,
        sampling: Sequence[Sampling] | None = None,
        repeated: Any = None,
    ) -> Any:
        """Mark float32 logits (rows, vocabulary) in place, and return them.

        `contexts` int64 (rows, context_width) with the nearest token first; a row with a negative token in it is left
        alone. `slots` as `slots()` gives them. `sampling`, a row each, and `repeated`, bool (rows,), whether the
        context has occurred in this response before, matter to the Gumbel mark alone: a response that meets a context
        again is sampled without the mark there, since the same noise twice makes text run in circles.
        """
        torch = require("torch", feature=_FEATURE, extra="provenance")
        if logits.dtype != torch.float32:
            raise UsageError(f"marks act on float32 logits, not on {logits.dtype}")
        if logits.device.type == "cpu":
            contexts, slots = _as_numpy(contexts), _as_numpy(slots)
            index = self._layer(contexts, slots)
            self._on_cpu(torch, logits, np.maximum(contexts, 0), index, sampling, repeated)
        else:
            self._tables_on(logits.device).apply(logits, contexts, slots, sampling=sampling, repeated=repeated)
        return logits

    def _layer(self, contexts: Ints, slots: Ints) -> Ints:
        """Which tables act on each row: 0 the provider's, above 0 a group's, -1 none."""
        draws = np.empty(len(contexts), np.uint32)
        context_draws(self._router, np.maximum(contexts, 0), draws)
        grouped = draws < np.uint32(group_cut(self.settings))
        index = np.where(grouped, np.where(slots > 0, slots, -1), 0)
        return np.where((contexts < 0).any(axis=1), -1, index)

    def _on_cpu(
        self,
        torch: Any,
        logits: Any,
        contexts: Ints,
        index: Ints,
        sampling: Sequence[Sampling] | None,
        repeated: Any,
    ) -> None:
        settings, tables = self.settings, self._stack.words
        cut = np.uint32(settings.levels.cuts[0])
        # Models pad their vocabulary: what is beyond the tables is no token, and never marked or chosen.
        known = logits[:, : self._vocabulary]
        values = known.numpy()
        if settings.scheme == "greenlist":
            bias_green(values, tables, index, contexts, cut, np.float32(settings.bias))
        elif settings.scheme == "fingerprint":
            proxy = torch.softmax(known, dim=-1).numpy()
            bias_fingerprint(values, proxy, tables, index, contexts, cut, np.float32(settings.bias))
        else:
            index = without_greedy(index, sampling, repeated)
            rows = np.flatnonzero(index >= 0)
            if len(rows):
                kept = truncate(torch, known[rows], _rows(sampling, rows)).numpy()
                chosen = np.zeros(len(rows), np.int64)
                choose_gumbel(kept, tables, index[rows], contexts[rows], chosen)
                logits.numpy()[rows] = -np.inf
                values[rows, chosen] = 0.0

    def _tables_on(self, device: Any) -> DeviceTables:
        name = str(device)
        if name not in self._devices:
            self._devices[name] = DeviceTables(self._stack, self.settings, device=device)
        self._devices[name].refresh()
        return self._devices[name]


def without_greedy(index: Ints, sampling: Sequence[Sampling] | None, repeated: Any) -> Ints:
    """The index with -1 where a Gumbel mark can't act: at temperature 0, and where the context came before."""
    if sampling is not None:
        index = np.where(np.array([one.temperature > 0 for one in sampling]), index, -1)
    if repeated is not None:
        index = np.where(_as_numpy(repeated), -1, index)
    return index


def _rows(sampling: Sequence[Sampling] | None, rows: NDArray[np.intp]) -> list[Sampling]:
    return [Sampling() if sampling is None else sampling[row] for row in rows]


def _as_numpy(values: Any) -> Any:
    return values.numpy() if hasattr(values, "numpy") else np.asarray(values)
