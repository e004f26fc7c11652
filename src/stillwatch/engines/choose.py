"""Which engine runs a scan: three functions that both have, and nothing else that a scan needs to know of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from stillwatch.engines.local import profile_log
from stillwatch.logs import open_logs, read_accounts
from stillwatch.profile import Profiles
from stillwatch.progress import Progress
from stillwatch.settings import Settings


@dataclass(frozen=True, slots=True)
class Engine:
    """Where the stages of a scan run."""

    #: (logs, rejects=) -> a `LogStream`, or what has its format, rows, rejected, filled and notes
    open_log: Callable[..., Any]
    profile_log: Callable[[Any, Progress | None], Profiles]  #: reads an opened log once
    read_accounts: Callable[[Any], pa.Table]  #: the account table, of the schema `ACCOUNT_SCHEMA`


def choose_engine(settings: Settings) -> Engine:
    """The engine of a scan, which reads logs as its settings say; all of them under one key.

    Raises:
        InputError: The file of the key holds none.
        MissingExtraError: The Spark engine is not installed.
        StillwatchError: Spark can't be started.

    """
    key = settings.draw_key()
    read: dict[str, Any] = {"format": settings.format, "mapping": settings.mapping, "columns": settings.columns}
    if settings.engine == "spark":
        from stillwatch.engines import spark

        session = spark.connect(settings.master)
        opened = partial(spark.open_log, session, **read, key=key)
        return Engine(opened, spark.profile_log, partial(spark.read_accounts, session))
    return Engine(partial(open_logs, **read), partial(profile_log, key=key, budget=settings.budget), read_accounts)
