"""The workspace: one DuckDB file that keeps the profiles of the logs read so far.

In comes what a scan has absorbed, at checkpoints and at its end; out goes the state from which a scan that was stopped
goes on, and the profiles of earlier days, so that today's scan reads only today's log.
"""

from stillwatch.workspace.reading import KeptLog, describe, open_kept

__all__ = ["KeptLog", "describe", "open_kept"]
