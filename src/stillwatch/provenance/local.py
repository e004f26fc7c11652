"""A suspect whose weights are at hand, through transformers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillwatch.extras import require
from stillwatch.provenance.errors import SuspectError, TextTooLongError
from stillwatch.provenance.suspects import Floats, Prompt, as_messages, log_likelihood

_FEATURE = "a suspect with open weights"


def tokenizer_id(tokenizer: Any) -> str:
    """SHA-256 of the vocabulary (token to number) in hexadecimal: equal for tokenizers that cut into equal tokens."""
    vocabulary = sorted(tokenizer.get_vocab().items())
    return hashlib.sha256(json.dumps(vocabulary, ensure_ascii=False).encode()).hexdigest()


def plain_text(prompt: Prompt) -> str:
    """How a prompt is written for a model without a chat template: the messages, a line each."""
    return "\n".join(message["content"] for message in as_messages(prompt)) + "\n"


def written(tokenizer: Any, prompt: Prompt) -> str:
    """The prompt as the tokenizer's model reads it: by its chat template, or plainly where it has none."""
    if getattr(tokenizer, "chat_template", None):
        text: str = tokenizer.apply_chat_template(as_messages(prompt), tokenize=False, add_generation_prompt=True)
        return text
    return plain_text(prompt)


def encoded(tokenizer: Any, text: str, *, begins: bool = False) -> list[int]:
    """Token numbers of a piece of text; where it `begins` a text, behind the token that starts one, if there is any."""
    tokens: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    start = tokenizer.bos_token_id
    return [start, *tokens] if begins and start is not None and tokens[:1] != [start] else tokens


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices by falling length, in batches of at most `budget` tokens, padding included; a long text is alone."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if batch and (len(batch) + 1) * max(1, lengths[batch[0]]) > budget:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


