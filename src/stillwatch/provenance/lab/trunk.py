"""The frozen lower layers of a model, run once for each text: what makes many students of one base cheap.

A student that adapts only the upper layers reads the same hidden states at every epoch, and so does every other
student of that base, and every test of them. They are computed once and kept (1.2 KB a token for SmolLM2-135M).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from stillwatch.extras import require
from stillwatch.provenance.lab.teacher import LabError, Language
from stillwatch.provenance.local import batches

#: Families whose decoder layers are called alike. In others the hidden states are scaled, mixed or masked on the way.
FAMILIES = frozenset({"llama", "mistral", "qwen2", "qwen3"})
_FEATURE = "the lab"


def layers_of(model: Any) -> Any:
    """The decoder layers of a model of a known family. Raises `LabError` for another."""
    if model.config.model_type not in FAMILIES:
        raise LabError(
            f"a LoRA student needs a base of the families {', '.join(sorted(FAMILIES))}, not "
            f"{model.config.model_type}: train that one from scratch, or give a folder with a trained student"
        )
    return model.model.layers


def through(model: Any, hidden: Any, first: int, last: int) -> Any:
    """Hidden states (batch, width, d) after the layers first..last-1. Texts start at the left and are padded right."""
    torch = require("torch", feature=_FEATURE, extra="lab")
    positions = torch.arange(hidden.shape[1], device=hidden.device)[None]
    turned = model.model.rotary_emb(hidden, positions)
    for layer in layers_of(model)[first:last]:
        # No mask: attention is causal, and what is padded lies to the right of everything that is read.
        made = layer(hidden, attention_mask=None, position_ids=positions, position_embeddings=turned)
        hidden = made[0] if isinstance(made, tuple) else made
    return hidden


class Trunk:
    """Hidden states of texts after the first `depth` layers of a base model, kept once computed."""

    def __init__(self, base: Language, depth: int) -> None:
        layers = layers_of(base.model)
        if not 0 <= depth < len(layers):
            raise LabError(f"{base.name} has {len(layers)} layers: {depth} of them can't be the frozen ones")
        self.base, self.depth = base, depth
        self._kept: dict[bytes, Any] = {}

    def hidden(self, texts: Sequence[Sequence[int]], *, budget: int = 4096) -> list[Any]:
        """For each text (its token numbers) its hidden states, shape (length, d)."""
        torch = require("torch", feature=_FEATURE, extra="lab")
        names = [hashlib.sha256(np.array(text, np.int64).tobytes()).digest()[:16] for text in texts]
        new = list({name: text for name, text in zip(names, texts, strict=True) if name not in self._kept}.items())
        model = self.base.model
        with torch.no_grad():
            for rows in batches([len(text) for _, text in new], budget):
                width = len(new[rows[0]][1])
                ids = torch.zeros((len(rows), width), dtype=torch.long)
                for row, i in enumerate(rows):
                    ids[row, : len(new[i][1])] = torch.tensor(new[i][1])
                hidden = model.model.embed_tokens(ids.to(model.device))
                hidden = through(model, hidden, 0, self.depth)
                for row, i in enumerate(rows):
                    self._kept[new[i][0]] = hidden[row, : len(new[i][1])].clone()
        return [self._kept[name] for name in names]
