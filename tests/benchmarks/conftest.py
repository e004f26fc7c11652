"""A small labelled world, and logs written to disk so that baselines can read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.baselines.tables import Tables
from stillwatch.exchange import EXCHANGE_SCHEMA
from stillwatch.range import WorldSpec, build_world

from .. import small_logs

Write = Callable[..., Tables]


@pytest.fixture(scope="session")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Innocent customers only."""
    return _world(tmp_path_factory.mktemp("quiet"), WorldSpec.of("quiet", seed=7, accounts=200, exchanges=4_000))


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two campaigns among innocent customers."""
    spec = WorldSpec.of("standard", seed=8, accounts=200, exchanges=4_000, campaigns=2)
    return _world(tmp_path_factory.mktemp("attacked"), spec)


def _world(folder: Path, spec: WorldSpec) -> Path:
    build_world(spec, folder, None)
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write rows as a world without labels. `accounts` has further columns of the account table, by account."""

    def tables(rows: list[small_logs.Row], **accounts: dict[str, object]) -> Tables:
        pq.write_table(pa.Table.from_pylist(rows, schema=EXCHANGE_SCHEMA), tmp_path / "exchanges.parquet")
        known = [{"account": name} | accounts.get(name, {}) for name in sorted({row["account"] for row in rows})]
        pq.write_table(small_logs.account_table(known), tmp_path / "accounts.parquet")
        return Tables(tmp_path)

    return tables
