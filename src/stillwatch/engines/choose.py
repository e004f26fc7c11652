"""Which engine runs a scan: three functions that both have, and nothing else that a scan needs to know of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from stillwatch.engines.local import COLUMNS, Progress, profile_log
from stillwatch.errors import UsageError
from stillwatch.logs import open_logs, read_accounts
from stillwatch.profile import Profiles
from stillwatch.profile.secret import Key

ENGINES = ("local", "spark")


@dataclass(frozen=True, slots=True)
class Engine:
    """Where the stages of a scan run."""

    #: (logs, format=, mapping=, rejects=) -> a `LogStream`, or what has its format, rows, rejected, filled and notes
    open_log: Callable[..., Any]
    profile_log: Callable[[Any, Progress | None], Profiles]  #: reads an opened log once
    read_accounts: Callable[[Any], pa.Table]  #: the account table, of the schema `ACCOUNT_SCHEMA`


def choose_engine(
    name: str,
    master: str | None = None,
    columns: frozenset[str] = COLUMNS,
    key: Key | None = None,
    budget: int | None = None,
) -> Engine:
    """The engine of that name; `master` is the URL of a Spark cluster, `columns` and `key` those of the scan's mode.

    `budget` is what the local engine's profiles may take of the memory, in bytes.

    Raises:
        UsageError: No such engine, or a master for the local one.
        MissingExtraError: The Spark engine is not installed.
        StillwatchError: Spark can't be started.

    """
    if name == "spark":
        from stillwatch.engines import spark

        session = spark.connect(master)
        opened = partial(spark.open_log, session, columns=columns, key=key)
        return Engine(opened, spark.profile_log, partial(spark.read_accounts, session))
    if name not in ENGINES:
        raise UsageError(f"no engine is called '{name}'; there are: {', '.join(ENGINES)}")
    if master is not None:
        raise UsageError("a master is a Spark cluster's: --engine spark")
    return Engine(partial(open_logs, columns=columns), partial(profile_log, key=key, budget=budget), read_accounts)
