"""The task that needs reasoning, and what countermeasures make of it."""

from __future__ import annotations

import operator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.provenance.lab.countermeasures import RoomSize, _reordered, _Room, measure_countermeasures
from stillwatch.provenance.lab.reasoning import STEPS, accuracy, blank, full_answer, problems, result_of, rows_of

SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


@given(seed=st.integers(0, 10_000))
def test_each_state_follows_from_the_one_before(seed):
    for problem in problems(5, seed=seed):
        start, *words = problem.question.split()
        assert len(words) == STEPS
        before = int(start)
        for word, state in zip(words, problem.states, strict=True):
            assert state == SIGNS[word[0]](before, int(word[1:])) % 10
            before = state
        assert result_of(full_answer(problem)) == problem.result


def test_no_operation_makes_the_ones_before_it_irrelevant():
    results = [p.result for p in problems(3000, seed=1)]
    assert all(0.06 < results.count(digit) / len(results) < 0.14 for digit in range(10))


@pytest.mark.parametrize(
    ("answer", "result"), [("1 2 so 3", 3), ("so 4 because 1 2", 4), ("1 2 3", None), ("so", None)]
)
def test_the_result_is_the_number_after_so(answer, result):
    assert result_of(answer) == result


def test_accuracy_counts_right_results_whatever_the_reasoning():
    asked = problems(4, seed=2)
    answers = [full_answer(asked[0]), f"so {asked[1].result}", f"so {(asked[2].result + 1) % 10}", ""]
    assert accuracy(answers, asked) == 0.5


def test_what_is_put_first_can_be_put_back():
    for problem in problems(20, seed=3):
        reasoning, _, conclusion = full_answer(problem).rpartition(" so ")
        assert _reordered(f"so {conclusion} because {reasoning}") == full_answer(problem)


def test_questions_are_given_and_answers_learnt():
    language, (problem,) = blank(seed=1), problems(1, seed=4)
    (row,) = rows_of(language, [problem.question], [full_answer(problem)])
    words = language.tokenizer.decode(row.tokens[row.start :])
    assert words.split() == [*full_answer(problem).split(), "</s>"]
    assert "unknown" not in language.tokenizer.decode(row.tokens)


def test_clamped_log_probabilities_are_few_and_rounded():
    room = _Room(RoomSize(questions=64, epochs=1, tests=8), 1, None)
    ids = torch.tensor([row.tokens for row in rows_of(room.teacher, *_texts(room.asked[:4]))])
    predicted = torch.ones_like(ids, dtype=torch.bool)
    predicted[:, 0] = False
    whole, clamped = room.soft(None)(ids, predicted), room.soft(5)(ids, predicted)
    assert ((clamped > 0).sum(dim=1) == 5).all()
    torch.testing.assert_close(clamped.sum(dim=1), torch.ones(len(clamped)))
    steps = clamped.topk(5).values.log().diff(dim=1) / 0.1
    torch.testing.assert_close(steps, steps.round(), atol=1e-3, rtol=0)
    assert torch.equal(whole.argmax(dim=1), clamped.argmax(dim=1)) or (whole.max(dim=1).values < 0.5).any()


def _texts(asked):
    return [p.question for p in asked], [full_answer(p) for p in asked]


def test_each_countermeasure_is_measured_with_what_the_user_keeps():
    outcomes = {o.name: o for o in measure_countermeasures(RoomSize(questions=64, epochs=1, tests=20), seed=1)}
    assert {"none", "hidden", "summarised", "rewritten", "logprobs_clamped", "mark_greenlist_2"} <= set(outcomes)
    assert outcomes["hidden"].steps_shown == 0 < outcomes["summarised"].steps_shown < outcomes["none"].steps_shown
    # Hiding the reasoning leaves the answers as they are.
    assert outcomes["hidden"].user_score == outcomes["none"].user_score == outcomes["rewritten"].user_score
    assert all(0 <= value <= 1 for o in outcomes.values() for value in (o.student_score, o.user_score))
