"""Profiles equal their twin, and don't depend on how the log was cut, ordered or shared."""

from __future__ import annotations

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import InputError
from stillwatch.profile import Profiles, absorb, merge
from stillwatch.profile.absorb import Absorber
from stillwatch.profile.layout import BUCKETS, LAYOUT
from stillwatch.profile.texts import TEXT_SCHEMA, read_text

from . import logs, twin

Log = list[dict[str, Any]]
few = settings(deadline=None, max_examples=60)


def profiles_of(*pieces: Log, parts: int = 1) -> Profiles:
    profiles = Profiles()
    for piece in pieces:
        if piece:
            absorb(profiles, logs.batch(piece), None, parts)
    return profiles


def side_by_side(pieces: list[Log], threads: int) -> Profiles:
    """The profiles of pieces that are absorbed by threads, the accounts of one looked up while another is worked on."""
    profiles = Profiles()
    with ThreadPoolExecutor(threads) as pool:
        absorber = Absorber(profiles, pool, threads)
        for piece in pieces:
            absorber.add(logs.batch(piece))
        absorber.finish()
    return profiles


def cut(log: Log, places: list[int]) -> list[Log]:
    ends = sorted({min(place, len(log)) for place in places} | {0, len(log)})
    return [log[start:stop] for start, stop in pairwise(ends)]


def busy(seed: int, exchanges: int = 1_500) -> Log:
    """A log whose lists overflow: many items, addresses and clients, some repeated, at few distinct times."""
    rng = random.Random(seed)
    pool = [*logs.ODD, *logs.real_prompts(5)]
    return [
        {
            "account": f"account {rng.randrange(6)}",
            "time": rng.randrange(40) * 3_600_000_000,
            "prompt": rng.choice(
                [rng.choice(pool)[:200], f"Solve {rng.randrange(200)}", f"solve {rng.randrange(99)}!"]
            ),
            "system": rng.choice([None, "Be brief.", "Be long."]),
            "ip": f"10.0.{rng.randrange(20)}.{rng.randrange(3)}",
            "user_agent": f"agent/{rng.randrange(30)}",
            "organization": rng.choice([None, "o", "p"]),
        }
        for _ in range(exchanges)
    ]


@few
@given(logs.log)
def test_profiles_equal_the_twin(log: Log) -> None:
    assert twin.read(profiles_of(log)) == twin.profile(log)


def test_profiles_with_full_lists_equal_the_twin() -> None:
    log = busy(1)
    assert twin.read(profiles_of(log)) == twin.profile(log)


@few
@given(logs.log, st.randoms(use_true_random=False), st.lists(st.integers(0, 40), max_size=4), st.integers(1, 5))
def test_order_batches_and_parts_do_not_matter(log: Log, rng: random.Random, places: list[int], parts: int) -> None:
    shuffled = rng.sample(log, len(log))
    assert twin.read(profiles_of(*cut(shuffled, places), parts=parts)) == twin.read(profiles_of(log))


@few
@given(logs.log, st.randoms(use_true_random=False), st.lists(st.integers(0, 40), max_size=4))
def test_pieces_merge_to_the_whole(log: Log, rng: random.Random, places: list[int]) -> None:
    pieces = cut(rng.sample(log, len(log)), places)
    merged = reduce(merge, [profiles_of(piece) for piece in pieces], Profiles())
    whole = profiles_of(log)
    assert twin.read(merged) == twin.read(whole)
    assert merged.present == whole.present
    assert sorted(merged.labels.items()) == sorted(whole.labels.items())


@few
@given(logs.log, logs.log, logs.log)
def test_merge_is_associative_and_commutative(one: Log, two: Log, three: Log) -> None:
    a, b, c = profiles_of(one), profiles_of(two), profiles_of(three)
    left = twin.read(merge(merge(a, b), c))
    assert left == twin.read(merge(a, merge(b, c)))
    assert left == twin.read(merge(merge(c, b), a))
    assert twin.read(merge(a, b)) == twin.read(merge(b, a))


@few
@given(logs.log)
def test_nothing_is_neutral_and_sides_stay_as_they_were(log: Log) -> None:
    profiles = profiles_of(log)
    before = twin.read(profiles)
    assert twin.read(merge(profiles, Profiles())) == before == twin.read(merge(Profiles(), profiles))
    merge(profiles, profiles)
    assert twin.read(profiles) == before


