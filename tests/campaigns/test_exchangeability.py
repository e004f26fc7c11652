"""Accounts fed from one queue are interchangeable; people, each with own concerns, are not."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import numpy as np
import pytest

from stillwatch.campaigns.alternatives import INDEPENDENT
from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.exchangeability import Exchangeability, beside_wording, exchangeability, without_oddest
from stillwatch.campaigns.kernels import unlike_pairs
from stillwatch.campaigns.streams import whole

from .. import small_logs


def everything(population):
    return whole(population, np.arange(len(population)), "content", "", np.zeros(0, np.uint32))


def measure(population) -> Exchangeability | None:
    return exchangeability(everything(population))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("each", [3, 12, 60])
def test_a_queue_dealt_over_accounts_is_interchangeable(seed, each):
    rng = random.Random(seed)
    found = measure(small_logs.population(small_logs.campaign(rng, small_logs.queue(rng, 60, each))))
    assert abs(found.value) < 4 * found.error
    assert found.value < 0.015 + found.error
    assert found.alike > 0.1


def test_people_are_not():
    found = measure(small_logs.population(small_logs.people(random.Random(1), 200)))
    assert found.value > 0.015 + 4 * found.error
    assert found.p_value(INDEPENDENT) > 0.999


def test_people_inside_a_template_are_not_either():
    rng = random.Random(1)
    rows = small_logs.people(rng, 80, least=8)
    for row in rows:
        row["prompt"] = f"Act as a patient librarian and answer in two sentences. Request: {row['prompt']} Thank you."
    assert measure(small_logs.population(rows)).p_value(INDEPENDENT) > 0.5


def test_the_error_is_that_of_repeated_queues():
    found = []
    for seed in range(24):
        rng = random.Random(seed)
        found.append(measure(small_logs.population(small_logs.campaign(rng, small_logs.queue(rng, 30, 8)))))
    values = np.array([each.value for each in found])
    assert abs(values.mean()) < 3 * values.std() / len(values) ** 0.5
    assert 0.5 < values.std() / np.mean([each.error for each in found]) < 1.6


def test_names_and_order_of_accounts_do_not_matter():
    rows = small_logs.people(random.Random(2), 60)
    names = sorted({row["account"] for row in rows})
    other = dict(zip(names, random.Random(3).sample([f"x{i:03d}" for i in range(60)], 60), strict=True))
    renamed = [row | {"account": other[row["account"]]} for row in reversed(rows)]
    one, two = (measure(small_logs.population(each)) for each in (rows, renamed))
    assert (one.value, one.error, one.alike) == pytest.approx((two.value, two.error, two.alike), rel=1e-6)


def test_nothing_is_said_of_accounts_with_one_prompt_each():
    rows = small_logs.people(random.Random(2), 30, least=1, most=1)
    assert measure(small_logs.population(rows)) is None


def test_the_same_words_from_everybody_are_no_proof_of_a_queue():
    rows = [row for i in range(10) for row in small_logs.exchanges(f"a{i}", ["hello", "bye"], random.Random(i))]
    found = measure(small_logs.population(rows))
    assert np.isfinite([found.value, found.error, found.p_value(INDEPENDENT)]).all()


def test_a_few_strangers_in_a_queue_are_left_out_and_hide_it_no_more():
    rng = random.Random(4)
    rows = small_logs.campaign(rng, small_logs.queue(rng, 60, 8))
    for number, word in enumerate(("kayak", "sonnet", "tariff", "enzyme")):  # each of one matter, and nobody else's
        prompts = [f"Compare the {word} of a {word} with one {word} more, {word} after {word}: {n}" for n in range(8)]
        rows += small_logs.exchanges(f"odd{number}", prompts, rng)
    stream = everything(small_logs.population(rows))
    left = without_oddest(stream)
    assert len(left.rows) == 64 - 6
    assert not any(stream.population.profiles.names[row].startswith("odd") for row in left.rows)
    assert exchangeability(stream).p_value(INDEPENDENT) > 0.1
    assert exchangeability(left).p_value(INDEPENDENT) < 1e-4


def test_people_of_whom_the_oddest_are_left_out_still_have_concerns_of_their_own():
    stream = everything(small_logs.population(small_logs.people(random.Random(1), 200)))
    assert exchangeability(without_oddest(stream)).p_value(INDEPENDENT) > 0.9


def test_nobody_is_odd_among_nine():
    stream = everything(small_logs.population(small_logs.people(random.Random(2), 9)))
    assert without_oddest(stream) is stream


#: Long frames, of which every account has one or two: they make accounts differ in nothing but the wording.
MANY = tuple(
    f"{head} {{item}} {tail}"
    for head, tail in zip(
        (
            "Work through this one like a patient examiner who writes down each inference before the next.",
            "Solve what follows; number every step, justify it with a rule, and keep the order in which you think.",
            "Du bist Lehrer. Erkläre jeden Gedanken ausführlich und schreibe das Ergebnis ganz am Ende auf.",
            "Résous le problème en exposant chaque étape du raisonnement avant de conclure par la réponse.",
            "Before you answer, list what is known, what is asked, and which quantities connect the two of them.",
            "Pretend that a colleague has to check you: no leap, no shortcut, all intermediate values in full.",
        ),
        ("Close with RESULT:", "Final line: the value.", "Danke.", "Merci.", "Then state it once.", "Sign with DONE."),
        strict=True,
    )
)


def in_frames(rng: random.Random, prompts: list[list[str]], each: int) -> list[list[str]]:
    """Everybody's prompts in `each` frames of their own."""
    given = [rng.sample(MANY, each) for _ in prompts]
    return [[rng.choice(own).format(item=text) for text in texts] for own, texts in zip(given, prompts, strict=True)]


