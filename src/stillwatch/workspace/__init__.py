"""Workspaces: what a scan knows, kept from one scan to the next in one DuckDB file.

Comes in: a log. Goes out: the profiles and the reader's counts of all that the workspace ever read, as if it were one
log. Only files that are new are read; a scan that was killed goes on from its last checkpoint. Whoever feeds
exchanges from elsewhere (`stillwatch.profile.absorb`) saves them the same way, through `Store`.
"""

from stillwatch.workspace.reading import Kept, read_into
from stillwatch.workspace.store import Checkpoint, Store

__all__ = ["Checkpoint", "Kept", "Store", "read_into"]
