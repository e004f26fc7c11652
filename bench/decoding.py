"""What a mark costs the machine that decodes, as a share of the model's own work.

A Llama of the shape of SmolLM2-135M (30 layers, 576 wide, 49,152 tokens) with random weights decodes a batch on one
core. Processor seconds of the model's step and of the mark are counted apart in one run, and compared by their medians:
the speed of the machine, and what else runs on it, cancel out. On a larger model the share is smaller, since the
mark's work depends on the vocabulary alone.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from bench.innocents import master_of
from stillwatch.provenance.marks.marking import Marker, Sampling
from stillwatch.provenance.marks.positions import MarkKeys
from stillwatch.provenance.marks.settings import MarkSettings
from stillwatch.provenance.marks.transformers_processor import MarkProcessor

_VOCABULARY = 49_152
_GROUPS = ("", "red", "blue", "green")


def decoding_overhead(*, steps: int, batch: int = 8) -> dict[str, float]:
    """Processor time of the mark over that of the model, for each scheme, context width 1, over `steps` tokens."""
    import torch

    model, keys = _model(torch), MarkKeys.of(master_of(0).epoch("decoding"))
    schemes = ("greenlist", "fingerprint", "gumbel")
    groups = [_GROUPS[row % len(_GROUPS)] for row in range(batch)]
    marks = {
        scheme: MarkProcessor(
            Marker(keys, MarkSettings(scheme=scheme), vocabulary=_VOCABULARY),
            groups=groups,
            sampling=Sampling(temperature=0.8),
        )
        for scheme in schemes
    }
    spent: dict[str, list[float]] = {"model": [], **{scheme: [] for scheme in schemes}}
    ids = torch.randint(0, _VOCABULARY, (batch, 16), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        given = model(input_ids=ids, use_cache=True)
        cache = given.past_key_values
        for step in range(steps + 2):
            logits = given.logits[:, -1].float()
            for scheme in schemes:
                start = time.process_time()
                marks[scheme](ids, logits)
                spent[scheme].append(time.process_time() - start)
            chosen = logits.argmax(-1, keepdim=True) if step % 2 else torch.randint(0, _VOCABULARY, (batch, 1))
            ids = torch.cat([ids, chosen], dim=1)
            start = time.process_time()
            given = model(input_ids=chosen, past_key_values=cache, use_cache=True)
            spent["model"].append(time.process_time() - start)
    medians = {name: statistics.median(values[2:]) for name, values in spent.items()}  # the first ones compile
    figures = {f"decoding_overhead_{scheme}": medians[scheme] / medians["model"] for scheme in schemes}
    return {
        "decoding_overhead": figures["decoding_overhead_fingerprint"],
        **figures,
        "decoding_model_ms_per_step": 1e3 * medians["model"],
    }


def _model(torch: Any) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=_VOCABULARY,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        tie_word_embeddings=True,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return LlamaForCausalLM(config).eval()
