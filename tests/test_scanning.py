"""`stillwatch.scan` as a library: what it returns, what it writes; how a log is cut and named changes nothing."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import stillwatch
from stillwatch.campaigns.analyse import ACCOUNTS_SCHEMA
from stillwatch.campaigns.model import ScanResult
from stillwatch.errors import InputError, StillwatchError, UsageError
from stillwatch.output import CAMPAIGNS_SCHEMA, campaigns_table, write_result

from . import small_logs

FILES = ["accounts.parquet", "campaigns.parquet", "report.html", "scan.json"]


@dataclass(frozen=True)
class Scanned:
    log: Path
    accounts: Path
    table: pa.Table
    out: Path
    result: ScanResult


@pytest.fixture(scope="module")
def scanned(tmp_path_factory) -> Scanned:
    """Three hundred people and a campaign of sixty, scanned with the default settings."""
    folder = tmp_path_factory.mktemp("scanned")
    rng = random.Random(12)
    rows = small_logs.people(random.Random(11), 300)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 60, 20))
    rows = [row | {"exchange_id": f"x{number:05d}"} for number, row in enumerate(rows)]
    names = sorted({row["account"] for row in rows})
    accounts = [{"account": name, "payment": f"card-{name[:4] if name[0] == 'c' else name}"} for name in names]
    table = pa.Table.from_batches([small_logs.batch(rows)])
    pq.write_table(table, folder / "log.parquet")
    pq.write_table(small_logs.account_table(accounts), folder / "accounts.parquet")
    result = stillwatch.scan(folder / "log.parquet", accounts=folder / "accounts.parquet", out=folder / "answer")
    return Scanned(folder / "log.parquet", folder / "accounts.parquet", table, folder / "answer", result)


def same(one: ScanResult, other: ScanResult) -> bool:
    return one.accounts.equals(other.accounts) and one.campaigns == other.campaigns


def test_it_finds_the_campaign(scanned):
    (campaign,) = scanned.result.campaigns
    planted = [name for name in campaign.members if name.startswith("c")]
    assert len(planted) >= 54 and len(campaign.members) - len(planted) <= 2


def test_the_result_is_what_the_files_hold(scanned):
    assert sorted(path.name for path in scanned.out.iterdir()) == FILES
    assert pq.read_table(scanned.out / "accounts.parquet").equals(scanned.result.accounts)
    assert pq.read_table(scanned.out / "campaigns.parquet").equals(campaigns_table(scanned.result.campaigns))
    assert json.loads((scanned.out / "scan.json").read_text()) == json.loads(json.dumps(scanned.result.facts))
    assert scanned.result.campaigns[0].campaign in (scanned.out / "report.html").read_text()


def test_the_schemas_are_the_constants(scanned):
    assert scanned.result.accounts.schema.equals(ACCOUNTS_SCHEMA)
    assert campaigns_table(scanned.result.campaigns).schema.equals(CAMPAIGNS_SCHEMA)
    assert campaigns_table(()).schema.equals(CAMPAIGNS_SCHEMA)


def test_without_a_folder_nothing_is_written(scanned, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(scanned.log.parent.rglob("*"))
    assert same(stillwatch.scan(scanned.log, accounts=scanned.accounts), scanned.result)
    assert list(tmp_path.iterdir()) == []
    assert sorted(scanned.log.parent.rglob("*")) == before


@pytest.fixture(scope="module")
def pieces(scanned, tmp_path_factory) -> Path:
    """The log in four files, the rows of each in another order."""
    folder = tmp_path_factory.mktemp("pieces")
    order = list(range(scanned.table.num_rows))
    random.Random(3).shuffle(order)
    for part in range(4):
        pq.write_table(scanned.table.take(pa.array(order[part::4])), folder / f"part-{part}.parquet")
    return folder


@pytest.mark.parametrize("how", ["list", "reversed", "glob", "folder", "strings"])
def test_a_log_in_pieces_in_any_order_is_the_whole(scanned, pieces, how, tmp_path):
    files = sorted(pieces.iterdir())
    logs = {
        "list": files,
        "reversed": files[::-1],
        "glob": str(pieces / "part-*.parquet"),
        "folder": pieces,
        "strings": [str(file) for file in files],
    }[how]
    result = stillwatch.scan(logs, accounts=scanned.accounts, out=tmp_path)
    assert same(result, scanned.result)
    for name in ("accounts.parquet", "campaigns.parquet"):
        assert (tmp_path / name).read_bytes() == (scanned.out / name).read_bytes()


def test_the_facts_say_what_was_done(scanned, pieces):
    facts = stillwatch.scan(scanned.log, baseline=[pieces / "part-0.parquet"], rate=0.01).facts
    assert facts["settings"]["logs"] == [str(scanned.log)]
    assert facts["settings"]["baseline"] == [str(pieces / "part-0.parquet")]
    assert facts["settings"]["rate"] == 0.01
    assert facts["settings"]["accounts"] is None
    assert facts["baseline"]["kind"] == "earlier traffic"
    assert facts["baseline"]["accounts"] == len(set(pq.read_table(pieces / "part-0.parquet")["account"].to_pylist()))
    assert scanned.result.facts["baseline"]["kind"] == "the log itself"
    counts = scanned.result.facts["counts"]
    assert counts["exchanges"] == scanned.table.num_rows
    assert counts["accounts"] == 360
    assert counts["flagged"] == sum(scanned.result.accounts["flagged"].to_pylist())
    assert counts["rejected"] == 0
    assert scanned.result.facts["columns"]["prompt"] == 100


def test_a_baseline_of_earlier_traffic_finds_it_too(scanned, tmp_path):
    earlier = small_logs.people(random.Random(31), 250, "q")
    pq.write_table(pa.Table.from_batches([small_logs.batch(earlier)]), tmp_path / "earlier.parquet")
    result = stillwatch.scan(scanned.log, accounts=scanned.accounts, baseline=tmp_path / "earlier.parquet")
    (campaign,) = result.campaigns
    assert set(campaign.members) <= set(scanned.result.campaigns[0].members) | {
        name for name in campaign.members if name.startswith("c")
    }
    assert not any(name.startswith("q") for name in result.accounts["account"].to_pylist())


@pytest.mark.parametrize("rate", [0, 1, -0.1, 1.5, float("nan")])
def test_a_rate_outside_the_unit_interval_is_refused(scanned, rate, tmp_path):
    with pytest.raises(UsageError, match="rate"):
        stillwatch.scan(scanned.log, rate=rate, out=tmp_path / "answer")
    assert not (tmp_path / "answer").exists()


def test_a_smaller_rate_never_finds_more(scanned):
    found = [
        len(stillwatch.scan(scanned.log, accounts=scanned.accounts, rate=rate).campaigns)
        for rate in (1e-9, 0.001, 0.05)
    ]
    assert found == sorted(found)


@pytest.mark.parametrize(
    "options", [{"accounts": "none.parquet"}, {"baseline": "none.parquet"}, {"mapping": "none.toml"}]
)
def test_a_file_that_is_not_there_is_named(scanned, options):
    with pytest.raises(StillwatchError, match=r"none\."):
        stillwatch.scan(scanned.log, **options)


def test_a_log_that_is_not_there_is_named():
    with pytest.raises(InputError, match="nowhere"):
        stillwatch.scan("nowhere.parquet")


def test_rows_set_aside_are_kept_and_those_of_an_earlier_scan_are_not(scanned, tmp_path):
    log = tmp_path / "log.jsonl"
    good = '{"time": "2026-05-04T00:00:00Z", "account": "a", "prompt": "hello"}\n'
    log.write_text(good * 3 + "{broken\n")
    facts = stillwatch.scan(log, out=tmp_path / "answer").facts
    assert facts["counts"]["rejected"] == sum(facts["rejected"].values()) == 1
    assert len((tmp_path / "answer" / "rejected.jsonl").read_text().splitlines()) == 1
    log.write_text(good * 3)
    stillwatch.scan(log, out=tmp_path / "answer")
    assert sorted(path.name for path in (tmp_path / "answer").iterdir()) == FILES


def test_progress_is_told(scanned):
    told = []
    stillwatch.scan(scanned.log, progress=lambda stage, done, total: told.append((stage, done, total)))
    assert {stage for stage, _, _ in told} >= {"reading exchanges", "looking for campaigns"}
    assert all(total is None or total >= done for _, done, total in told)


def test_an_empty_answer_is_written_too(tmp_path):
    result = ScanResult(ACCOUNTS_SCHEMA.empty_table(), (), {"note": "nothing"})
    write_result(result, tmp_path)
    assert pq.read_table(tmp_path / "accounts.parquet").schema.equals(ACCOUNTS_SCHEMA)
    assert pq.read_table(tmp_path / "campaigns.parquet").schema.equals(CAMPAIGNS_SCHEMA)
    assert json.loads((tmp_path / "scan.json").read_text()) == {"note": "nothing"}
