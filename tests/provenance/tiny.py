"""A tiny real model: a two-layer Llama over bytes, made in code, and a way to train it on texts."""

from __future__ import annotations

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast


def byte_tokenizer() -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<s>": 0, "</s>": 1} | {letter: i for i, letter in enumerate(alphabet, start=2)}
    tokenizer = Tokenizer(BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>")


def tiny_model(seed: int = 0, width: int = 48) -> LlamaForCausalLM:
    torch.set_num_threads(1)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = LlamaConfig(
            vocab_size=258,
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=512,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
        )
        return LlamaForCausalLM(config).eval()


def train(model: LlamaForCausalLM, suspect, prompts, texts, *, epochs: int, rate: float = 3e-3, seed: int = 0):
    """Teach the texts, given their prompts as `suspect` writes them."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model.train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
        rows = [
            (suspect.encode_prompt(prompt), suspect.encode(text)) for prompt, text in zip(prompts, texts, strict=True)
        ]
        for _ in range(epochs):
            for start in range(0, len(rows), 16):
                part = rows[start : start + 16]
                width = max(len(p) + len(t) for p, t in part)
                ids = torch.ones((len(part), width), dtype=torch.long)
                labels = torch.full((len(part), width), -100)
                for i, (p, t) in enumerate(part):
                    ids[i, : len(p) + len(t)] = torch.tensor(p + t)
                    labels[i, len(p) : len(p) + len(t)] = torch.tensor(t)
                loss = model(input_ids=ids, labels=labels).loss
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        model.eval()
    return model
