"""One small log with a planted campaign of sixty, its account table, and its plain answer."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import stillwatch
from stillwatch.campaigns.model import ScanResult

from .. import small_logs


@dataclass(frozen=True)
class Scanned:
    log: Path
    accounts: Path
    answer: Path
    result: ScanResult
    rows: list[small_logs.Row]

    @property
    def members(self) -> tuple[str, ...]:
        (campaign,) = self.result.campaigns
        return campaign.members

    def scan(self, **options: object) -> ScanResult:
        return stillwatch.scan(self.log, accounts=self.accounts, **options)  # type: ignore[arg-type]


def write_log(rows: list[small_logs.Row], path: Path) -> Path:
    pq.write_table(pa.Table.from_batches([small_logs.batch(rows)]), path)
    return path


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    folder = tmp_path_factory.mktemp("operated")
    rng = random.Random(12)
    rows = small_logs.people(random.Random(11), 300)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 60, 20))
    log = write_log(rows, folder / "log.parquet")
    names = sorted({row["account"] for row in rows})
    accounts = [
        {
            "account": name,
            "payment": f"card-{name[:4] if name[0] == 'c' else name}",
            "organization": f"org-{int(name[1:]) // 2}" if name[0] == "c" else None,
        }
        for name in names
    ]
    pq.write_table(small_logs.account_table(accounts), folder / "accounts.parquet")
    result = stillwatch.scan(log, accounts=folder / "accounts.parquet", out=folder / "answer")
    return Scanned(log, folder / "accounts.parquet", folder / "answer", result, rows)