def both(rows) -> tuple[Exchangeability, list[Exchangeability]]:
    population = small_logs.population(rows)
    everybody = np.arange(len(population))
    stream = whole(population, everybody, "content", "", wording(population, everybody))
    return exchangeability(stream), beside_wording(stream)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("each", [1, 2])
def test_hands_with_frames_of_their_own_are_interchangeable_beside_the_wording(seed, each):
    rng = random.Random(seed)
    prompts = in_frames(rng, small_logs.queue(rng, 80, 10, ("{item}",)), each)
    plain, beside = both(small_logs.campaign(rng, prompts))
    assert plain.p_value(INDEPENDENT) > 0.99
    assert min(m.p_value(INDEPENDENT) for m in beside) < 0.01


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("each", [1, 2, 6])
def test_people_who_use_some_of_many_templates_are_not(seed, each):
    rng = random.Random(seed)
    voices = [small_logs.person(rng) for _ in range(80)]
    prompts = in_frames(rng, [[next(voice) for _ in range(10)] for voice in voices], each)
    _, beside = both(small_logs.campaign(rng, prompts))
    assert beside and all(m.p_value(INDEPENDENT) > 0.9 for m in beside)


def test_nothing_is_said_beside_the_wording_where_there_is_none():
    rng = random.Random(3)
    population = small_logs.population(small_logs.campaign(rng, in_frames(rng, small_logs.queue(rng, 40, 8), 2)))
    everybody = np.arange(len(population))
    assert not beside_wording(whole(population, everybody, "content", "", np.zeros(0, np.uint32)))


def test_names_and_order_do_not_matter_beside_the_wording_either():
    rng = random.Random(4)
    rows = small_logs.campaign(rng, in_frames(rng, small_logs.queue(rng, 40, 8, ("{item}",)), 2))
    names = sorted({row["account"] for row in rows})
    other = dict(zip(names, rng.sample(names, len(names)), strict=True))
    _, one = both(rows)
    _, two = both([row | {"account": other[row["account"]]} for row in reversed(rows)])
    assert [(m.value, m.error) for m in one] == [pytest.approx((m.value, m.error), rel=1e-3) for m in two]


@pytest.mark.parametrize("seed", range(3))
def test_pairs_without_a_common_piece_are_what_counting_finds(seed):
    rng = np.random.default_rng(seed)
    start = np.array([0, 1, 5, 5, 12])
    vectors, worded = rng.normal(size=(12, 6)).astype(np.float32), rng.random((12, 4)) < 0.4
    mean, count = unlike_pairs(vectors, worded, start)
    for account, (first, end) in enumerate(pairwise(start.tolist())):
        unlike = [
            float(vectors[i] @ vectors[j]) / 6
            for i, j in combinations(range(first, end), 2)
            if not (worded[i] & worded[j]).any()
        ]
        assert count[account] == len(unlike)
        assert mean[account] == pytest.approx(np.mean(unlike) if unlike else 0.0, rel=1e-5)
