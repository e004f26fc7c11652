"""The files that a scan writes (docs/reference/output.md): names, columns, types, and that they agree."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

ACCOUNTS = {
    "account": pa.string(),
    "exchanges": pa.int64(),
    "score": pa.float64(),
    "p_value": pa.float64(),
    "flagged": pa.bool_(),
    "campaign": pa.string(),
    "reasons": pa.list_(pa.string()),
    "allowed": pa.string(),
    "decision": pa.string(),
}
CAMPAIGNS = {
    "campaign": pa.string(),
    "accounts": pa.int64(),
    "exchanges": pa.int64(),
    "first_time": pa.timestamp("us", tz="UTC"),
    "last_time": pa.timestamp("us", tz="UTC"),
    "p_value": pa.float64(),
    "e_value": pa.float64(),
    "techniques": pa.list_(pa.string()),
    "atlas": pa.list_(pa.string()),
    "benign_explanation": pa.string(),
    "allowed": pa.int64(),
    "decision": pa.string(),
    "new_members": pa.int64(),
    "news": pa.list_(pa.string()),
}
CHANNELS = ["content", "timing", "infrastructure", "usage"]
FILES = ["accounts.parquet", "campaigns.parquet", "report.html", "scan.json"]


def _types(table: pa.Table) -> dict[str, pa.DataType]:
    """Column types with the element names of lists left out: Parquet writers differ in them."""
    return {f.name: pa.list_(f.type.value_type) if pa.types.is_list(f.type) else f.type for f in table.schema}


@pytest.fixture(scope="module")
def accounts(answer):
    return pq.read_table(answer.out / "accounts.parquet")


@pytest.fixture(scope="module")
def campaigns(answer):
    return pq.read_table(answer.out / "campaigns.parquet")


@pytest.fixture(scope="module")
def facts(answer):
    return json.loads((answer.out / "scan.json").read_text(encoding="utf-8"))


def test_the_files_are_these_and_no_others(answer):
    assert sorted(path.name for path in answer.out.iterdir()) == FILES


def test_account_columns(accounts):
    assert ACCOUNTS.items() <= _types(accounts).items()


def test_campaign_columns(campaigns):
    assert CAMPAIGNS.items() <= _types(campaigns).items()
    evidence = campaigns.schema.field("evidence").type
    assert [field.name for field in evidence] == CHANNELS
    for field in evidence:
        assert {"p_value", "role", "summary"} <= {inner.name for inner in field.type}


def test_one_row_for_every_account_of_the_log(answer, accounts):
    log = pq.read_table(answer.log, columns=["account"]).group_by("account").aggregate([([], "count_all")])
    expected = dict(zip(log["account"].to_pylist(), log["count_all"].to_pylist(), strict=True))
    assert dict(zip(accounts["account"].to_pylist(), accounts["exchanges"].to_pylist(), strict=True)) == expected


def test_p_values_are_probabilities_and_scores_are_numbers(accounts):
    p_values, scores = accounts["p_value"].to_numpy(), accounts["score"].to_numpy()
    assert ((p_values > 0) & (p_values <= 1)).all()
    assert (scores == scores).all(), "no score is NaN"


def test_flags_come_with_reasons_and_campaigns_with_members(accounts, campaigns):
    flagged = accounts.filter(accounts["flagged"])
    assert pc.all(pc.greater(pc.list_value_length(flagged["reasons"]), 0)).as_py() is not False
    named = accounts.filter(pc.is_valid(accounts["campaign"]))
    counted = named.group_by("campaign").aggregate([([], "count_all"), ("exchanges", "sum")]).to_pylist()
    told = {row["campaign"]: (row["accounts"], row["exchanges"]) for row in campaigns.to_pylist()}
    assert {row["campaign"]: (row["count_all"], row["exchanges_sum"]) for row in counted} == told
    assert named["flagged"].to_pylist() == [True] * named.num_rows


def test_the_demo_has_campaigns_each_with_an_explanation_and_techniques(campaigns):
    assert campaigns.num_rows >= 1
    for row in campaigns.to_pylist():
        assert row["accounts"] >= 2
        assert row["first_time"] <= row["last_time"]
        assert 0 < row["p_value"] <= 1 and row["e_value"] >= 0
        assert row["benign_explanation"].strip()
        assert row["techniques"]
        assert all(re.fullmatch(r"AML\.T\d{4}(\.\d{3})?", atlas) for atlas in row["atlas"])


def test_scan_json_says_what_was_done(answer, accounts, campaigns, facts):
    keys = {"version", "settings", "baseline", "timings", "counts", "rejected"}
    assert keys <= facts.keys()
    assert facts["counts"]["accounts"] == accounts.num_rows
    assert facts["counts"]["campaigns"] == campaigns.num_rows
    assert facts["counts"]["exchanges"] == pq.read_metadata(answer.log).num_rows
    assert facts["settings"]["rate"] == 0.01
    assert facts["counts"]["allowed"] == facts["counts"]["settled"] == 0
    assert not {"allowed", "decisions"} & facts.keys(), "said only where such a file was given"
    assert "drift" not in facts["baseline"]


def test_the_library_returns_what_the_files_say(answer, accounts, campaigns, facts):
    assert answer.result.accounts.select(list(ACCOUNTS)).to_pylist() == accounts.select(list(ACCOUNTS)).to_pylist()
    assert [campaign.campaign for campaign in answer.result.campaigns] == campaigns["campaign"].to_pylist()
    assert json.loads(json.dumps(answer.result.facts)) == facts
    for campaign in answer.result.campaigns:
        assert [channel.channel for channel in campaign.evidence] == CHANNELS
        assert len(campaign.members) == len(campaign.membership) == len(set(campaign.members))
        assert campaign.alternatives == tuple(sorted(campaign.alternatives, key=lambda a: -a.p_value))


def test_the_report_is_self_contained(answer):
    page = (answer.out / "report.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert re.search(r"""(?:src|href)=["'](?!#|data:)""", page) is None
    assert "@import" not in page and re.search(r"url\(\s*['\"]?(?!data:|#)", page) is None


