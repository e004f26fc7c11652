"""The tiny teacher: a transformer of two layers that learns the range's own language within a minute on one core."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stillwatch.extras import require
from stillwatch.provenance.lab.fit import Row, fit
from stillwatch.range import grammar

_FEATURE = "the lab"
_TEXTS = 4000
_VOCABULARY = 1000
_WIDTH, _LAYERS = 96, 2
_EPOCHS, _BATCH, _RATE = 2, 24, 6e-3


def tiny_teacher(cache: Path, *, seed: int, progress: Callable[[str, int, int | None], None] | None = None) -> Path:
    """Folder of the tiny teacher of that seed, trained now unless the cache holds it."""
    folder = cache / f"tiny-teacher-{seed}"
    if folder.is_dir():
        return folder
    building = folder.with_name(f"{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    dice = random.Random(seed)
    texts = [_question_and_answer(dice) for _ in range(_TEXTS)]
    tokenizer = _tokenizer([f"{question}\n{answer}" for question, answer in texts])
    model = _trained(tokenizer, texts, seed, progress)
    model.save_pretrained(building)
    tokenizer.save_pretrained(building)
    building.rename(folder)
    return folder


def _question_and_answer(dice: random.Random) -> tuple[str, str]:
    concern = dice.choice(grammar.ANY_CONCERN)
    return grammar.chat(dice, [concern]), grammar.answer(dice, 1, [concern])


def _tokenizer(texts: list[str]) -> Any:
    tokenizers = require("tokenizers", feature=_FEATURE, extra="lab")
    transformers = require("transformers", feature=_FEATURE, extra="lab")
    made = tokenizers.ByteLevelBPETokenizer()
    made.train_from_iterator(texts, vocab_size=_VOCABULARY, special_tokens=["</s>"], show_progress=False)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made._tokenizer, eos_token="</s>", pad_token="</s>", clean_up_tokenization_spaces=False
    )


def _trained(
    tokenizer: Any,
    texts: list[tuple[str, str]],
    seed: int,
    progress: Callable[[str, int, int | None], None] | None,
) -> Any:
    torch = require("torch", feature=_FEATURE, extra="lab")
    transformers = require("transformers", feature=_FEATURE, extra="lab")
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=_WIDTH,
        intermediate_size=3 * _WIDTH,
        num_hidden_layers=_LAYERS,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.eos_token_id,
    )
    end = [tokenizer.eos_token_id]
    rows = [Row(tokenizer(f"{q}\n")["input_ids"][-40:] + tokenizer(a)["input_ids"] + end) for q, a in texts]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = transformers.LlamaForCausalLM(config)
    report: Callable[[int, int], None] | None = None
    if progress:
        heard = progress

        def report(done: int, steps: int) -> None:
            heard("training the tiny teacher", done, steps)

    fit(model, rows, epochs=_EPOCHS, batch=_BATCH, rate=_RATE, seed=seed, report=report)
    return model
