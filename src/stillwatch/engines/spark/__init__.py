"""The Spark engine: the stages of a scan on an existing cluster, with the code that the local engine runs.

Comes in: tables, Parquet or DataFrames. The executors read their partitions through the same checks (`logs.check`) into
the same kernels (`profile.absorb`) and give profiles as rows; the driver merges them and calls the same analysis
(`stillwatch.scan(..., engine="spark")`). Needs the extra `spark`, and Stillwatch on the executors.
"""

from stillwatch.engines.spark.log import SparkLog, open_log, profile_log, profile_table, read_accounts
from stillwatch.engines.spark.session import connect
from stillwatch.engines.spark.tables import save_table

__all__ = ["SparkLog", "connect", "open_log", "profile_log", "profile_table", "read_accounts", "save_table"]