def _fingerprints(out: Path) -> dict[str, str]:
    prints = {}
    for name in FILES:
        content = (out / name).read_bytes()
        if name == "scan.json":
            facts = json.loads(content)
            del facts["timings"]
            content = json.dumps(facts).encode()
        if name != "report.html":
            prints[name] = hashlib.sha256(content).hexdigest()
    return prints


def test_the_same_input_gives_the_same_bytes_in_another_process(answer, tmp_path):
    arguments = ["scan", str(answer.log), "--accounts", str(answer.accounts), "--out", str(tmp_path), "--quiet"]
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-m", "stillwatch.cli", *arguments], check=True, env=environment, timeout=120)
    assert _fingerprints(tmp_path) == _fingerprints(answer.out)


def test_rejects_of_an_earlier_scan_do_not_stay(answer, tmp_path):
    import stillwatch

    (tmp_path / "rejected.jsonl").write_text('{"file": "an earlier log"}\n')
    stillwatch.scan(answer.log, out=tmp_path)
    assert not (tmp_path / "rejected.jsonl").exists()


def test_the_order_of_the_rows_does_not_matter(answer, tmp_path):
    import stillwatch

    log = pq.read_table(answer.log)
    half = log.num_rows // 2
    pq.write_table(log.slice(half), tmp_path / "one.parquet")
    pq.write_table(log.slice(0, half), tmp_path / "two.parquet")
    pieces = [tmp_path / "one.parquet", tmp_path / "two.parquet"]
    result = stillwatch.scan(pieces, accounts=answer.accounts)
    columns = ["account", "exchanges", "flagged", "p_value"]
    assert result.accounts.select(columns).to_pylist() == answer.result.accounts.select(columns).to_pylist()
    assert [c.members for c in result.campaigns] == [c.members for c in answer.result.campaigns]
