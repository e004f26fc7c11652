from __future__ import annotations

import pytest
from click.testing import CliRunner

from stillwatch.cli import cli
from stillwatch.errors import InputError, StillwatchError, UsageError
from stillwatch.provenance.audit_prompts import audit_prompts
from stillwatch.provenance.canaries.behaviours import OPENINGS, opening_of
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.marks.positions import MarkKeys
from stillwatch.provenance.marks.serving import read_serving
from stillwatch.provenance.store import EvidenceStore


def run(*arguments):
    return CliRunner().invoke(cli, ["provenance", *map(str, arguments)])


def test_marking_is_prepared_from_the_command_line(tmp_path, master):
    key, folder, out = tmp_path / "master.key", tmp_path / "store", tmp_path / "marks.json"
    master.write(key)
    EvidenceStore.create(folder, master, name="example.com/e").close()
    at = ("--evidence", folder, "--key", key)
    done = run(
        "mark", *at, "--epoch", "2026-11", "--scheme", "greenlist", "--strength", 1, "--group", "red", "--out", out
    )
    assert done.exit_code == 0, done.output
    serving = read_serving(out)
    assert (serving.settings.scheme, serving.settings.bias) == ("greenlist", 1.0)
    keys = MarkKeys.of(MasterKey.read(key).epoch("2026-11"))
    assert (serving.keys.provider().words() == keys.provider().words()).all()
    with EvidenceStore.open(folder, master) as store:
        ((_, record),) = store.records("mark")
        assert (record["epoch"], record["groups"]) == ("2026-11", ["red"])
    done = run("ticket", "--marks", out, "red")
    assert keys.read_ticket(done.output.strip()) == "red"
    again = run("mark", *at, "--epoch", "2026-11", "--out", out)
    assert isinstance(again.exception, StillwatchError)
    with EvidenceStore.open(folder, master) as store:
        assert store.counts()["mark"] == 1  # nothing is on record for a file that was not written


def test_audit_prompts_come_from_a_list_a_file_or_ourselves(tmp_path):
    assert audit_prompts({"prompts": ["a", "b"]}) == ["a", "b"]
    path = tmp_path / "asked.txt"
    path.write_text("one\n\n two\n", encoding="utf-8")
    assert audit_prompts({"prompts": str(path)}) == ["one", " two"]
    ours = audit_prompts({})
    assert ours == audit_prompts({"prompts": 200}) and len(set(ours)) > 190
    assert {opening_of(prompt) for prompt in ours} == set(OPENINGS)
    with pytest.raises(InputError, match="one prompt a line"):
        audit_prompts({"prompts": str(tmp_path / "absent")})
    for wrong in ([], True, 0, {"a": 1}):
        with pytest.raises(UsageError, match="prompts"):
            audit_prompts({"prompts": wrong})
