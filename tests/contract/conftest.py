"""One small world of the range's own grammar, and the answer to it, shared by the tests of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

import stillwatch
from stillwatch.campaigns.model import ScanResult
from stillwatch.range import WorldSpec, build_world


@dataclass(frozen=True)
class Answer:
    world: Path
    out: Path
    result: ScanResult

    @property
    def log(self) -> Path:
        return self.world / "exchanges.parquet"

    @property
    def accounts(self) -> Path:
        return self.world / "accounts.parquet"


@pytest.fixture(scope="session")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """The world "demo", scanned once with the default settings."""
    world, out = tmp_path_factory.mktemp("world"), tmp_path_factory.mktemp("answer")
    build_world(WorldSpec.of("demo"), world, None)
    result = stillwatch.scan(world / "exchanges.parquet", accounts=world / "accounts.parquet", out=out)
    return Answer(world, out, result)
