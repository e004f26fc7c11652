"""Each benign look-alike is covered by its explanation; a work queue is covered by none."""

from __future__ import annotations

import random

import numpy as np
import pytest

from stillwatch.campaigns.alternatives import alternatives, independent_customers
from stillwatch.campaigns.candidates import LINKERS
from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.streams import Stream, whole
from stillwatch.campaigns.verdict import _strangers, judge

from .. import small_logs

RATE = 0.001


def verdict(rng: random.Random, rows: list[small_logs.Row], prefix: str = "c", accounts=None):
    """The verdict on the accounts of this prefix among three hundred others."""
    population = small_logs.population(rows + small_logs.people(rng, 300), accounts)
    members = np.array([row for name, row in population.profiles.index.items() if name.startswith(prefix)])
    stream = whole(population, members, "content", "", wording(population, members))
    return judge(stream, population)


def explanation(rng: random.Random, rows: list[small_logs.Row], **options) -> tuple[str, float]:
    strongest = verdict(rng, rows, **options).alternatives[0]
    return strongest.name, strongest.p_value


def edited(rng: random.Random, text: str) -> str:
    """The same question as somebody else would type it."""
    words = text.split()
    if rng.random() < 0.5:
        words[rng.randrange(len(words))] = rng.choice(("the", "a", "please", "pls"))
    ending = rng.choice(("", " Please help.", " Explain.", " I have no idea", " thanks"))
    return rng.choice(("", "Hi, ", "Question: ", "homework: ")) + " ".join(words) + ending


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("edit", [False, True])
def test_a_class_with_the_same_homework(seed, edit):
    rng = random.Random(seed)
    homework = [small_logs.item(rng) for _ in range(14)]
    prompts = [
        [edited(rng, text) if edit else text for text in rng.sample(homework, rng.randint(9, 14))] for _ in range(30)
    ]
    # One room: one address and four days, as a campaign has.
    assert explanation(rng, small_logs.campaign(rng, prompts, address="192.0.2.7"))[1] > RATE


BEFORE = (
    "hey can you help me with this one, i dont get it:",
    "my teacher gave us this, please explain:",
    "I tried this but my answer is wrong, can you show how to do it?",
    "This is exercise 4 from the sheet.",
    "sorry for asking again:",
    "pls solve",
)
AFTER = (
    "thanks!",
    "I got 12 but my friend has 14.",
    "the test is on friday so I need to understand it",
    "",
    "",
    "why?",
)


@pytest.mark.parametrize("seed", range(3))
def test_a_class_that_asks_for_help_in_many_ways(seed):
    rng = random.Random(seed)
    homework = [small_logs.item(rng) for _ in range(14)]
    prompts = [
        [f"{rng.choice(BEFORE)} {text} {rng.choice(AFTER)}" for text in rng.sample(homework, rng.randint(7, 14))]
        for _ in range(30)
    ]
    assert explanation(rng, small_logs.campaign(rng, prompts, address="192.0.2.7"))[1] > RATE


@pytest.mark.xfail(
    strict=True,
    reason="one such class in eight: exercises of few forms count as wording, and the own words make the key",
)
def test_a_class_in_which_everybody_adds_a_sentence_of_their_own():
    p_values = []
    for seed in range(6, 10):
        rng = random.Random(seed)
        homework = [small_logs.item(rng) for _ in range(14)]
        voices = [small_logs.person(rng) for _ in range(30)]
        prompts = [[f"{next(voice)} {text}" for text in rng.sample(homework, rng.randint(7, 14))] for voice in voices]
        p_values.append(explanation(rng, small_logs.campaign(rng, prompts, address="192.0.2.7"))[1])
    assert min(p_values) > RATE


@pytest.mark.parametrize("seed", range(3))
def test_popular_questions_of_one_product(seed):
    rng = random.Random(seed)
    questions = [small_logs.item(rng) for _ in range(500)]
    weights = [1 / (rank + 1) for rank in range(500)]
    prompts = [rng.choices(questions, weights, k=12) for _ in range(40)]
    assert explanation(rng, small_logs.campaign(rng, prompts))[1] > RATE


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("taken", [1.0, 0.3, 0.1])
def test_a_benchmark_that_many_run(seed, taken):
    rng = random.Random(seed)
    items = [small_logs.FRAME.format(item=small_logs.item(rng)) for _ in range(300)]
    prompts = [rng.sample(items, int(taken * len(items))) for _ in range(20)]
    name, p_value = explanation(rng, small_logs.campaign(rng, prompts))
    assert p_value > RATE, name


@pytest.mark.parametrize("seed", range(3))
def test_a_public_template_over_own_documents(seed):
    rng = random.Random(seed)
    template = "Summarize the note below in one sentence for a busy manager and keep all numbers. Note: {} {}"
    voices = [small_logs.person(rng) for _ in range(30)]
    prompts = [[template.format(next(voice), next(voice)) for _ in range(12)] for voice in voices]
    found = verdict(rng, small_logs.campaign(rng, prompts)).alternatives
    assert next(each.p_value for each in found if each.name == "independent customers") > RATE


@pytest.mark.parametrize("seed", range(3))
def test_one_organization_with_several_keys(seed):
    rng = random.Random(seed)
    rows = small_logs.campaign(rng, small_logs.queue(rng, 30, 12), organization="laboratory")
    assert explanation(rng, rows) == ("one customer", 1.0)


