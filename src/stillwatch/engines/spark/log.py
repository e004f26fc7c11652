"""The driver's side: a log on the cluster, opened, profiled by the executors, and brought together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from stillwatch.engines.local import COLUMNS
from stillwatch.engines.spark.session import spark_errors, whatever_pandas
from stillwatch.engines.spark.stage import PACKED_SCHEMA, PARTS_SCHEMA, Stage, unpacked
from stillwatch.engines.spark.tables import find_table, is_path, laid_out, name_of, sample_of
from stillwatch.exchange import EXCHANGE_SCHEMA
from stillwatch.logs import accounts as account_table
from stillwatch.logs.detect import settle
from stillwatch.logs.raw import Fault
from stillwatch.logs.rejects import Rejects
from stillwatch.logs.stream import nothing
from stillwatch.logs.tally import Tally
from stillwatch.profile import Profiles
from stillwatch.profile.rows import ROWS_SCHEMA, merge_rows
from stillwatch.profile.secret import Key
from stillwatch.progress import Progress

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Work = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]


@dataclass
class SparkLog:
    """A log on the cluster, to be profiled once (`profile_log`): rows, rejected and so on are complete after that.

    Attributes:
        table: The columns that are read, laid out for the executors.
        stage: What the executors do with it.
        rejects: Where rows that are set aside go, and their counts.
        tally: What the log looks like.
        rows: Rows accepted.
        received: Bytes that the executors sent to the driver.

    """

    table: DataFrame
    stage: Stage
    rejects: Rejects
    tally: Tally = field(init=False)
    rows: int = 0
    received: int = 0

    def __post_init__(self) -> None:
        self.tally = Tally(self.stage.log_format.notices)

    @property
    def format(self) -> str:
        """Name of the log's format."""
        return self.stage.log_format.name

    @property
    def rejected(self) -> dict[str, int]:
        """Cause -> rows set aside, the most frequent first."""
        return self.rejects.by_cause

    @property
    def filled(self) -> dict[str, float]:
        """Exchange column -> percentage of accepted rows that have it, of the columns that were read."""
        return self.tally.filled([name for name in EXCHANGE_SCHEMA.names if name in self.stage.columns], self.rows)

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the analyst."""
        return tuple(self.tally.notes())


def open_log(
    session: SparkSession,
    tables: Sequence[Any],
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    mapping: str | Path | None = None,
    columns: frozenset[str] = COLUMNS,
    key: Key | None = None,
    rejects: str | Path | None = None,
    now: datetime | None = None,
) -> SparkLog:
    """Opens a log on the cluster for one pass.

    Args:
        session: The session.
        tables: Names of tables, paths or URLs of Parquet, DataFrames.
        format: A name of `FORMATS`, to force it; by default the columns tell.
        mapping: A TOML file, on the driver, that says where a log of another shape has the exchange's fields.
        columns: Exchange columns that profiles are made of; others are not read.
        key: Hash what was asked under it, on the executors, and keep no text.
        rejects: JSON Lines file, on the driver, for the rows set aside.
        now: The present, for rows dated in the future; by default the driver's clock.

    Raises:
        InputError: A table, path or mapping that can't be read as it stands.
        UsageError: Unknown format, `format` together with `mapping`.

    """
    found = find_table(session, tables)
    name = ", ".join(name_of(table) for table in tables[:3]) + (", ..." if len(tables) > 3 else "")
    stage = replace(_stage(found, name, format, mapping, now), columns=columns, key=key)
    with spark_errors(name):
        return SparkLog(_laid_out(found, stage), stage, Rejects(None if rejects is None else Path(rejects)))


def _stage(
    table: DataFrame, name: str, log_format: str | None, mapping: str | Path | None, now: datetime | None
) -> Stage:
    sample = sample_of(table)
    return Stage(name, settle([(name, sample)], log_format, mapping), sample, now or datetime.now(UTC))


def _laid_out(table: DataFrame, stage: Stage) -> DataFrame:
    return laid_out(table, stage.log_format, stage.columns, ids=stage.log_format.reads("exchange_id", stage.sample))


def profile_table(
    table: DataFrame,
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    mapping: str | Path | None = None,
) -> DataFrame:
    """The profiles of a table's accounts as a table of the cluster (`PARTS_SCHEMA`), to be kept there.

    A row with an `account` is a profile: an account may have several, which `profile.rows.merge_rows` brings together,
    also with those of other days. A row with a `fault` is one of the log that was set aside. One row a partition has
    the counts (`tally`).

    Raises:
        InputError: Columns that are no log's, or a mapping that can't be read.

    """
    stage = _stage(table, name_of(table), format, mapping, None)
    with spark_errors(stage.name):
        return _mapped(_laid_out(table, stage), stage.parts, PARTS_SCHEMA)


def profile_log(log: SparkLog, progress: Progress | None = None) -> Profiles:
    """Read the log once, on the executors, and return its profiles. The driver's memory is bounded by accounts.

    Raises:
        InputError: Not one row is an exchange.

    """
    with spark_errors(log.stage.name):
        packed = _mapped(log.table, log.stage.packed, PACKED_SCHEMA).toArrow().column("data")
    log.received = packed.nbytes
    with log.rejects as rejects:
        profiles = merge_rows(_profiles(log, packed, rejects))
    profiles.key = log.stage.profiles().key
    if log.rows == 0:
        raise nothing(log.stage.name, rejects)
    if progress is not None:
        progress("reading exchanges", log.rows, None)
    return profiles


def _profiles(log: SparkLog, packed: pa.ChunkedArray, rejects: Rejects) -> Iterator[pa.Table]:
    """The rows of profiles, one part at a time; faults and counts go where they belong."""
    for data in packed:
        part = unpacked(data)
        for text in part.column("tally").drop_null().to_pylist():
            counts = json.loads(text)
            log.rows += counts["rows"]
            log.tally.add_state(counts["seen"])
        faults = part.column("fault").drop_null()
        rejects.add(Fault(**fault) for fault in faults.to_pylist())
        rows = part.filter(part.column("account").is_valid()).select(ROWS_SCHEMA.names)
        if rows.num_rows:
            yield rows


def _mapped(table: DataFrame, work: Work, schema: pa.Schema) -> DataFrame:
    from pyspark.sql.pandas.types import from_arrow_schema

    with whatever_pandas():
        return table.mapInArrow(lambda batches: work(batches), from_arrow_schema(schema))


def read_accounts(session: SparkSession, table: Any) -> pa.Table:
    """The account table: a file of the driver's, or a table, Parquet or DataFrame of the cluster.

    Raises:
        InputError: As `logs.read_accounts`.

    """
    if isinstance(table, str | Path) and Path(table).exists() and (not is_path(str(table)) or Path(table).is_file()):
        return account_table.read_accounts(table)
    name = name_of(table)
    with spark_errors(name):
        return account_table.accounts_of(find_table(session, [table]).toArrow(), name)