class LocalSuspect:
    """A causal language model of transformers, from a local folder or already loaded.

    A prompt is written with the tokenizer's chat template, or as `plain_text` where it has none; `render` overrides
    both. A text's tokens follow the prompt's, each cut on its own, so that the boundary never moves.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any = None,
        *,
        name: str | None = None,
        device: str | None = None,
        batch_tokens: int = 2048,
        render: Callable[[Prompt], str] | None = None,
    ) -> None:
        torch = require("torch", feature=_FEATURE, extra="provenance")
        if isinstance(model, str | Path):
            folder = Path(model)
            model, tokenizer = _load(folder, tokenizer)
            name = name or folder.name
        elif tokenizer is None:
            raise SuspectError("a loaded model needs its tokenizer too")
        self.name = name or type(model).__name__
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.to(self.device).eval()
        self.tokenizer = tokenizer
        self.tokenizer_id = tokenizer_id(tokenizer)
        self.render = render or partial(written, tokenizer)
        self._batch_tokens = batch_tokens

    def encode(self, text: str) -> list[int]:
        """Token numbers of a piece of text, with nothing added."""
        return encoded(self.tokenizer, text)

    def encode_prompt(self, prompt: Prompt) -> list[int]:
        """Token numbers of a prompt as it is written for this model; at least one, to predict the first token from."""
        tokens = encoded(self.tokenizer, self.render(prompt), begins=True)
        if not tokens:
            raise SuspectError(f"{self.name}: an empty prompt, and the tokenizer has no start token to begin with")
        return tokens

    def log_likelihood(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> Floats:
        """See `Suspect`."""
        return log_likelihood(self, prompts, texts)

    def token_log_probabilities(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> list[Floats]:
        """See `Suspect`. Texts beyond the model's context length are a `TextTooLongError`."""
        out: list[Floats] = [np.zeros(0)] * len(texts)
        for i, tokens, logits in self._logits(prompts, texts):
            values = logits.gather(1, tokens[:, None])[:, 0] - logits.logsumexp(1)
            out[i] = values.cpu().numpy().astype(np.float64)
        return out

    def next_token_log_probabilities(
        self, prompts: Sequence[Prompt], texts: Sequence[str]
    ) -> list[NDArray[np.float32]]:
        """See `DistributionSuspect`."""
        out = [np.zeros((0, 0), np.float32)] * len(texts)
        for i, _, logits in self._logits(prompts, texts):
            out[i] = logits.log_softmax(1).cpu().numpy()
        return out

    def _encoded(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> list[tuple[list[int], list[int]]]:
        """Token numbers of each prompt and of its text."""
        pairs = [(self.encode_prompt(p), self.encode(t)) for p, t in zip(prompts, texts, strict=True)]
        limit = getattr(self.model.config, "max_position_embeddings", None)
        longest = max((len(p) + len(t) for p, t in pairs), default=0)
        if limit and longest > limit:
            raise TextTooLongError(
                f"{self.name}: a prompt with its text has {longest} tokens, more than its context of {limit}"
            )
        return pairs

    def _logits(self, prompts: Sequence[Prompt], texts: Sequence[str]) -> Iterator[tuple[int, Any, Any]]:
        """For each text, in no order: its place, its tokens (n,), and the logits of each, float32 (n, vocabulary)."""
        torch = require("torch", feature=_FEATURE, extra="provenance")
        pairs = self._encoded(prompts, texts)
        for batch in batches([len(p) + len(t) for p, t in pairs], self._batch_tokens):
            width = max(len(pairs[i][0]) + len(pairs[i][1]) for i in batch)
            ids = torch.zeros((len(batch), width), dtype=torch.long)
            mask = torch.zeros((len(batch), width), dtype=torch.long)
            for row, i in enumerate(batch):
                tokens = pairs[i][0] + pairs[i][1]
                ids[row, : len(tokens)] = torch.tensor(tokens)
                mask[row, : len(tokens)] = 1
            with torch.inference_mode():
                logits = self.model(input_ids=ids.to(self.device), attention_mask=mask.to(self.device)).logits
            for row, i in enumerate(batch):
                start, count = len(pairs[i][0]), len(pairs[i][1])
                chosen = torch.tensor(pairs[i][1], dtype=torch.long, device=logits.device)
                yield i, chosen, logits[row, start - 1 : start + count - 1].float()

    def generate(self, prompts: Sequence[Prompt], *, max_tokens: int, temperature: float, seed: int) -> list[str]:
        """See `Suspect`. Deterministic for one seed, one list of prompts and one machine."""
        torch = require("torch", feature=_FEATURE, extra="provenance")
        asked = [self.encode_prompt(prompt) for prompt in prompts]
        pad = next(
            (t for t in (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id) if t is not None),
            0,
        )
        out = [""] * len(asked)
        devices = [self.model.device] if self.device.startswith("cuda") else []
        with torch.random.fork_rng(devices=devices), torch.inference_mode():
            torch.manual_seed(seed)
            for batch in batches([len(tokens) + max_tokens for tokens in asked], self._batch_tokens):
                width = max(len(asked[i]) for i in batch)
                ids = torch.full((len(batch), width), pad, dtype=torch.long)
                mask = torch.zeros((len(batch), width), dtype=torch.long)
                for row, i in enumerate(batch):
                    ids[row, width - len(asked[i]) :] = torch.tensor(asked[i])
                    mask[row, width - len(asked[i]) :] = 1
                sampling = {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature > 0 else {}
                made = self.model.generate(
                    input_ids=ids.to(self.device),
                    attention_mask=mask.to(self.device),
                    max_new_tokens=max_tokens,
                    pad_token_id=pad,
                    **(sampling or {"do_sample": False}),
                )
                for row, i in enumerate(batch):
                    out[i] = self.tokenizer.decode(made[row, width:], skip_special_tokens=True)
        return out


def _load(folder: Path, tokenizer: Any) -> tuple[Any, Any]:
    transformers = require("transformers", feature=_FEATURE, extra="provenance")
    if not (folder / "config.json").is_file():
        raise SuspectError(f"{folder}: not a model folder of transformers (no config.json in it)")
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
        if tokenizer is None:
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as cause:
        raise SuspectError(f"{folder}: transformers can't load it: {str(cause).splitlines()[0]}") from cause
    return model, tokenizer
