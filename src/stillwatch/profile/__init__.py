"""The profile: one fixed-size mergeable record per account.

Comes in: batches of exchanges. Goes out: `Profiles`, a struct of arrays with one row per account. Merging is
associative and commutative, so a log read in pieces, in any order or on many machines, gives the same profiles.
"""

from stillwatch.profile.absorb import absorb
from stillwatch.profile.layout import COUNTS, Profiles
from stillwatch.profile.merge import merge

__all__ = ["COUNTS", "Profiles", "absorb", "merge"]
