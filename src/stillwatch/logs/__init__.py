"""Logs: whatever a gateway wrote comes in, batches of exchanges of the canonical Arrow schema go out.

`open_logs` finds the files, knows their format from the first rows and gives a `LogStream`. Readers (lines, delimited,
columnar) know files; formats (canonical, litellm, litellm_spend, mapped) know meaning and are data: a new one is one
file with a `FORMAT`, and its line in `FORMATS`. A row that is no exchange is set aside and counted, never dropped.
"""

from __future__ import annotations

from stillwatch.logs.accounts import read_accounts
from stillwatch.logs.formats import FORMATS
from stillwatch.logs.opening import open_logs
from stillwatch.logs.raw import CAUSES
from stillwatch.logs.stream import LogStream

__all__ = ["CAUSES", "FORMATS", "LogStream", "open_logs", "read_accounts"]
