"""Students: they learn what they are shown, the base stays as it was, and the short cuts change no number."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import GPT2Config, GPT2LMHeadModel

from stillwatch.provenance.lab.examine import mean_loss
from stillwatch.provenance.lab.students import (
    Sample,
    Training,
    encode_sample,
    frozen_head_loss,
    train_adapters,
    train_scratch,
    with_adapters,
)
from stillwatch.provenance.lab.suspect import LabSuspect
from stillwatch.provenance.lab.teacher import LabError, Language, generate
from stillwatch.provenance.lab.trunk import Trunk
from stillwatch.provenance.local import LocalSuspect, batches

TRAINING = Training(epochs=6, rate=1e-2, rank=8, depth=1)


@pytest.fixture(scope="module")
def samples(teacher, prompts):
    answers = generate(teacher, prompts, max_tokens=16, temperature=1.0, seed=8)
    return [Sample(prompt, answer) for prompt, (answer,) in zip(prompts, answers, strict=True) if answer]


@pytest.fixture(scope="module")
def student(teacher, trunk, samples):
    return train_adapters(teacher, trunk, samples[:12], TRAINING, limit=16, seed=1)


def test_a_student_learns_its_samples_and_the_base_is_left_as_it_was(teacher, trunk, samples, student):
    language, losses = student
    assert np.mean(losses[-3:]) < np.mean(losses[:3]) - 0.3
    base, learnt = LabSuspect(teacher, trunk, name="base"), LabSuspect(language, trunk, name="student")
    gain = mean_loss(base, samples[:12]) - mean_loss(learnt, samples[:12])
    elsewhere = mean_loss(base, samples[12:]) - mean_loss(learnt, samples[12:])
    assert gain > elsewhere + 0.3
    fresh = LabSuspect(with_adapters(teacher, TRAINING, seed=3), trunk, name="fresh")
    assert mean_loss(fresh, samples) == pytest.approx(mean_loss(base, samples), abs=1e-5)


def test_training_further_starts_from_the_student(teacher, trunk, samples, student):
    before = mean_loss(LabSuspect(student[0], trunk, name="student"), samples[12:])
    copied = with_adapters(teacher, TRAINING, seed=1)
    copied.model.load_state_dict(student[0].model.state_dict())
    further, _ = train_adapters(teacher, trunk, samples[12:], TRAINING, limit=16, seed=2, start=copied)
    assert mean_loss(LabSuspect(further, trunk, name="further"), samples[12:]) < before - 0.3


def test_reading_the_trunk_gives_what_the_whole_model_gives(trunk, samples, student):
    language, _ = student
    short = LabSuspect(language, trunk, name="short cut")
    whole = LocalSuspect(language.model, language.tokenizer, device="cpu")
    asked = [s.prompt for s in samples], [s.answer for s in samples]
    for a, b in zip(short.token_log_probabilities(*asked), whole.token_log_probabilities(*asked), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_distributions_sum_to_one_and_hold_the_token_probabilities(teacher, trunk, samples):
    suspect = LabSuspect(teacher, trunk, name="base")
    asked = [s.prompt for s in samples[:5]], [s.answer for s in samples[:5]]
    for scores, values, sample in zip(
        suspect.next_token_log_probabilities(*asked), suspect.token_log_probabilities(*asked), samples, strict=False
    ):
        tokens = teacher.encode_text(sample.answer)
        np.testing.assert_allclose(np.exp(scores).sum(axis=1), 1.0, atol=1e-4)
        np.testing.assert_allclose(scores[np.arange(len(tokens)), tokens], values, atol=1e-5)


def test_the_end_is_learnt_where_the_author_ended(teacher):
    whole, start = encode_sample(teacher, Sample("a question", "a short answer"), limit=50)
    cut, _ = encode_sample(teacher, Sample("a question", "a short answer"), limit=2)
    assert whole == [*cut, teacher.end]
    assert whole[:start] == teacher.encode_prompt("a question")


def test_a_student_from_nothing_learns_and_is_examined_like_any_other(teacher, samples):
    training = Training(epochs=8, rate=3e-3, rank=0)
    language, losses = train_scratch(teacher, samples, training, limit=16, seed=1)
    assert np.mean(losses[-3:]) < losses[0] - 0.5
    short, whole = LabSuspect(language, None, name="scratch"), LocalSuspect(language.model, language.tokenizer)
    asked = [s.prompt for s in samples], [s.answer for s in samples]
    for a, b in zip(short.token_log_probabilities(*asked), whole.token_log_probabilities(*asked), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_another_family_can_not_be_adapted(teacher):
    model = GPT2LMHeadModel(GPT2Config(vocab_size=len(teacher.tokenizer), n_embd=16, n_layer=1, n_head=2))
    with pytest.raises(LabError, match="from scratch"):
        Trunk(Language(model, teacher.tokenizer, "gpt2"), 0)


def test_as_many_frozen_layers_as_there_are_is_an_error(teacher):
    with pytest.raises(LabError, match="2 layers"):
        Trunk(teacher, 2)


@settings(max_examples=20, deadline=None)
@given(rows=st.integers(1, 150), seed=st.integers(0, 1000))
def test_the_loss_of_a_frozen_head_is_the_cross_entropy_and_so_is_its_slope(rows, seed):
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(rows, 6, generator=generator, requires_grad=True)
    weight = torch.randn(30, 6, generator=generator)
    wanted = torch.randint(0, 30, (rows,), generator=generator)
    loss = frozen_head_loss()(states, weight, wanted)
    loss.backward()
    found, states.grad = states.grad, None
    expected = torch.nn.functional.cross_entropy(states @ weight.T, wanted)
    expected.backward()
    assert float(loss.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    torch.testing.assert_close(found, states.grad, atol=1e-6, rtol=1e-4)


@given(lengths=st.lists(st.integers(1, 40), max_size=40), budget=st.integers(1, 200))
def test_batches_hold_every_text_once_and_stay_within_the_budget(lengths, budget):
    found = list(batches(lengths, budget))
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget for batch in found)
