"""Each signal on populations so small that the value can be worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.signals import registry
from stillwatch.signals.infrastructure import HUB
from stillwatch.signals.timing import _middle_half

from .. import small_logs

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SIGNALS = {signal.name: signal for signal in registry()}


def row(account: str, at: timedelta = HOUR * 0, **fields) -> small_logs.Row:
    return {"time": small_logs.START + at, "account": account, **fields}


def values(name: str, rows: list[small_logs.Row], accounts=None) -> list[float]:
    return SIGNALS[name].account(small_logs.population(rows, accounts)).tolist()


def value(name: str, rows: list[small_logs.Row], accounts=None, members=None) -> float:
    population = small_logs.population(rows, accounts)
    chosen = np.arange(len(population)) if members is None else np.array(members)
    return float(SIGNALS[name].group(population, chosen[None, :])[0])


nan = pytest.approx(float("nan"), nan_ok=True)


def test_technique_cues_per_prompt():
    rows = [row("a", prompt="Solve it step by step."), row("a", HOUR, prompt="Good morning to you.")]
    rows += [row("b", prompt="Good evening to you."), row("c")]
    assert values("technique_cues", rows) == [0.5, 0, nan]


def test_novelty_is_the_share_of_prompts_not_sent_before():
    rows = [row("a", HOUR * i, prompt=p) for i, p in enumerate(["one x", "two y", "one x", "one x"])]
    rows += [row("b", HOUR * i, prompt=p) for i, p in enumerate(["one x", "two y"])]
    rows += [row("c", prompt="alone")]
    assert values("novelty", rows) == [0.5, 1, nan]


def test_novelty_of_more_prompts_than_the_sample_holds():
    rows = [row("a", HOUR * i, prompt=f"word{i % 100} thing{i % 100}") for i in range(200)]
    assert values("novelty", rows) == [0.5]


def test_self_similarity_tells_one_theme_from_many():
    rows = [row("a", HOUR * i, prompt=f"the same words again {i}") for i in range(4)]
    rows += [row("b", HOUR * i, prompt=p) for i, p in enumerate(["red fox", "blue sea", "tall tree", "old song"])]
    rows += [row("c", prompt="only one")]
    same, many, alone = values("self_similarity", rows)
    assert same > many + 0.4
    assert np.isnan(alone)


def test_tightness_tells_a_chorus_from_a_crowd():
    rows = [row(f"a{n}", prompt="tell me about red foxes") for n in range(4)]
    rows += [row(f"b{n}", prompt=p) for n, p in enumerate(["blue sea", "tall tree", "old song", "new shoes"])]
    assert value("tightness", rows, members=[0, 1, 2, 3]) > value("tightness", rows, members=[4, 5, 6, 7]) + 0.2


def test_round_the_clock_is_the_traffic_of_the_quietest_twelve_hours():
    rows = [row("a", HOUR * h) for h in range(24)]
    rows += [row("b", HOUR * (9 + h % 8)) for h in range(24)]
    rows += [row("c", HOUR * h) for h in [*range(12), *range(12), *range(12), 15, 16, 17, 18]]
    rows += [row("d")]
    assert values("round_the_clock", rows) == [0.5, 0, 0.1, nan]


def test_life_span_in_days():
    assert values("life_span", [row("a"), row("a", DAY * 3), row("a", HOUR * 36), row("b")]) == [3, 0]


def test_starts_and_ends_apart_are_middle_halves_in_days():
    rows = [row(f"a{n}", DAY * n) for n in range(5)] + [row(f"a{n}", DAY * 10) for n in range(5)]
    others = [row("y", -DAY * 5), row("z", DAY * 15)]
    assert value("starts_apart", rows + others, members=range(5)) == 2
    assert value("ends_apart", rows + others, members=range(5)) == 0


@given(st.data(), st.integers(1, 12))
def test_the_middle_half_is_that_of_the_times_that_count(data, members):
    times = np.array([data.draw(st.lists(st.integers(0, 10**15), min_size=members, max_size=members)) for _ in "ab"])
    seen = np.array([data.draw(st.lists(st.booleans(), min_size=members, max_size=members)) for _ in "ab"])
    for found, own, counted in zip(_middle_half(times, seen, 5 * 10**15), times, seen, strict=True):
        enough = counted.mean() >= 0.5
        expected = np.subtract(*np.quantile(own[counted], [0.75, 0.25])) if enough else 5 * 10**15
        assert found == pytest.approx(expected / 86_400_000_000)


def test_who_is_there_when_the_log_begins_and_ends_has_neither_begun_nor_ended_with_others():
    rows = [row(f"a{n}", DAY * d) for n in range(5) for d in range(11)]
    assert value("starts_apart", rows) == value("ends_apart", rows) == 10
    gone = [row(f"b{n}", DAY * 4) for n in range(4)]
    assert value("ends_apart", rows + gone, members=[0, *range(5, 9)]) == 0


def test_synchrony_of_accounts_that_act_in_turn_and_together():
    together = [row(f"a{n}", DAY * d) for n in range(3) for d in (0, 4)]
    others = [row(f"b{n}", DAY * (1 + n) + HOUR * 6) for n in range(3)]
    weeks = [row("z", DAY * d + HOUR * 12) for d in range(14)]
    rows = together + others + weeks
    assert value("synchrony", rows, members=[0, 1, 2]) > 0.3
    assert value("synchrony", rows, members=[3, 4, 5]) < 1e-9


def test_shops_that_open_at_one_hour_are_not_synchronous():
    shops = [row(f"a{n}", DAY * d + HOUR * 9) for n in range(4) for d in range(14)]
    people = [
        row(f"b{n}", DAY * ((n * 5 + d * 3) % 14) + HOUR * ((n * 7 + d) % 24)) for n in range(12) for d in range(6)
    ]
    assert abs(value("synchrony", shops + people, members=[0, 1, 2, 3])) < 0.08


def test_follow_ups_are_exchanges_inside_a_conversation():
    rows = [row("a", turns=1), row("a", HOUR, turns=3), row("a", HOUR * 2), row("b", turns=1), row("c")]
    assert values("follow_ups", rows) == [0.5, 0, nan]


def test_output_ratio_is_a_logarithm():
    rows = [row("a", input_tokens=100, output_tokens=300), row("a", HOUR, input_tokens=100, output_tokens=300)]
    rows += [row("b", input_tokens=50, output_tokens=50), row("c", input_tokens=5), row("d", output_tokens=5)]
    assert values("output_ratio", rows) == [pytest.approx(log(3)), 0, nan, nan]


def test_age_at_first_use_in_days():
    accounts = [{"account": "a", "signup_time": small_logs.START - DAY * 5}, {"account": "b"}]
    assert values("age_at_first_use", [row("a", DAY), row("a", DAY * 9), row("b"), row("c")], accounts) == [6, nan, nan]


def test_load_spread_is_what_chance_does_not_add():
    equal = [row(f"a{n}", HOUR * i) for n in range(6) for i in range(20)]
    assert value("load_spread", equal) == 0
    counts = (1, 10, 100, 1000)
    uneven = [row(f"a{n}", HOUR * (i % 24)) for n, count in enumerate(counts) for i in range(count)]
    expected = (np.var(np.log(counts)) - np.mean([1 / count for count in counts])) ** 0.5
    assert value("load_spread", uneven) == pytest.approx(expected)


def test_same_settings_is_the_chance_that_two_members_agree():
    rows = [row(f"a{n}", temperature=0.7, max_tokens=512) for n in range(6)]
    rows += [row(f"b{n}", temperature=0.2) for n in range(2)] + [row("c")]
    assert value("same_settings", rows) == pytest.approx((6 * 5 + 2) / (8 * 7))
    assert np.isnan(value("same_settings", rows, members=[0, 1, 2, 3, 4, 5, 8]))


SHARED = {
    "shared_payment": lambda n, v: ({}, {"payment": v}),
    "shared_address": lambda n, v: ({"ip": f"10.0.{v[1:]}.1"}, {}),
    "shared_network": lambda n, v: ({"ip": f"10.0.{v[1:]}.{n}"}, {}),
    "shared_fingerprint": lambda n, v: ({"tls_fingerprint": v}, {}),
    "shared_signup": lambda n, v: ({}, {"signup_time": small_logs.START - HOUR * (1 + int(v[1:]))}),
}


def sharing(name: str, groups: list[int], organization=None) -> tuple[list[small_logs.Row], list[small_logs.Row]]:
    """Accounts in groups of these sizes, each group with one value."""
    rows, accounts, number = [], [], 0
    for group, size in enumerate(groups):
        for _ in range(size):
            exchange, account = SHARED[name](number, f"v{group}")
            if organization:
                exchange = exchange | {"organization": organization}
            rows.append(row(f"a{number:03d}", **exchange))
            accounts.append({"account": f"a{number:03d}", **account})
            number += 1
    return rows, accounts


@pytest.mark.parametrize("name", SHARED)
def test_members_with_a_partner(name):
    rows, accounts = sharing(name, [3, 1, 2, 1, 1])
    assert value(name, rows, accounts) == pytest.approx(5 / 8)
    # A partner outside the group is none.
    assert value(name, rows, accounts, members=[0, 3, 4, 6]) == 0


@pytest.mark.parametrize("name", SHARED)
def test_a_hub_links_nobody(name):
    rows, accounts = sharing(name, [HUB + 1, 2])
    assert value(name, rows, accounts, members=[0, 1, 2, 3]) == 0
    assert value(name, rows, accounts, members=[HUB + 1, HUB + 2]) == 1
    rows, accounts = sharing(name, [HUB, 2])
    assert value(name, rows, accounts, members=[0, 1, 2, 3]) == 1


@pytest.mark.parametrize("name", SHARED)
def test_keys_of_one_customer_are_no_partners(name):
    rows, accounts = sharing(name, [6], organization="firm")
    assert value(name, rows, accounts) == 0


@pytest.mark.parametrize("name", SHARED)
def test_a_customer_of_many_keys_is_no_hub(name):
    one, accounts = sharing(name, [HUB + 40, 2])
    one = [exchange | ({"organization": "firm"} if n > 0 else {}) for n, exchange in enumerate(one[: HUB + 40])]
    assert value(name, one, accounts[: HUB + 40], members=[0, 1]) == 1


def test_shops_of_one_brand_share_an_office_and_are_one_party():
    rows, accounts = sharing("shared_address", [4, 2])
    brand = [
        account | {"email_domain": "brand.example" if n < 4 else f"m{n}.example"} for n, account in enumerate(accounts)
    ]
    assert value("shared_address", rows, brand) == pytest.approx(2 / 6)
    # Who pays is no place: two of them that use one card still do.
    paid = [account | {"payment": "card" if n in (0, 4) else f"own {n}"} for n, account in enumerate(brand)]
    assert value("shared_payment", rows, paid) == pytest.approx(2 / 6)
