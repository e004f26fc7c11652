"""Keyed profiles: no text, no hash that a dictionary could find, and the same facts under every key."""

from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest

from stillwatch.errors import InputError, UsageError
from stillwatch.profile import Profiles, absorb, kernels, merge
from stillwatch.profile.kernels import EMPTY
from stillwatch.profile.rows import from_rows, to_rows
from stillwatch.profile.secret import random_key, read_key

from .. import small_logs

ONE, OTHER = np.array([1, 2], np.uint64), np.array([3, 4], np.uint64)


@pytest.mark.skipif(sys.hash_info.algorithm != "siphash13", reason="this Python hashes bytes otherwise")
def test_the_keyed_hash_is_pythons_own():
    words = [0x0123456789ABCDEF, 1, 0xFFFFFFFFFFFFFFF0, 42]
    program = f"print([hash(w.to_bytes(8, 'little')) for w in {words}])"
    # With this seed, Python's key is zero.
    done = subprocess.run([sys.executable, "-c", program], env={"PYTHONHASHSEED": "0"}, capture_output=True, check=True)
    ours = [int(np.uint64(kernels.keyed(np.uint64(word), np.zeros(2, np.uint64))).view(np.int64)) for word in words]
    assert ours == eval(done.stdout)


@pytest.fixture(scope="module")
def batch():
    rows = small_logs.people(random.Random(4), 40)
    rows += small_logs.campaign(random.Random(5), small_logs.queue(random.Random(6), 8, 12))
    return small_logs.batch([row | {"system": f"You are bot {number % 3}."} for number, row in enumerate(rows)])


def read(batch, key=None) -> Profiles:
    profiles = Profiles() if key is None else Profiles(key=key)
    absorb(profiles, batch)
    profiles.sort()
    return profiles


def test_no_hash_is_the_same_without_the_key(batch):
    plain, keyed, other = read(batch), read(batch, ONE), read(batch, OTHER)
    for name in ("items", "shingles", "ip", "network", "system_prompt"):
        values = [set(np.unique(p[name]).tolist()) - {0, int(EMPTY)} for p in (plain, keyed, other)]
        assert all(values) and not values[0] & values[1]
        assert not values[1] & values[2]
    assert not np.array_equal(plain["item_signs"], keyed["item_signs"])
    assert read(batch, ONE)["items"].tolist() == keyed["items"].tolist()


def test_everything_that_is_counted_is_the_same(batch):
    plain, keyed = read(batch), read(batch, ONE)
    assert plain.names == keyed.names
    for name in ("counts", "prompts", "first", "last", "hours", "buckets", "temperature_low"):
        assert np.array_equal(plain[name], keyed[name])
    assert np.array_equal((plain["items"] != EMPTY).sum(axis=1), (keyed["items"] != EMPTY).sum(axis=1))
    whole = np.flatnonzero((plain["items"] != EMPTY).sum(axis=1) < 32)  # nothing left to chance
    assert np.array_equal(np.sort(plain["item_words"][whole]), np.sort(keyed["item_words"][whole]))
    assert np.array_equal(np.sort(plain["item_cues"][whole]), np.sort(keyed["item_cues"][whole]))


def test_equal_prompts_stay_equal_over_accounts():
    rows = [{"time": small_logs.START, "account": name, "prompt": "The very same question?"} for name in ("a", "b")]
    keyed = read(small_logs.batch(rows), random_key())
    assert keyed["items"][0, 0] == keyed["items"][1, 0]
    assert np.array_equal(keyed["shingles"][0], keyed["shingles"][1])


def test_no_text_is_kept_and_what_it_is_worded_as_is(batch):
    plain, keyed = read(batch), read(batch, ONE)
    assert plain.texts.column("text").null_count == 0 and plain.texts.column("worded").null_count == len(plain.texts)
    assert keyed.texts.column("text").null_count == len(keyed.texts) > 0
    campaign = np.array([keyed.names[row].startswith("c") for row in keyed.texts.column("account").to_pylist()])
    worded = keyed.texts.column("worded").to_numpy()
    assert worded[campaign].mean() > worded[~campaign].mean()


def test_keyed_profiles_come_back_from_their_rows(batch):
    keyed = read(batch, ONE)
    again = from_rows(next(iter(to_rows(keyed))))
    assert again.texts.equals(keyed.texts)
    assert np.array_equal(again["items"], keyed["items"])


def test_pieces_under_one_key_merge_and_under_two_do_not(batch):
    half = batch.num_rows // 2
    pieces = [read(batch.slice(0, half), ONE), read(batch.slice(half), ONE)]
    whole = merge(*pieces)
    whole.sort()
    assert np.array_equal(whole["items"], read(batch, ONE)["items"])
    with pytest.raises(UsageError, match="different keys"):
        merge(pieces[0], read(batch.slice(half), OTHER))
    assert len(merge(Profiles(), pieces[0])) == len(pieces[0])


def test_a_key_comes_from_a_file(tmp_path):
    (tmp_path / "key").write_bytes(b"k" * 16)
    (tmp_path / "longer").write_bytes(b"k" * 40)
    assert read_key(tmp_path / "key").tolist() == read_key(tmp_path / "key").tolist()
    assert read_key(tmp_path / "key").tolist() != read_key(tmp_path / "longer").tolist()
    (tmp_path / "short").write_bytes(b"k")
    for name, said in (("short", "no key"), ("missing", "can't be read")):
        with pytest.raises(InputError, match=said):
            read_key(tmp_path / name)
