from __future__ import annotations

import pytest

from stillwatch.errors import UsageError
from stillwatch.provenance.errors import KeyFileError
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.marks.positions import MarkKeys
from stillwatch.provenance.marks.serving import VARIABLE, Serving, read_serving, serving_of_environment, write_serving
from stillwatch.provenance.marks.settings import MarkSettings


def test_a_serving_file_gives_the_same_marks(tmp_path, keys):
    path = tmp_path / "marks.json"
    settings = MarkSettings(scheme="greenlist", context_width=2, strength=1.5, group_share=0.1)
    write_serving(path, Serving(keys, settings))
    found = read_serving(path)
    assert found.settings == settings
    assert (found.keys.provider().words() == keys.provider().words()).all()
    assert (found.keys.group("g").words() == keys.group("g").words()).all()
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(KeyFileError, match="never overwritten"):
        write_serving(path, Serving(keys, settings))


def test_it_holds_neither_the_master_key_nor_another_purposes(tmp_path, keys):
    path = tmp_path / "marks.json"
    write_serving(path, Serving(keys, MarkSettings()))
    master = MasterKey(bytes(range(32)))
    for other in (master, master.epoch("2026-11"), master.epoch("2026-11").purpose("twins")):
        assert other.secret().hex() not in path.read_text()


def test_a_file_that_others_can_read_or_is_damaged_is_refused_without_its_text(tmp_path, keys):
    path = tmp_path / "marks.json"
    write_serving(path, Serving(keys, MarkSettings()))
    secret = keys.root().secret().hex()
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod"):
        read_serving(path)
    path.chmod(0o600)
    path.write_text(path.read_text().replace(secret, secret[:-2]))
    with pytest.raises(KeyFileError) as caught:
        read_serving(path)
    assert secret[:16] not in str(caught.value)
    path.write_text("{")
    with pytest.raises(KeyFileError, match="can't be read"):
        read_serving(path)
    with pytest.raises(KeyFileError, match="no such"):
        read_serving(tmp_path / "absent")


def test_the_environment_names_the_file(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(KeyFileError, match=VARIABLE):
        serving_of_environment()


def test_a_client_can_not_write_a_ticket(keys):
    ticket = keys.ticket("pool-7.eu")
    assert keys.read_ticket(ticket) == "pool-7.eu"
    later = MarkKeys.of(MasterKey(bytes(range(32))).epoch("2026-12"))
    for forged in (
        "pool-7.eu",
        "pool-7.eu.",
        ticket[:-1],
        "other" + ticket[9:],
        later.ticket("pool-7.eu"),
        "",
        ".",
        "é.é",
    ):
        with pytest.raises(UsageError, match="ticket"):
            keys.read_ticket(forged)
