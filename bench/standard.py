"""Detection and speed on the world "standard": 500,000 exchanges of 7,000 accounts with every kind of campaign.

Shows the precision over accounts, the false-positive rate (overall and of the worst benign kind), the recall per
campaign, and how many campaigns come back whole (completeness and purity at least 0.9), all at the default rate; then
the time of a scan beside that of a trivial DuckDB pass over the same file (median of five fresh processes each, taken
in turn, on two cores) and the scan's peak memory.

Takes about five minutes on two cores, a few more when the world has to be built; --small under a minute.
"""

from __future__ import annotations

from bench.timed import compare
from bench.worlds import Options, answer_figures, tiny_world, world


def measure(options: Options) -> dict[str, float]:
    place = world("standard", options)
    return answer_figures(place) | compare(place, tiny_world(), repeats=1 if options.small else 5)
