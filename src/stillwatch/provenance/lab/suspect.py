"""A model of the lab as a suspect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillwatch.extras import require
from stillwatch.provenance.lab.teacher import Language
from stillwatch.provenance.lab.trunk import Trunk, layers_of, through
from stillwatch.provenance.local import LocalSuspect, batches
from stillwatch.provenance.suspects import Floats, Prompt

_BUDGET = 2048  # tokens in a batch


class LabSuspect(LocalSuspect):
    """Answers as `LocalSuspect` does, and gives whole distributions; the teacher's kin read their frozen layers once.

    `trunk` is None for a model of another kind than the teacher. What it said of the tokens of a text is remembered,
    and with `remember_distributions` all of what it said (100 KB a token of SmolLM2's vocabulary): several tests ask
    the same of the same texts, and every student's test asks it of the reference.
    """

    def __init__(
        self, language: Language, trunk: Trunk | None, *, name: str, remember_distributions: bool = False
    ) -> None:
        super().__init__(language.model, language.tokenizer, name=name, device=str(language.device))
        self._trunk = trunk
        self._said: dict[tuple[str, str], Floats] = {}
        self._distributions: dict[tuple[str, str], NDArray[np.float16]] | None = {} if remember_distributions else None

    def token_log_probabilities(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> list[Floats]:
        """See `Suspect`."""
        names = self._names(prompts, texts)
        new = [i for i, name in enumerate(names) if name not in self._said]
        for at, tokens, logits in self._logits([prompts[i] for i in new], [texts[i] for i in new]):
            values = logits.gather(1, tokens[:, None])[:, 0] - logits.logsumexp(1)
            self._said[names[new[at]]] = values.cpu().numpy().astype(np.float64)
        return [self._said[name] for name in names]

    def next_token_log_probabilities(
        self, prompts: Sequence[Prompt], texts: Sequence[str]
    ) -> list[NDArray[np.float32]]:
        """See `DistributionSuspect`."""
        names, kept = self._names(prompts, texts), self._distributions
        out = [np.zeros((0, 0), np.float32)] * len(texts)
        new = [i for i, name in enumerate(names) if kept is None or name not in kept]
        for at, tokens, logits in self._logits([prompts[i] for i in new], [texts[i] for i in new]):
            scores = logits.log_softmax(1).cpu().numpy()
            chosen = tokens.cpu().numpy()
            out[new[at]], name = scores, names[new[at]]
            self._said[name] = scores[np.arange(len(chosen)), chosen].astype(np.float64)
            if kept is not None:
                kept[name] = scores.astype(np.float16)
        if kept is not None:
            return [kept[name].astype(np.float32) for name in names]
        return out

    def _names(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> list[tuple[str, str]]:
        return [(self.render(prompt), text) for prompt, text in zip(prompts, texts, strict=True)]

    def _logits(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> Iterator[tuple[int, Any, Any]]:
        """For each text, in no order: its place, its tokens (n,), and the logits of each, float32 (n, vocabulary)."""
        torch = require("torch", feature="the lab", extra="lab")
        pairs = self._encoded(prompts, texts)
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
