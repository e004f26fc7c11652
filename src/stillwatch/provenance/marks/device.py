"""The marks as tensor operations, for logits on an accelerator: nothing here waits for the device.

The words are kept as int64, whose products wrap as unsigned ones do; a right shift is masked, since it would copy the
sign. `tests/provenance/marks/test_device.py` holds these to the kernels, bit by bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from stillwatch.extras import require
from stillwatch.provenance.marks.positions import TableStack, group_cut
from stillwatch.provenance.marks.settings import MarkSettings

if TYPE_CHECKING:
    from stillwatch.provenance.marks.marking import Sampling

_MIX1 = 0xFF51AFD7ED558CCD - (1 << 64)
_MIX2 = 0xC4CEB9FE1A85EC53 - (1 << 64)
_LOW31, _LOW32 = (1 << 31) - 1, (1 << 32) - 1
_ROWS = 32


class DeviceTables:
    """The word tables of a `TableStack` on one device, and the schemes over them."""

    def __init__(self, stack: TableStack, settings: MarkSettings, *, device: Any) -> None:
        self._torch = require("torch", feature="marking responses", extra="provenance")
        self._stack, self._settings, self._device = stack, settings, device
        self._router = self._copy(stack.router)
        self._words = self._copy(stack.words)
        self._version = stack.version

    def _copy(self, words: Any) -> Any:
        return self._torch.from_numpy(words.view(np.int64)).to(self._device)

    def refresh(self) -> None:
        """Bring the device's copy up to date with groups that came in on the host."""
        if self._version != self._stack.version:
            self._words = self._copy(self._stack.words)
            self._version = self._stack.version

    def apply(
        self, logits: Any, contexts: Any, slots: Any, *, sampling: Sequence[Sampling] | None, repeated: Any
    ) -> None:
        """See `Marker.apply`; contexts and slots are taken to the device where they are not there yet."""
        torch, settings = self._torch, self._settings
        contexts = torch.as_tensor(contexts, dtype=torch.int64, device=logits.device)
        slots = torch.as_tensor(slots, dtype=torch.int64, device=logits.device)
        known = (contexts >= 0).all(dim=1)
        contexts = contexts.clamp_min(0)
        first = torch.zeros_like(slots)
        grouped = (self._mix(self._heads(self._router[None], first, contexts)) >> 32) & _LOW32 < group_cut(settings)
        index = torch.where(grouped, slots, first)
        active = known & ~(grouped & (slots == 0))
        heads = self._heads(self._words, index, contexts)
        if settings.scheme == "gumbel":
            self._gumbel(logits, self._draws(heads, index), active, sampling, repeated)
            return
        for start in range(0, len(index), _ROWS):  # a few rows at a time: a draw takes 8 bytes for each token
            rows = slice(start, start + _ROWS)
            draws = self._draws(heads[rows], index[rows])
            part = logits[rows, : draws.shape[1]]
            green = (draws >= settings.levels.cuts[0]) & active[rows, None]
            if settings.scheme == "greenlist":
                part += settings.bias * green
            else:
                proxy = torch.softmax(part, dim=-1) * active[rows, None]
                share = (proxy * green).sum(dim=-1, keepdim=True)
                part += settings.bias * proxy * (green.to(part.dtype) - share)

    def _draws(self, heads: Any, index: Any) -> Any:
        """Draw of every token after each row's context, int64 (rows, vocabulary)."""
        return (self._mix(heads[:, None] ^ self._words[index, 0]) >> 32) & _LOW32

    def _heads(self, words: Any, index: Any, contexts: Any) -> Any:
        """Word of each row's context under the tables at `index`, int64 (rows,)."""
        word = words[index, 1, contexts[:, 0]]
        if contexts.shape[1] > 1:
            for place in range(1, contexts.shape[1]):
                word = word ^ words[index, 1 + place, contexts[:, place]]
            word = self._mix(word)
        return word

    def _mix(self, word: Any) -> Any:
        word = word ^ ((word >> 33) & _LOW31)
        word = word * _MIX1
        word = word ^ ((word >> 33) & _LOW31)
        word = word * _MIX2
        return word ^ ((word >> 33) & _LOW31)

    def _gumbel(self, logits: Any, draws: Any, active: Any, sampling: Sequence[Sampling] | None, repeated: Any) -> None:
        torch = self._torch
        if sampling is not None:
            warm = torch.tensor([one.temperature > 0 for one in sampling], device=logits.device)
            active = active & warm
            kept = truncate(torch, logits[:, : draws.shape[1]], sampling)
        else:
            kept = logits[:, : draws.shape[1]]
        if repeated is not None:
            active = active & ~torch.as_tensor(repeated, device=logits.device)
        noise = -torch.log(-torch.log((draws.to(torch.float64) + 0.5) * 2.0**-32))
        chosen = (kept.to(torch.float64) + noise).argmax(dim=-1, keepdim=True)
        alone = torch.full_like(logits, -torch.inf).scatter_(1, chosen, 0.0)
        logits.copy_(torch.where(active[:, None], alone, logits))


def truncate(torch: Any, logits: Any, sampling: Sequence[Sampling]) -> Any:
    """A copy with temperature, top-k and top-p done: minus infinity outside. Temperature 0 counts as 1."""
    warmth = torch.tensor([one.temperature or 1.0 for one in sampling], dtype=logits.dtype, device=logits.device)
    out = logits / warmth[:, None]
    if any(one.top_k > 0 for one in sampling):
        size = logits.shape[1]
        keep = torch.tensor([min(one.top_k, size) if one.top_k > 0 else size for one in sampling], device=logits.device)
        least = out.sort(dim=-1, descending=True).values.gather(1, keep[:, None] - 1)
        out = out.masked_fill(out < least, -torch.inf)
    if any(one.top_p < 1 for one in sampling):
        share = torch.tensor([one.top_p for one in sampling], dtype=logits.dtype, device=logits.device)
        ordered, order = out.sort(dim=-1, descending=True)
        chances = ordered.softmax(dim=-1)
        beyond = chances.cumsum(dim=-1) - chances >= share[:, None]  # the first token always stays
        out = out.masked_fill(beyond.scatter(1, order, beyond), -torch.inf)
    return out