@pytest.mark.parametrize("seed", range(3))
def test_full_lists_do_not_depend_on_order_threads_or_pieces(seed: int) -> None:
    log = busy(seed)
    whole = twin.read(profiles_of(log))
    shuffled = random.Random(seed).sample(log, len(log))
    pieces = cut(shuffled, [100, 101, 700, 1_200])
    assert twin.read(side_by_side(pieces, 3)) == whole
    assert twin.read(reduce(merge, [profiles_of(piece) for piece in reversed(pieces)])) == whole


def test_accounts_that_come_while_others_are_worked_on_have_profiles_of_their_own() -> None:
    rng = random.Random(7)
    crowds = [400, 500, 900, 3_000, 30, 2_000]  # some need more room than there is, some don't
    pieces = [
        [
            {"account": f"a{rng.randrange(many)}", "time": rng.randrange(10**9), "prompt": f"tell me {n}"}
            for n in range(many)
        ]
        for many in crowds
    ]
    assert twin.read(side_by_side(pieces, 2)) == twin.read(profiles_of(*pieces))


@few
@given(logs.log, st.integers(0, 20), st.integers(0, 20))
def test_slices_and_large_strings_are_read_alike(log: Log, before: int, after: int) -> None:
    if not log:
        return
    batch = logs.batch(log)
    kinds = [pa.large_string() if pa.types.is_string(field.type) else field.type for field in batch.schema]
    large = pa.record_batch(
        [
            logs.string_array(column.cast(pa.binary()).to_pylist(), kind) if pa.types.is_large_string(kind) else column
            for column, kind in zip(batch.columns, kinds, strict=True)
        ],
        names=batch.schema.names,
    )
    expected = twin.profile(log[before : before + after])
    for form in (batch, large):
        profiles = Profiles()
        absorb(profiles, form.slice(before, after))
        assert twin.read(profiles) == expected


def test_text_columns_may_be_dictionaries() -> None:
    log = busy(5, 50)
    batch = logs.batch(log)
    columns = [c.dictionary_encode() if pa.types.is_string(c.type) and c.null_count == 0 else c for c in batch.columns]
    profiles = Profiles()
    absorb(profiles, pa.record_batch(columns, names=batch.schema.names))
    assert twin.read(profiles) == twin.profile(log)


def test_values_of_a_dictionary_that_no_row_has_leave_no_trace() -> None:
    log = busy(1, 200)
    batch = logs.batch(log)
    names = [name for name in batch.schema.names if pa.types.is_string(batch.schema.field(name).type)]
    wide = {
        name: pa.concat_arrays([batch.column(name), pa.array([f"no {name}"])]).dictionary_encode() for name in names
    }
    columns = [
        wide[name][:-1] if name in wide and name != "prompt" else batch.column(name) for name in batch.schema.names
    ]
    profiles = Profiles()
    absorb(profiles, pa.record_batch(columns, names=batch.schema.names))
    assert twin.read(profiles) == twin.profile(log)
    assert not any(name.startswith("no ") for name in [*profiles.names, *profiles.labels.values()])


def test_many_accounts_merge_as_few_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[merge.__module__], "CHUNK", 4)
    log = busy(7)
    merged = merge(profiles_of(log[:700]), profiles_of(log[700:]))
    assert twin.read(merged) == twin.profile(log)


def test_times_of_another_unit_are_read_alike() -> None:
    batch = logs.batch([{"account": "a", "time": 5_000_000_000}])
    profiles = Profiles()
    absorb(profiles, batch.set_column(0, "time", batch.column("time").cast(pa.timestamp("s", "Europe/Paris"))))
    assert profiles["first"].tolist() == [5_000_000_000]


def test_a_profile_of_nothing() -> None:
    profiles = Profiles()
    absorb(profiles, logs.batch([{"account": "a", "time": 0}]).slice(0, 0))
    assert len(profiles) == 0 and profiles.names == [] and profiles.present == frozenset()
    assert profiles.texts.schema == TEXT_SCHEMA and profiles.texts.num_rows == 0
    assert all(profiles[name].shape == (0, *column.shape) for name, column in LAYOUT.items())
    assert len(merge(profiles, Profiles())) == 0


