"""Whole distributions over unmarked texts: a planted bias is found, and only under its key."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from stillwatch.errors import UsageError
from stillwatch.provenance.errors import NotComputableError
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.marks.distributions import distribution_pairs, surplus_pairs
from stillwatch.provenance.marks.pairs import excess, generated_pairs
from stillwatch.provenance.marks.positions import MarkKeys
from stillwatch.provenance.marks.radioactivity import radioactivity_test
from stillwatch.provenance.marks.settings import MarkSettings
from stillwatch.provenance.suspects import EndpointSuspect

VOCABULARY, LENGTH, WIDTH = 60, 30, 1
SETTINGS = MarkSettings(group_share=0.0)
KEY = MarkKeys.of(MasterKey(bytes(range(32))).epoch("2026-11")).provider()
_DICE = np.random.default_rng(3)
TEXTS = [" ".join(map(str, _DICE.integers(0, VOCABULARY, LENGTH))) for _ in range(40)]
PROMPTS = [""] * len(TEXTS)


def encode(text):
    return [int(word) for word in text.split()]


class Model:
    """A bigram model with random habits; `shift` is added to the logits of the key's green tokens."""

    tokenizer_id = "numbers"

    def __init__(self, seed: int, shift: float = 0.0, key=KEY) -> None:
        self.name = f"model {seed}"
        logits = np.random.default_rng(seed).normal(0, 1, (VOCABULARY, VOCABULARY))
        if shift:
            contexts, tokens = np.divmod(np.arange(VOCABULARY**2), VOCABULARY)
            green = SETTINGS.levels.of(key.draws(contexts[:, None], tokens)).reshape(VOCABULARY, VOCABULARY)
            logits = logits + shift * green
        self.scores = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    def next_token_log_probabilities(self, prompts, texts):
        return [self.scores[[0, *encode(text)[:-1]]].astype(np.float32) for text in texts]

    def token_log_probabilities(self, prompts, texts):
        return [
            scores[np.arange(len(encode(t))), encode(t)]
            for scores, t in zip(self.next_token_log_probabilities(prompts, texts), texts, strict=True)
        ]

    def log_likelihood(self, prompts, texts):
        return np.array([values.sum() for values in self.token_log_probabilities(prompts, texts)])

    def generate(self, prompts, *, max_tokens, temperature, seed):
        return [""] * len(prompts)


def _pairs(suspect, *references):
    return distribution_pairs(suspect, references, PROMPTS, TEXTS, encode=encode, width=WIDTH)


def _p(pairs, key=KEY):
    return radioactivity_test(pairs, key, SETTINGS, name="mark", seed=1, decoys=0).p_value


def test_a_small_shift_is_found_under_its_key_alone():
    pairs = _pairs(Model(1, shift=0.3), Model(1))
    assert _p(pairs) < 1e-12
    master = MasterKey(bytes(range(32)))
    others = [_p(pairs, MarkKeys.of(master.epoch(f"e{i}")).provider()) for i in range(60)]
    assert min(others) > 1e-5


def test_p_values_of_an_innocent_model_are_uniform_over_keys():
    pairs = _pairs(Model(1), Model(2))
    master = MasterKey(bytes(32))
    found = [_p(pairs, MarkKeys.of(master.epoch(f"e{i}")).provider()) for i in range(120)]
    assert kstest(found, "uniform").pvalue > 1e-4


def test_every_place_with_a_context_is_scored_and_no_other():
    pairs = _pairs(Model(1), Model(2))
    assert pairs.scored == len(TEXTS) * (LENGTH - WIDTH)
    said = {(a, b) for text in TEXTS for a, b in zip(encode(text), encode(text)[1:], strict=False)}
    assert {int(context) for context in pairs.contexts[:, 0]} <= {a for a, _ in said}


def test_a_model_that_agrees_with_its_reference_weighs_nothing():
    assert not np.any(_pairs(Model(4), Model(4)).weights)


def test_several_references_are_averaged():
    suspect, one, two = Model(1), Model(2), Model(3)
    assert not np.allclose(_pairs(suspect, one).weights[:50], _pairs(suspect, one, two).weights[:50])
    assert not np.any(_pairs(suspect, suspect, suspect).weights)


def test_without_distributions_it_is_not_computable():
    with pytest.raises(NotComputableError, match="read_pairs"):
        _pairs(EndpointSuspect("http://localhost/v1", "m"), Model(1))


def test_another_cut_into_tokens_is_not_computable():
    class Other(Model):
        def next_token_log_probabilities(self, prompts, texts):
            return [scores[:-1] for scores in super().next_token_log_probabilities(prompts, texts)]

    with pytest.raises(NotComputableError, match="otherwise"):
        _pairs(Other(1), Model(1))
    with pytest.raises(NotComputableError, match="otherwise"):
        _surplus(["1 2 3"], Other(1))


def _spoken(model, seed=0, count=300):
    """Answers that the model samples, as texts."""
    dice = np.random.default_rng(seed)
    chances = np.exp(model.scores)
    said = []
    for _ in range(count):
        tokens = [int(dice.integers(VOCABULARY))]
        while len(tokens) < LENGTH:
            tokens.append(int(dice.choice(VOCABULARY, p=chances[tokens[-1]])))
        said.append(" ".join(map(str, tokens)))
    return said


def _surplus(texts, *references, prompts=None):
    return surplus_pairs(references, prompts or [""] * len(texts), texts, encode=encode, width=WIDTH)


def test_a_surplus_is_what_was_said_less_its_chance():
    model, text = Model(1), "3 4 3 4 5"
    found = _surplus([text], model)
    assert found.scored == 4
    weights = dict(
        zip(zip(found.contexts[:, 0].tolist(), found.tokens.tolist(), strict=True), found.weights, strict=True)
    )
    assert weights[3, 4] == pytest.approx(2 * (1 - np.exp(model.scores[3, 4])), abs=1e-6)
    likeliest = int(model.scores[4].argmax())
    said = {3: 1, 5: 1}.get(likeliest, 0)
    assert weights[4, likeliest] == pytest.approx(said - 2 * np.exp(model.scores[4, likeliest]), abs=1e-6)


def test_what_stands_in_the_prompt_has_no_surplus():
    found = _surplus(["1 2 3", "1 2 3"], Model(1), prompts=["9 1 2", [{"role": "user", "content": "2 3"}]])
    assert found.scored == 2
    assert set(found.contexts[:, 0].tolist()) == {1, 2}


def test_a_surplus_hears_more_in_the_same_answers_than_sampling_the_reference_does():
    said, base = _spoken(Model(1, shift=0.3)), _spoken(Model(1), seed=1)
    empty = [""] * len(said)
    counts = [generated_pairs(empty, texts, encode=encode, width=WIDTH) for texts in (said, base)]
    assert _p(_surplus(said, Model(1))) < _p(excess(*counts)) / 100
    assert _p(_surplus(said, Model(1))) < 1e-6


def test_a_surplus_of_an_innocent_model_is_uniform_over_keys():
    pairs = _surplus(_spoken(Model(5), count=60), Model(2))
    found = [_p(pairs, MarkKeys.of(MasterKey(bytes(32)).epoch(f"e{i}")).provider()) for i in range(120)]
    assert kstest(found, "uniform").pvalue > 1e-4


def test_without_a_reference_it_is_a_usage_error():
    with pytest.raises(UsageError, match="reference"):
        _pairs(Model(1))
    with pytest.raises(UsageError, match="reference"):
        _surplus(["1 2"])
