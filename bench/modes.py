"""What each mode loses: full text, keyed sketches, and metadata alone, on the same worlds in the same run.

Shows the figures of `range score` as `<mode>_<figure>` for worlds in which campaigns reuse cards, addresses, clients
and sign-up days half of the time (the default), `<mode>_<figure>_shared` where all do that can, `..._apart` where none
does, and `..._quiet` where there is no campaign. `..._sharing_recall` is the mean recall over those campaigns of which
at least a quarter of the accounts share a means of payment with other members: metadata alone can see no others. Means
over three worlds each, none of which was tuned on, though what seed 10 showed of `_shared` led to a change.
`python -m bench.modes --write-docs` writes the table of docs/how-to/scan-without-prompts.md.

Takes about ten minutes on two cores, of which building the twelve worlds, which are kept, takes half; --small under a
minute.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

import stillwatch
from bench.pages import page_command, table
from bench.worlds import Options, world
from stillwatch.range import score_answer
from stillwatch.range.score import Score
from stillwatch.settings import MODES, Mode

FIRST_SEED = 9
SHARING = 0.25  #: of a campaign's accounts that pay with another member's means, from which on it shares
KINDS = ("precision", "mean_campaign_recall", "recall", "fpr", "worst_kind_fpr", "campaigns", "false_campaigns")
QUIET = ("fpr", "worst_kind_fpr", "false_campaigns")


@dataclass(frozen=True, slots=True)
class Setting:
    """Worlds of one kind; `ending` is that of their figures' names."""

    ending: str
    title: str
    preset: str
    reuse: float | None  #: how far campaigns reuse infrastructure; None: as the preset has it


SETTINGS = (
    Setting("", "half of the campaigns share infrastructure", "standard", None),
    Setting("_shared", "every campaign that can shares infrastructure", "standard", 1.0),
    Setting("_apart", "no campaign shares infrastructure", "standard", 0.0),
    Setting("_quiet", "no campaign", "quiet", None),
)


def measure(options: Options) -> dict[str, float]:
    first = FIRST_SEED if options.seed is None else options.seed
    figures: dict[str, float] = {}
    for setting in SETTINGS:
        rows: dict[str, list[dict[str, float]]] = {mode: [] for mode in MODES}
        for seed in range(first, first + (1 if options.small else 3)):
            place = world(setting.preset, replace(options, seed=seed), reuse=setting.reuse)
            sharing = _sharing(place)
            for mode in MODES:
                rows[mode].append(_figures(_scored(place, mode), sharing))
        for mode, found in rows.items():
            for name in found[0]:
                known = [row[name] for row in found if np.isfinite(row[name])]
                if known:
                    figures[f"{mode}_{name}{setting.ending}"] = float(np.mean(known))
    return figures


def _scored(place: Path, mode: Mode | str) -> Score:
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        key.write_bytes(hashlib.sha256(place.name.encode()).digest())  # drawn anew a world, alike in every run
        answer = Path(folder) / "answer"
        stillwatch.scan(
            place / "exchanges.parquet",
            accounts=place / "accounts.parquet",
            mode=mode,  # type: ignore[arg-type]
            key=key if mode == "sketches" else None,
            out=answer,
        )
        return score_answer(place, answer)


def _figures(score: Score, sharing: set[str]) -> dict[str, float]:
    names = KINDS if score.true_campaigns else QUIET
    found = {name: float(getattr(score, name)) for name in names}
    if sharing:
        found["sharing_recall"] = float(np.mean([c.recall for c in score.per_campaign if c.campaign in sharing]))
    return found


def _sharing(place: Path) -> set[str]:
    """The campaigns that share means of payment, by the labels."""
    labels = pq.read_table(place / "labels.parquet", columns=["account", "campaign", "malicious"]).to_pylist()
    accounts = pq.read_table(place / "accounts.parquet", columns=["account", "payment"])
    payment = dict(zip(accounts["account"].to_pylist(), accounts["payment"].to_pylist(), strict=True))
    members = [(row["campaign"], payment[row["account"]]) for row in labels if row["malicious"]]
    held = Counter(members)
    size = Counter(campaign for campaign, _ in members)
    shared = Counter(campaign for campaign, card in members if card is not None and held[campaign, card] > 1)
    return {campaign for campaign, count in shared.items() if count >= SHARING * size[campaign]}


def blocks(figures: dict[str, float]) -> dict[str, str]:
    """The generated part of the page."""

    def share(mode: str, name: str, setting: Setting, digits: int = 0) -> str:
        value = figures.get(f"{mode}_{name}{setting.ending}")
        return "" if value is None else f"{value:.{digits}%}"

    rows = [
        (
            setting.title,
            mode,
            share(mode, "mean_campaign_recall", setting),
            share(mode, "sharing_recall", setting),
            share(mode, "precision", setting, 1),
            share(mode, "fpr", setting, 2),
            share(mode, "worst_kind_fpr", setting, 1),
            f"{figures[f'{mode}_false_campaigns{setting.ending}']:.1f}",
        )
        for setting in SETTINGS
        for mode in MODES
    ]
    head = (
        "worlds",
        "mode",
        "mean campaign recall",
        "of campaigns that share cards",
        "precision",
        "innocent accounts flagged",
        "worst kind",
        "false campaigns",
    )
    return {"modes": table(head, rows)}


if __name__ == "__main__":
    page_command("../how-to/scan-without-prompts.md", measure, blocks, "bench.modes")(prog_name="python -m bench.modes")
