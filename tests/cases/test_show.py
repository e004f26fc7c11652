import io
import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from stillwatch.campaigns.model import ScanResult
from stillwatch.cases import show
from stillwatch.cli import run
from stillwatch.errors import InputError, UsageError
from stillwatch.output import write_result


@pytest.fixture
def answer(sample: ScanResult, tmp_path: Path) -> Path:
    write_result(sample, tmp_path)
    return tmp_path


def terminal(encoding: str = "utf-8", width: int = 100) -> tuple[Console, io.BytesIO]:
    raw = io.BytesIO()
    return Console(file=io.TextIOWrapper(raw, encoding=encoding, write_through=True), width=width), raw


def text(answer: Path, name: str, most: int = 3, encoding: str = "utf-8") -> str:
    console, raw = terminal(encoding)
    row = show.campaign_of(answer, name)
    show.print_campaign(row, show.members_of(answer, row["campaign"]), console, most)
    return raw.getvalue().decode(encoding)


def test_every_campaign_has_its_line(answer: Path, sample: ScanResult) -> None:
    console, raw = terminal()
    show.print_campaigns(show.campaigns_of(answer), console)
    shown = raw.getvalue().decode()
    assert all(campaign.campaign in shown for campaign in sample.campaigns)


def test_one_campaign_with_its_evidence_and_the_explanation_that_was_rejected(answer: Path, sample: ScanResult) -> None:
    campaign = sample.campaigns[0]
    shown = " ".join(text(answer, campaign.campaign).split())
    for evidence in campaign.evidence:
        assert f"{evidence.channel}, {evidence.role}" in shown
    assert campaign.alternatives[0].explanation in shown


def test_a_beginning_will_do_unless_several_have_it(answer: Path, sample: ScanResult) -> None:
    names = [campaign.campaign for campaign in sample.campaigns]
    assert show.campaign_of(answer, names[0])["campaign"] == names[0]
    with pytest.raises(UsageError, match=r"several campaigns 'C-'; it has: .*C-01"):
        show.campaign_of(answer, "C-")
    with pytest.raises(UsageError, match=f"no campaigns 'X'; it has: {', '.join(names)}"):
        show.campaign_of(answer, "X")


def test_members_are_the_flagged_ones_surest_first(answer: Path) -> None:
    accounts = pq.read_table(answer / "accounts.parquet")
    for campaign in set(accounts["campaign"].drop_null().to_pylist()):
        members = show.members_of(answer, campaign)
        own = [row for row in accounts.to_pylist() if row["campaign"] == campaign]
        assert {m["account"] for m in members} == {row["account"] for row in own}
        sure = [m["membership"] for m in members]
        assert sure == sorted(sure, reverse=True)


def test_what_a_log_holds_cant_steer_the_terminal(answer: Path, sample: ScanResult) -> None:
    nasty = replace(sample.campaigns[0], caution="\x1b[2J\u202e[red]")
    write_result(replace(sample, campaigns=(nasty,)), answer)
    shown = text(answer, nasty.campaign)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[red]" in shown


def test_a_terminal_without_utf8_gets_plain_text(answer: Path, sample: ScanResult) -> None:
    assert sample.campaigns[0].campaign in text(answer, sample.campaigns[0].campaign, encoding="ascii")


def test_an_answer_without_campaigns_says_so(answer: Path, sample: ScanResult) -> None:
    write_result(replace(sample, campaigns=()), answer)
    console, raw = terminal()
    show.print_campaigns(show.campaigns_of(answer), console)
    assert b"No campaign in this answer." in raw.getvalue()


@pytest.mark.parametrize("broken", ["missing", "no parquet", "no column"])
def test_what_is_no_answer_is_said_to_be_none(answer: Path, broken: str) -> None:
    file = answer / "accounts.parquet"
    file.unlink()
    if broken == "no parquet":
        file.write_bytes(b"nothing")
    if broken == "no column":
        pq.write_table(pa.table({"account": ["a"]}), file)
    said = {"missing": "is no answer", "no parquet": "can't be read", "no column": "has no column 'exchanges'"}
    with pytest.raises(InputError, match=said[broken]):
        show.members_of(answer, "C-01")


def test_the_command_speaks_json_and_lists_accounts(
    answer: Path, sample: ScanResult, capsys: pytest.CaptureFixture[str]
) -> None:
    name = sample.campaigns[0].campaign
    members = [m["account"] for m in show.members_of(answer, name)]
    assert run(["show", str(answer), "--json"]) == 0
    assert [row["campaign"] for row in json.loads(capsys.readouterr().out)] == [c.campaign for c in sample.campaigns]
    assert run(["show", str(answer), name, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [m["account"] for m in told["members"]] == members
    assert told["first_time"].endswith("+00:00")
    assert "T" in told["first_time"]
    assert run(["show", str(answer), name, "--accounts"]) == 0
    assert capsys.readouterr().out.split() == members
    assert run(["show", str(answer), name]) == 0
    assert name in capsys.readouterr().out
    assert run(["show", str(answer)]) == 0
    assert name in capsys.readouterr().out
    assert run(["show", str(answer), "--json", "--accounts"]) == 2


def test_one_account_is_told_with_its_reasons_or_that_it_is_in_none(
    answer: Path, sample: ScanResult, capsys: pytest.CaptureFixture[str]
) -> None:
    named = show.members_of(answer, sample.campaigns[0].campaign)[0]
    assert run(["show", str(answer), "--account", named["account"]]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert sample.campaigns[0].campaign in told
    assert named["reasons"][0] in told
    assert run(["show", str(answer), "--account", "cust_00001"]) == 0
    assert "in no campaign" in capsys.readouterr().out
    assert run(["show", str(answer), "--account", "cust_00001", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["account"] == "cust_00001"
    assert run(["show", str(answer), "--account", "nobody"]) == 2
    assert "no account 'nobody'" in capsys.readouterr().err
    assert run(["show", str(answer), "C-01", "--account", "cust_00001"]) == 2
