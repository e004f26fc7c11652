"""`stillwatch baseline` and `stillwatch decide`, as a person types them."""

from __future__ import annotations

import json

import pytest

from stillwatch.cli import run


@pytest.fixture
def call(capsys):
    def call(*arguments: object) -> tuple[int, str, str]:
        status = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_a_baseline_from_logs_to_a_comparison(scanned, call, tmp_path):
    file = tmp_path / "may.baseline"
    build = ("baseline", "build", scanned.log, "--accounts", scanned.accounts, "--without", scanned.answer)
    status, out, err = call(*build, "--out", file)
    assert status == 0 and err == "", err
    assert "no text" in out and f"{len(scanned.members)} flagged accounts" in out
    status, shown, _ = call("baseline", "show", file)
    assert (status, shown) == (0, out)
    status, out, _ = call("baseline", "show", file, "--json")
    assert json.loads(out)["excluded"] == len(scanned.members)
    status, out, _ = call("baseline", "compare", file, scanned.log, "--accounts", scanned.accounts)
    assert status == 0 and out.startswith("Drift: none seen.") and "follow_ups" in out
    status, out, _ = call("baseline", "compare", file, scanned.log, "--json")
    assert json.loads(out)["warning"] is False
    status, out, _ = call("scan", scanned.log, "--baseline", file, "--out", tmp_path / "answer")
    assert status == 0 and "a saved baseline" in out and "Drift: none seen" in out


def test_a_decision_from_an_answer_to_the_next_scan(scanned, call, tmp_path):
    campaign, file = scanned.result.campaigns[0].campaign, tmp_path / "d.jsonl"
    decide = ("decide", scanned.answer, campaign, "--who", "ann", "--note", "a class", "--file", file)
    status, out, _ = call(*decide, "--dismiss", "--expires", "2027-01-01")
    assert status == 0 and "dismissed" in out
    scan = ("scan", scanned.log, "--accounts", scanned.accounts, "--decisions", file, "--out", tmp_path / "answer")
    status, out, _ = call(*scan)
    out = " ".join(out.split())
    assert status == 0 and "No campaign found" in out and "1 group found again that a person dismissed" in out
    assert f"Settled: {campaign}" in out and "Dismissed by ann" in out
    call(*decide, "--confirm")
    status, out, _ = call(*scan)
    out = " ".join(out.split())
    assert status == 0 and "Known: confirmed by ann" in out and "No member is new" in out


def test_a_spared_account_is_told_of_in_the_summary(scanned, call, tmp_path):
    name = scanned.members[0]
    (tmp_path / "allow.toml").write_text(
        f'[[allow]]\nscope = "account"\nvalue = "{name}"\nreason = "r"\nwho = "w"\n'
        "since = 2026-05-01\nexpires = 2026-06-01\n",
        encoding="utf-8",
    )
    scan = ("scan", scanned.log, "--accounts", scanned.accounts, "--allow", tmp_path / "allow.toml")
    status, out, _ = call(*scan, "--out", tmp_path / "answer")
    assert status == 0
    assert f"1 account that this campaign would include, by account {name}" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("baseline", "show", "nowhere"), "nowhere: is no file"),
        (("baseline", "compare", "LOG", "LOG"), "is no saved baseline"),
        (("baseline", "build", "nowhere.parquet", "--out", "OUT"), "nowhere.parquet"),
        (("decide", "ANSWER", "c-1", "--who", "a", "--note", "n", "--file", "OUT"), "--confirm or --dismiss"),
        (
            ("decide", "ANSWER", "c-1", "--confirm", "--dismiss", "--who", "a", "--note", "n", "--file", "OUT"),
            "either --confirm or --dismiss",
        ),
        (
            ("decide", "ANSWER", "c-1", "--confirm", "--who", "a", "--note", "n", "--file", "OUT", "--expires", "soon"),
            "'soon' is no date",
        ),
        (("scan", "LOG", "--out", "OUT", "--allow", "nowhere.toml"), "nowhere.toml"),
        (
            ("scan", "LOG", "--out", "OUT", "--decisions", "nowhere.jsonl"),
            "nowhere.jsonl: does not exist; where nothing",
        ),
    ],
)
def test_what_can_be_mended_is_one_line_and_status_2(scanned, call, tmp_path, arguments, said):
    places = {"LOG": scanned.log, "ANSWER": scanned.answer, "OUT": tmp_path / "out"}
    status, out, err = call(*(places.get(argument, argument) for argument in arguments))
    assert (status, out) == (2, "")
    assert said in err and len(err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
