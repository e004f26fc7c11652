"""The session with the cluster, and the errors of Spark in one line each."""

from __future__ import annotations

import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stillwatch.errors import InputError, StillwatchError, UsageError
from stillwatch.extras import require

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_NO_JAVA = (
    "Spark needs Java 17 or later, and there is no 'java' here; install one (Debian and Ubuntu: apt-get install "
    "openjdk-17-jre-headless or openjdk-21-jre-headless) or set JAVA_HOME"
)
_OURS = re.compile(r"stillwatch\.errors\.(\w+): (.*)")
_ABSENT = re.compile(r"ModuleNotFoundError: No module named '(\w+)")


def connect(master: str | None = None) -> SparkSession:
    """The Spark session that there is (a notebook's, a submitted job's), or a new one.

    Args:
        master: URL of the cluster: `yarn`, `spark://host:7077`, `local[2]`. By default what Spark's own settings say,
            which is this machine alone where they say nothing.

    Raises:
        MissingExtraError: PySpark, or the pandas that it asks for, is not installed.
        StillwatchError: No Java, or the session can't be started.

    """
    for module in ("pyspark.sql", "pandas"):
        require(module, feature="the Spark engine", extra="spark")
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is not None:
        if master is not None and master != session.conf.get("spark.master", master):
            raise UsageError(f"a Spark session with another master than {master} is running; leave the master out")
        return session
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    if not submitted:
        _require_java()
        own = master.startswith("local") if master else not {"SPARK_HOME", "SPARK_CONF_DIR"} & os.environ.keys()
        if own:  # else the workers would be whatever 'python3' is
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("stillwatch")
    if master is not None:
        builder = builder.master(master)
    if not sys.stderr.isatty():
        builder = builder.config("spark.ui.showConsoleProgress", "false")
    try:
        with whatever_pandas():
            return builder.getOrCreate()
    except PySparkException as error:
        raise StillwatchError(f"Spark could not be started, for what it said above ({_first_line(error)})") from error


@contextmanager
def whatever_pandas() -> Iterator[None]:
    """Without PySpark's doubts about newer versions of pandas: it looks for pandas, and no pandas takes part here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
        yield


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java") if home is None else shutil.which("java", path=str(Path(home) / "bin"))
    if found is None:
        raise StillwatchError(_NO_JAVA if home is None else f"JAVA_HOME is {home}, which has no bin/java. {_NO_JAVA}")


@contextmanager
def spark_errors(name: str) -> Iterator[None]:
    """Errors of Spark that the user can mend, as `StillwatchError`; `name` says what was read or written."""
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except AnalysisException as error:
        raise InputError(_first_line(error), file=name) from None
    except PySparkException as error:
        text = str(error)
        if ours := _OURS.search(text):  # raised on an executor: the message already says where
            raise (InputError if ours[1] == "InputError" else StillwatchError)(ours[2]) from error
        if absent := _ABSENT.search(text):
            raise StillwatchError(
                f"the executors' Python lacks '{absent[1]}': install stillwatch on every node, with the version of the "
                "driver, and let PYSPARK_PYTHON name that Python"
            ) from error
        if "spark.driver.maxResultSize" in text:
            raise StillwatchError(f"{_first_line(error)}; start the driver with more of it") from error
        raise


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
