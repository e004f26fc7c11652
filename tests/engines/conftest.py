"""One Spark of this machine for all tests of the engine, and one small world scanned locally."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import stillwatch
from stillwatch.campaigns.model import ScanResult
from stillwatch.range import WorldSpec, build_world


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session of two cores whose clock is not UTC, started once."""
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed: pip install 'stillwatch[spark]'")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("there is no Java, which Spark needs: apt-get install openjdk-17-jre-headless")
    from stillwatch.engines.spark.session import whatever_pandas

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "3",
        "spark.sql.session.timeZone": "America/New_York",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.ui.showConsoleProgress": "false",
        # Short jobs: compiling them takes longer than running them.
        "spark.sql.codegen.wholeStage": "false",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -Xshare:auto",
    }
    builder = sql.SparkSession.builder.master("local[2]").appName("tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with whatever_pandas():
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@dataclass(frozen=True)
class World:
    folder: Path
    result: ScanResult

    @property
    def log(self) -> Path:
        return self.folder / "exchanges.parquet"

    @property
    def accounts(self) -> Path:
        return self.folder / "accounts.parquet"


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world "demo" of the range, and the local engine's answer to it."""
    folder = tmp_path_factory.mktemp("world")
    build_world(WorldSpec.of("demo"), folder, None)
    log = folder / "exchanges.parquet"
    return World(folder, stillwatch.scan(log, accounts=folder / "accounts.parquet"))
