"""What each channel adds: the analysis with each channel alone, each left out, and content with each of the others.

Shows the figures of `range score` for each choice of channels (`only_...`, `without_...`, `content_and_...`, `all`), as
means over three worlds whose seeds were never tuned on. Groups are proposed by content, or by what their payers share
(infrastructure); what the others add is corroboration, so `content_and_...` beside `only_content` is the comparison to
read. `python -m bench.ablation --write-docs` writes the table of
docs/explanation/what-each-channel-adds.md.

Takes about ten minutes on two cores, a few more when worlds have to be built; --small under a minute.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.pages import page_command, table
from bench.worlds import Options, world
from stillwatch.campaigns.analyse import Analysis, analyse
from stillwatch.engines.local import COLUMNS, profile_log
from stillwatch.logs import open_logs, read_accounts
from stillwatch.range import score_answer
from stillwatch.range.score import Score
from stillwatch.signals import CHANNELS

FIRST_SEED, RATE = 26, 0.01
FIGURES = ("mean_campaign_recall", "recall", "fpr", "precision", "campaigns_recovered", "false_campaigns")


def choices() -> dict[str, frozenset[str]]:
    """The channels of each row of the table."""
    every = frozenset[str](CHANNELS)
    others = [channel for channel in CHANNELS if channel != "content"]
    return {
        "all": every,
        **{f"without_{channel}": every - {channel} for channel in CHANNELS},
        **{f"only_{channel}": frozenset({channel}) for channel in CHANNELS},
        **{f"content_and_{channel}": frozenset({"content", channel}) for channel in others},
    }


def measure(options: Options) -> dict[str, float]:
    first = FIRST_SEED if options.seed is None else options.seed
    found: dict[str, list[Score]] = {name: [] for name in choices()}
    for seed in range(first, first + (1 if options.small else 3)):
        place = world("standard", replace(options, seed=seed), attacker_share=0.3)
        profiles = profile_log(open_logs([place / "exchanges.parquet"], columns=COLUMNS))
        accounts = read_accounts(place / "accounts.parquet")
        for name, channels in choices().items():
            found[name].append(_score(place, analyse(profiles, accounts, RATE, channels=channels)))
    return {
        f"{name}_{figure}": float(np.mean([getattr(score, figure) for score in scores]))
        for name, scores in found.items()
        for figure in FIGURES
    }


def _score(place: Path, analysis: Analysis) -> Score:
    with tempfile.TemporaryDirectory() as out:
        pq.write_table(analysis.accounts, Path(out) / "accounts.parquet")
        listed = pa.array([campaign.campaign for campaign in analysis.campaigns], pa.string())
        pq.write_table(pa.table({"campaign": listed}), Path(out) / "campaigns.parquet")
        return score_answer(place, Path(out))


def blocks(figures: dict[str, float]) -> dict[str, str]:
    """The generated part of the page."""
    rows = [
        (
            name.replace("_", " "),
            f"{figures[f'{name}_mean_campaign_recall']:.0%}",
            f"{figures[f'{name}_recall']:.0%}",
            f"{figures[f'{name}_fpr']:.2%}",
            f"{figures[f'{name}_campaigns_recovered']:.1f}",
            f"{figures[f'{name}_false_campaigns']:.1f}",
        )
        for name in choices()
    ]
    head = ("channels", "mean campaign recall", "account recall", "innocent accounts flagged", "recovered", "false")
    return {"ablation": table(head, rows)}


if __name__ == "__main__":
    page_command("what-each-channel-adds.md", measure, blocks, "bench.ablation")(prog_name="python -m bench.ablation")
