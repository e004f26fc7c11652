"""False alarms on the world "quiet": look-alikes only, no campaign at all.

Shows the share of innocent accounts that are flagged, overall and in the worst benign kind, and the campaigns that are
reported though there is none. Every figure should be near zero.

Takes about a minute on two cores, a few more when the world has to be built; --small under a minute.
"""

from __future__ import annotations

from bench.worlds import Options, answer_figures, world


def measure(options: Options) -> dict[str, float]:
    figures = answer_figures(world("quiet", options))
    return {key: value for key, value in figures.items() if key not in ("precision", "recall", "mean_campaign_recall")}
