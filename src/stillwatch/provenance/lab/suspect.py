"""A model of the lab as a suspect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillwatch.extras import require
from stillwatch.provenance.lab.teacher import Language
from stillwatch.provenance.lab.trunk import Trunk, batches, layers_of, through
from stillwatch.provenance.local import LocalSuspect
from stillwatch.provenance.suspects import Floats, Prompt

_BUDGET = 2048  # tokens in a batch


class LabSuspect(LocalSuspect):
    """Answers as `LocalSuspect` does, and gives whole distributions; the teacher's kin read their frozen layers once.

    `trunk` is None for a model of another kind than the teacher.
    """

    def __init__(self, language: Language, trunk: Trunk | None, *, name: str) -> None:
        super().__init__(
            language.model, language.tokenizer, name=name, device=str(language.device), render=language.write
        )
        self._trunk = trunk

    def token_log_probabilities(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> list[Floats]:
        """See `Suspect`."""
        out: list[Floats] = [np.zeros(0)] * len(texts)
        for i, tokens, logits in self._logits(prompts, texts):
            values = logits.gather(1, tokens[:, None])[:, 0] - logits.logsumexp(1)
            out[i] = values.cpu().numpy().astype(np.float64)
        return out

    def next_token_log_probabilities(
        self, prompts: Sequence[Prompt], texts: Sequence[str]
    ) -> list[NDArray[np.float32]]:
        """See `DistributionSuspect`."""
        out: list[NDArray[np.float32]] = [np.zeros((0, 0), np.float32)] * len(texts)
        for i, _, logits in self._logits(prompts, texts):
            out[i] = logits.log_softmax(1).cpu().numpy()
        return out

    def _logits(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> Iterator[tuple[int, Any, Any]]:
        """For each text, in no order: its place, its tokens (n,) and the logits before each, float32 (n, vocabulary)."""
        torch = require("torch", feature="the lab", extra="lab")
        pairs = [(self.encode_prompt(p), self.encode(t)) for p, t in zip(prompts, texts, strict=True)]
        hidden = self._trunk.hidden([[*p, *t] for p, t in pairs]) if self._trunk else None
        for rows in batches([len(p) + len(t) for p, t in pairs], _BUDGET):
            with torch.inference_mode():
                if self._trunk and hidden:
                    states = torch.nn.utils.rnn.pad_sequence([hidden[i] for i in rows], batch_first=True)
                    states = through(self.model, states, self._trunk.depth, len(layers_of(self.model)))
                    states = self.model.model.norm(states)
                else:
                    width = max(len(pairs[i][0]) + len(pairs[i][1]) for i in rows)
                    ids = torch.zeros((len(rows), width), dtype=torch.long)
                    for row, i in enumerate(rows):
                        ids[row, : len(pairs[i][0]) + len(pairs[i][1])] = torch.tensor([*pairs[i][0], *pairs[i][1]])
                    # Attention is causal, and what is padded lies to the right: no mask is needed.
                    states = self.model.base_model(input_ids=ids.to(self.device)).last_hidden_state
                for row, i in enumerate(rows):
                    begin, count = len(pairs[i][0]), len(pairs[i][1])
                    logits = self.model.get_output_embeddings()(states[row, begin - 1 : begin + count - 1]).float()
                    yield i, torch.tensor(pairs[i][1], dtype=torch.long, device=logits.device), logits
