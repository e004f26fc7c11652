"""The tables of the cluster: found, cut to what is needed, laid out for the executors, and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from stillwatch.engines.spark.session import spark_errors
from stillwatch.errors import InputError, UsageError
from stillwatch.logs.format import Format, Sample, identifier

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

#: Up to this many ids that come more than once, they are sent to every executor; beyond, the rows are shuffled by id.
_BROADCAST = 1_000_000
_ACCOUNT = "stillwatch_account"


def is_path(name: str) -> bool:
    """Whether a name is a file's or a folder's, and not a table's."""
    return "/" in name or "\\" in name or name.endswith(".parquet")


def is_text(path: Path) -> bool:
    """Whether this is a file of this machine that is no Parquet, such as a log of JSON Lines."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(4) != b"PAR1"


def name_of(table: Any) -> str:
    """What messages and scan.json call a log: its path or table name, or that it is a DataFrame."""
    return "a DataFrame" if hasattr(table, "mapInArrow") else str(table)


def find_table(session: SparkSession, tables: Sequence[Any]) -> DataFrame:
    """One DataFrame of tables (by name), Parquet (by path or URL) and DataFrames; columns that one lacks are null.

    Raises:
        InputError: A table or path that is not there, or columns of one name whose types differ.

    """
    if not tables:
        raise UsageError("no log was given; pass tables, Parquet or DataFrames")
    for table in tables:
        if isinstance(table, str | Path) and is_text(Path(table)):
            raise InputError(
                "the Spark engine reads tables, Parquet and DataFrames; scan this file with --engine local, or write "
                "it as Parquet first",
                file=str(table),
            )
    paths = [str(table) for table in tables if not hasattr(table, "mapInArrow") and is_path(str(table))]
    found: list[DataFrame] = []
    if paths:
        with spark_errors(", ".join(paths[:3])):
            found.append(session.read.option("mergeSchema", len(paths) > 1).parquet(*paths))
    for table in tables:
        if hasattr(table, "mapInArrow"):
            found.append(table)
        elif not is_path(str(table)):
            with spark_errors(str(table)):
                found.append(session.table(str(table)))
    with spark_errors(", ".join(name_of(table) for table in tables[:3])):
        whole = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), found)
        _ = whole.schema  # a table that can't be read is known now
    return whole


def sample_of(table: DataFrame) -> Sample:
    """The names of a table's columns and of the members of its structs, as `logs.detect` has them of a file."""
    names = set(table.columns)
    for field in table.schema:
        if hasattr(field.dataType, "fieldNames"):
            names |= {f"{field.name}.{member}" for member in field.dataType.fieldNames()}
    return Sample(frozenset(names))


def laid_out(table: DataFrame, log_format: Format, wanted: Iterable[str], *, ids: bool) -> DataFrame:
    """The columns that the wanted exchange columns are made of, laid out so that executors can work alone.

    Rows of one account come together, so that its profile is made once; Spark cuts an account that is far larger than
    a partition (the rows of profiles merge). Where `ids`, rows that share an exchange id come together and in order of
    time, so that all but the first good one are told apart as duplicates.
    """
    heads = set(log_format.heads(wanted))
    table = table.select(*(_quoted(name) for name in table.columns if name in heads))
    if not ids or (key := _column(table, log_format, "exchange_id")) is None:
        return _together(table, log_format)
    from pyspark.sql import functions

    key = functions.nullif(key, functions.lit(""))
    repeated = table.select(key.alias("id")).where("id is not null").groupBy("id").count().where("count > 1")
    count = repeated.count()
    if not count:
        return _together(table, log_format)
    few = repeated.select("id")
    if count <= _BROADCAST:
        few = functions.broadcast(few)
    once = table.join(few, key == few["id"], "left_anti")
    more = table.join(few, key == few["id"], "left_semi").repartition(key)
    order = [key, *(functions.col(_quoted(name)) for name in _in_order(table, log_format))]
    return _together(once, log_format).union(more.sortWithinPartitions(*order))


def _together(table: DataFrame, log_format: Format) -> DataFrame:
    """The table with the rows of an account in one partition, of even sizes."""
    if (plain := log_format.plain.get("account")) in table.columns:
        return table.hint("rebalance", _quoted(str(plain)))
    account = _column(table, log_format, "account")
    if account is None:
        return table.hint("rebalance")
    return table.withColumn(_ACCOUNT, account).hint("rebalance", _ACCOUNT).drop(_ACCOUNT)


def _in_order(table: DataFrame, log_format: Format) -> list[str]:
    """The columns that can be sorted, those of the time first: an order that does not depend on how the table lies."""
    time = {
        head
        for source in log_format.sources
        if identifier(source) in log_format.select["time"]
        for head in (source, source.partition(".")[0])
    }
    kinds = {field.name: field.dataType.simpleString() for field in table.schema}
    sortable = [name for name in sorted(table.columns) if not re.search(r"\b(map|variant|interval)\b", kinds[name])]
    return sorted(sortable, key=lambda name: name not in time)


def _column(table: DataFrame, log_format: Format, name: str) -> Column | None:
    """An exchange column as text in Spark's SQL, from the format's (DuckDB's); None where it can't be said in both.

    Only for bringing rows together. The values themselves are made by the format's own SQL on the executors.
    """
    from pyspark.errors import PySparkException
    from pyspark.sql import functions

    expression = log_format.select.get(name)
    if expression is None:
        return None
    for source in log_format.sources:
        expression = expression.replace(identifier(source), _source(table, source))
    column = functions.expr(f"cast({expression.replace('::varchar', '::string')} as string)")
    try:
        _ = table.select(column).schema
    except PySparkException:
        return None
    return column


def _source(table: DataFrame, source: str) -> str:
    """A dotted source as Spark's SQL: a column, a member of a struct, or a value in a column of JSON."""
    kinds = {field.name: field.dataType.typeName() for field in table.schema}
    head, _, rest = source.partition(".")
    if source in kinds:
        return _quoted(source)
    if not rest or head not in kinds:
        return "cast(null as string)"
    if kinds[head] == "struct":
        return ".".join(_quoted(step) for step in source.split("."))
    return f"get_json_object({_quoted(head)}, '$.{rest}')"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def save_table(session: SparkSession, table: pa.Table, target: str, mode: str = "overwrite") -> None:
    """Write an Arrow table, such as `result.accounts`, to the cluster.

    Args:
        session: The session.
        table: Any table; those of a scan are described in docs/reference/output.md.
        target: A table's name (`catalog.schema.table`), or a path or URL for Parquet.
        mode: What to do where it exists: `overwrite`, `append`, `error` or `ignore`.

    Raises:
        InputError: The target can't be written.

    """
    with spark_errors(target):
        writer = session.createDataFrame(table).write.mode(mode)
        writer.parquet(target) if is_path(target) else writer.saveAsTable(target)
