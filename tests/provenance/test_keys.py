"""Keys: a tree of secrets that never show."""

from __future__ import annotations

import copy
import hashlib
import hmac
import pickle
import stat

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.provenance.errors import KeyFileError
from stillwatch.provenance.keys import Key, MasterKey

MASTER = MasterKey(bytes(range(32)))


def test_derivation_is_hkdf_expand_of_rfc_5869():
    # One block: HMAC(secret, info || 0x01), with the step and the name each behind kind and length.
    info = b"".join(b"s" + len(part).to_bytes(8, "big") + part for part in (b"stillwatch", b"epoch", b"2026-11"))
    expected = hmac.digest(bytes(range(32)), info + b"\x01", "sha256")
    assert MASTER.epoch("2026-11").secret() == expected


def test_every_path_gives_another_key():
    epoch = MASTER.epoch("2026-11")
    marks = epoch.purpose("marks")
    keys = [MASTER, epoch, MASTER.epoch("2026-12"), marks, epoch.purpose("twins"), marks.provider()]
    keys += [marks.group("a"), marks.account("a"), marks.group("b"), marks.decoy(0), marks.decoy(1), marks.group("")]
    assert len({key.secret() for key in keys}) == len(keys)
    assert marks.group("a") == MASTER.epoch("2026-11").purpose("marks").group("a")


@given(st.lists(st.text(max_size=4) | st.binary(max_size=4) | st.integers(0, 99), max_size=3), st.data())
def test_no_two_lists_of_parts_collide(parts, data):
    other = data.draw(st.lists(st.text(max_size=4) | st.binary(max_size=4) | st.integers(0, 99), max_size=3))
    same = [(type(p), p) for p in parts] == [(type(p), p) for p in other]
    assert (MASTER.digest(*parts) == MASTER.digest(*other)) == same


def test_a_secret_shows_nowhere():
    key = MASTER.epoch("2026-11").purpose("marks").group("g")
    for one in (MASTER, key):
        shown = f"{one!r} {one} {vars(type(one)).keys()} {one.commitment()}"
        assert one.secret().hex() not in shown
        assert str(one.secret()) not in shown
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(one)
        with pytest.raises(TypeError, match="not pickled"):
            copy.deepcopy(one)
    assert repr(key) == "<Key epoch:2026-11/purpose:marks/group:g>"
    assert repr(MASTER) == "<MasterKey master>"


def test_coins_and_fractions_are_fair():
    key = MASTER.purpose("test")
    coins = np.array([key.coin(i) for i in range(4000)])
    assert abs(coins.mean() - 0.5) < 4 * 0.5 / 4000**0.5
    fractions = np.sort([key.fraction("x", i) for i in range(4000)])
    assert np.abs(fractions - (np.arange(4000) + 0.5) / 4000).max() < 0.032  # Kolmogorov, p about 0.0005
    assert all(0 <= key.number(i, bits=3) < 8 for i in range(100))
    with pytest.raises(ValueError, match="between 1 and 256"):
        key.number(0, bits=0)


def test_key_files(tmp_path):
    path = tmp_path / "master.key"
    key = MasterKey.generate()
    key.write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert MasterKey.read(path) == key != MasterKey.generate()
    with pytest.raises(KeyFileError, match="never overwritten"):
        key.write(path)
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        MasterKey.read(path)


@pytest.mark.parametrize("text", ["", "stillwatch-master-key-1", "stillwatch-master-key-1 00", "x " + "00" * 32, "é"])
def test_what_is_no_key_file(tmp_path, text):
    path = tmp_path / "master.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(KeyFileError) as caught:
        MasterKey.read(path)
    said = str(caught.value).replace(str(path), "")  # a folder's name may hold the same figures
    assert said and (not text or text.split()[-1] not in said)


def test_missing_file_and_wrong_size(tmp_path):
    with pytest.raises(KeyFileError, match="keygen"):
        MasterKey.read(tmp_path / "none")
    with pytest.raises(KeyFileError, match="32 bytes, this one 3"):
        Key(b"abc")


def test_a_commitment_is_published_and_stays_the_same():
    expected = hashlib.sha256(b"stillwatch key commitment 1\n" + bytes(range(32))).hexdigest()
    assert MASTER.commitment() == expected