def test_missing_columns_stay_absent() -> None:
    profiles = profiles_of([{"account": "a", "time": 5, "prompt": None, "model": "m"}])
    assert profiles.present == {"account", "time", "model"}
    assert profiles["prompts"].tolist() == [0]
    for name in ("input", "output", "status", "tools", "logprobs", "choices", "turns"):
        assert profiles.count(f"{name}_known").tolist() == [0]
    assert np.isinf(profiles["temperature_low"]).all() and np.isinf(profiles["max_tokens_high"]).all()
    assert (profiles["ip"] == twin.EMPTY).all() and (profiles["system_prompt"] == twin.EMPTY).all()
    later = merge(profiles, profiles_of([{"account": "b", "time": 5, "prompt": "Hi", "tools": 0}]))
    assert later.present == {"account", "time", "model", "prompt", "tools"}
    assert later.count("tools_known").tolist() == [0, 1] and later.count("tools").tolist() == [0, 0]


def test_time_buckets_wrap_and_hours_go_by_the_clock() -> None:
    ring = BUCKETS * 3 * twin.HOUR
    times = [0, ring, 3 * ring + 5, -1, 2 * twin.HOUR + 1, 25 * twin.HOUR]
    profiles = profiles_of([{"account": "a", "time": time} for time in times])
    buckets, hours = profiles["buckets"][0], profiles["hours"][0]
    assert (buckets[0], buckets[8], buckets[-1], buckets.sum()) == (4, 1, 1, 6)
    assert (hours[0], hours[1], hours[2], hours[23], hours.sum()) == (3, 1, 1, 1, 6)
    assert (profiles["first"][0], profiles["last"][0]) == (-1, 3 * ring + 5)


def test_numbers_at_their_limits_are_no_error() -> None:
    big = 2**63 - 1
    log: Log = [
        {
            "account": "a",
            "time": big,
            "max_tokens": big,
            "temperature": float("inf"),
            "input_tokens": big,
            "turns": 2**31 - 1,
        },
        {"account": "a", "time": -big, "max_tokens": -big, "temperature": float("nan"), "tools": -(2**31)},
    ]
    profiles = profiles_of(log)
    assert (profiles["first"][0], profiles["last"][0]) == (-big, big)
    assert (profiles["max_tokens_low"][0], profiles["max_tokens_high"][0]) == (-float(big), float(big))
    assert profiles["temperature_low"][0] == profiles["temperature_high"][0] == np.inf
    assert profiles.count("input_tokens")[0] == big and profiles.count("tools")[0] == 0


def test_a_flood_of_new_client_names_is_bounded_and_keeps_the_names_it_needs() -> None:
    profiles = Profiles()
    for start in range(0, 60_000, 6_000):
        names = [f"agent/{i}" for i in range(start, start + 6_000)]
        absorb(profiles, logs.batch([{"account": "a", "time": 0, "user_agent": name} for name in names]))
    assert len(profiles.labels) < 20_000
    kept = profiles["user_agent"][0].tolist()
    assert kept == sorted(twin.hash_bytes(f"agent/{i}".encode()) for i in range(60_000))[:8]
    assert all(twin.hash_bytes(profiles.labels[key].encode()) == key for key in kept)


def test_the_kept_text_is_that_of_the_earliest_exchange() -> None:
    log: Log = [
        {"account": "a", "time": 3, "prompt": "hello, you", "model": "m"},
        {"account": "a", "time": 1, "prompt": "hello, you", "model": "n"},
        {"account": "a", "time": 2, "prompt": "hello, you"},
    ]
    for order in (log, log[::-1]):
        profiles = profiles_of(*([row] for row in order))
        assert read_text(profiles.texts) == ["hello, you"]
        assert (profiles["item_count"][0, 0], profiles["item_time"][0, 0]) == (3, 1)
        assert profiles["item_model"][0, 0] == twin.hash_bytes(b"n")
    long = "é" * 700
    assert read_text(profiles_of([{"account": "a", "time": 0, "prompt": "x" + long}]).texts) == ["x" + long[:599]]


@pytest.mark.parametrize("field", ["time", "account"])
def test_an_exchange_without_time_or_account_is_named(field: str) -> None:
    log: Log = [{"account": "a", "time": 1}, {"account": "a", "time": 1} | {field: None}]
    with pytest.raises(InputError) as caught:
        profiles_of(log)
    assert (caught.value.field, caught.value.row) == (field, 1)
    with pytest.raises(InputError, match=field):
        absorb(Profiles(), logs.batch([{"account": "a", "time": 1}]).drop_columns([field]))
