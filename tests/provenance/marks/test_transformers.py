"""The marks in transformers' own `generate`, on a model of random weights."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.errors import UsageError
from stillwatch.provenance.marks.attribution import attribute, group_pairs, provider_pairs
from stillwatch.provenance.marks.marking import Marker, Sampling
from stillwatch.provenance.marks.pairs import generated_pairs
from stillwatch.provenance.marks.radioactivity import deduplicated_test
from stillwatch.provenance.marks.settings import MarkSettings
from stillwatch.provenance.marks.transformers_processor import MarkProcessor, seen_before

from ..tiny import tiny_model

torch = pytest.importorskip("torch")


def numbers(text):
    return [int(one) for one in text.split()]


def write(settings, keys, *, temperature=1.0, rows=24, groups=()):
    """Texts that the random model writes under the mark, as lines of token numbers."""
    model = tiny_model()
    sampling = {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature else {"do_sample": False}
    marker = Marker(keys, settings, vocabulary=258)
    processor = MarkProcessor(marker, groups=groups, sampling=Sampling(temperature=temperature))
    with torch.random.fork_rng():
        torch.manual_seed(4)
        prompts = torch.randint(2, 258, (rows, 4))
        made = model.generate(
            input_ids=prompts,
            attention_mask=torch.ones_like(prompts),
            max_new_tokens=60,
            eos_token_id=None,
            pad_token_id=1,
            logits_processor=[processor],
            **sampling,
        )
    return [" ".join(map(str, row)) for row in made[:, 4:].tolist()]


def p_value(texts, keys, settings):
    pairs = generated_pairs([""] * len(texts), texts, encode=numbers, width=settings.context_width)
    return deduplicated_test(provider_pairs(pairs, keys, settings), keys.provider(), settings, name="m").p_value


@pytest.mark.parametrize("scheme", ["greenlist", "fingerprint", "gumbel"])
@pytest.mark.parametrize("width", [1, 2])
def test_marked_text_carries_the_providers_key_and_no_other(keys, scheme, width):
    strength = {"greenlist": 3.0, "fingerprint": 900.0, "gumbel": 1.0}[scheme]  # the model is nearly uniform
    settings = MarkSettings(scheme=scheme, context_width=width, strength=strength)
    texts = write(settings, keys)
    assert p_value(texts, keys, settings) < 1e-9
    from stillwatch.provenance.keys import MasterKey
    from stillwatch.provenance.marks.positions import MarkKeys

    assert p_value(texts, MarkKeys.of(MasterKey(bytes(32)).epoch("2026-11")), settings) > 1e-4


def test_a_groups_key_is_in_its_own_rows_alone(keys):
    settings = MarkSettings(scheme="greenlist", strength=4.0, group_share=0.4)
    texts = write(settings, keys, groups=["red", ""] * 12)
    groups = ["red", "blue"]
    for part, found in ((texts[::2], True), (texts[1::2], False)):
        pairs = generated_pairs([""] * len(part), part, encode=numbers, width=1)
        red, blue = attribute(pairs, keys, groups, settings, decoys=0)
        assert (red.details["corrected_p_value"] < 1e-6) == found
        assert blue.p_value > 1e-4
        assert len(group_pairs(pairs, keys, settings).tokens) + len(
            provider_pairs(pairs, keys, settings).tokens
        ) == len(pairs.tokens)


def test_green_marks_act_at_temperature_0_and_gumbel_does_not(keys):
    green = MarkSettings(scheme="greenlist", strength=3.0)
    assert p_value(write(green, keys, temperature=0.0), keys, green) < 1e-4
    gumbel = MarkSettings(scheme="gumbel")
    plain = write(MarkSettings(scheme="greenlist", strength=1e-9), keys, temperature=0.0)
    assert write(gumbel, keys, temperature=0.0) == plain


def test_a_processor_is_of_one_call(keys):
    processor = MarkProcessor(Marker(keys, MarkSettings(), vocabulary=258))
    processor(torch.zeros((1, 5), dtype=torch.long), torch.zeros((1, 258)))
    with pytest.raises(UsageError, match="anew"):
        processor(torch.zeros((1, 4), dtype=torch.long), torch.zeros((1, 258)))


def test_groups_must_fit_the_batch(keys):
    processor = MarkProcessor(Marker(keys, MarkSettings(), vocabulary=258), groups=["a", "b"])
    with pytest.raises(UsageError, match="batch of 3"):
        processor(torch.zeros((3, 5), dtype=torch.long), torch.zeros((3, 258)))


def test_a_context_is_seen_before_as_a_whole():
    tokens = torch.tensor([[1, 2, 3, 1, 2], [1, 2, 3, 2, 1], [9, 9, 9, 9, 9]])
    assert seen_before(tokens, 2).tolist() == [True, False, True]
    assert seen_before(tokens, 1).tolist() == [True, True, True]
    assert seen_before(tokens[:, :1], 1).tolist() == [False] * 3
    assert np.asarray(seen_before(tokens[:, :2], 2)).tolist() == [False] * 3