def test_one_organization_beside_a_few_hangers_on():
    rng = random.Random(4)
    queue = small_logs.queue(rng, 40, 12)
    rows = small_logs.campaign(rng, queue[:30], organization="laboratory")
    rows += small_logs.campaign(rng, queue[30:], "cx")
    assert explanation(rng, rows) == ("one customer", 1.0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("accounts", "each"), [(60, 16), (40, 30), (25, 120)])
def test_a_work_queue_dealt_out_is_none_of_these(seed, accounts, each):
    rng = random.Random(seed)
    found = verdict(rng, small_logs.campaign(rng, small_logs.queue(rng, accounts, each)))
    assert {each.name: each.p_value > RATE for each in found.alternatives} == {
        "one customer": False,
        "the same material": False,
        "independent customers": False,
    }
    assert found.e_value > 1 / RATE


def test_the_strongest_explanation_comes_first_and_says_why_it_fails():
    rng = random.Random(1)
    found = verdict(rng, small_logs.campaign(rng, small_logs.queue(rng, 40, 12))).alternatives
    assert [a.p_value for a in found] == sorted((a.p_value for a in found), reverse=True)
    assert all(a.why_rejected and a.explanation for a in found)
    assert all(0 <= a.p_value <= 1 for a in found)


def test_members_with_one_prompt_each_stay_explained():
    rng = random.Random(1)
    found = verdict(rng, small_logs.campaign(rng, small_logs.queue(rng, 40, 1)))
    assert found.explained > RATE


def test_an_empty_stream_is_explained():
    population = small_logs.population(small_logs.people(random.Random(1), 30))
    rows = np.arange(10)
    nothing = Stream(population, rows, np.zeros((10, 32), bool), "content", "", np.zeros(0, np.uint32))
    assert max(each.p_value for each in alternatives(nothing, None, 1.0, purposeful=True, strangers=1.0)) == 1


@pytest.mark.xfail(strict=True, reason="likeness picks accounts by the prompts that the same test then reads")
def test_people_whom_a_linker_picked_are_still_believed():
    """Four to six prompts each: the alike among many are alike by chance, and must not count as a queue."""
    p_values = []
    for seed in range(4):
        population = small_logs.population(small_logs.people(random.Random(seed), 300, least=4, most=6))
        p_values += [independent_customers(s).p_value for linker in LINKERS for s in linker(population, 8)]
    assert len(p_values) > 100
    assert np.mean(np.array(p_values) <= 0.001) <= 0.001 + 3.5 * (0.001 / len(p_values)) ** 0.5


def paid(rows: list[small_logs.Row], card) -> list[small_logs.Row]:
    """The account table, where `card` names the means of payment of members."""
    return [
        {"account": name, "payment": card(int(name[1:])) if name.startswith("c") else f"card-of-{name}"}
        for name in sorted({row["account"] for row in rows} | {f"p{number:04d}" for number in range(300)})
    ]


def test_one_payer_for_all_is_one_customer_and_several_are_not():
    rng = random.Random(5)
    rows = small_logs.campaign(rng, small_logs.queue(rng, 30, 12))
    assert explanation(random.Random(6), rows, accounts=paid(rows, lambda _: "the firm's")) == ("one customer", 1.0)
    name, p_value = explanation(random.Random(6), rows, accounts=paid(rows, lambda number: f"card {number % 4}"))
    assert p_value <= RATE, name


@pytest.mark.parametrize("seed", range(2))
def test_staff_of_several_firms_at_one_course(seed):
    # Their firms pay for a few each, and everybody does the same exercises, worded as distillers word theirs.
    rng = random.Random(seed)
    course = [small_logs.FRAME.format(item=small_logs.item(rng)) for _ in range(12)]
    rows = small_logs.campaign(rng, [rng.sample(course, 10) for _ in range(32)])
    name, p_value = explanation(rng, rows, accounts=paid(rows, lambda number: f"firm {number % 8}"))
    assert (name, p_value > RATE) == ("the same material", True)


@pytest.mark.parametrize("times", [2, 3])
def test_a_queue_that_asks_everything_several_times_is_no_class(times):
    rng = random.Random(times)
    accounts, each = 36, 24
    items = [small_logs.FRAME.format(item=small_logs.item(rng)) for _ in range(accounts * each // times)] * times
    rng.shuffle(items)
    prompts = [items[number * each : (number + 1) * each] for number in range(accounts)]
    found = verdict(rng, small_logs.campaign(rng, prompts)).alternatives
    same = next(each for each in found if each.name == "the same material")
    assert same.p_value <= RATE and "too evenly" in same.why_rejected


def test_one_thing_in_common_or_less_than_sure_ones_makes_nobody_an_acquaintance():
    assert _strangers(1e-14, [1e-15, 1e-6], 0.0) == 1e-14
    assert _strangers(1e-9, [1e-10, 1e-6], 0.7) == 1e-9  # most of their prompts say what they are there for
    for afar, signals, purpose in ((1e-14, [1e-15, 0.1], 0.7), (1e-14, [1e-15], 0.0), (1e-9, [1e-10, 1e-6], 0.5)):
        assert _strangers(afar, signals, purpose) == 1.0
