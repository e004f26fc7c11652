"""Every baseline and Stillwatch on the same worlds: thresholds set on other worlds, answers scored by `range score`.

A baseline is given more than Stillwatch is: an earlier quiet world as normal, the threshold at which 0.3 % of the
innocent accounts of other worlds of the same make are flagged, and the configuration that finds most campaigns there.
One that forms no groups is credited for every guilty account that it flags, as a campaign of one.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import stillwatch
from bench.baselines.registry import ALONE, Scores, baselines
from bench.baselines.tables import Tables
from bench.baselines.threshold import RATE, threshold
from bench.worlds import Options, world
from stillwatch.range import score_answer
from stillwatch.range.score import Score

PRODUCT = "stillwatch"
LENIENT = 0.02  #: a second, lenient rate: what each baseline would find if an operator bore so many false alarms
SMALL = {"accounts": 400, "exchanges": 9_000, "campaigns": 2}  #: a reduced world
Bools = npt.NDArray[np.bool_]
Found = dict[str, dict[str, Scores]]  #: method -> configuration -> scores


@dataclass(frozen=True, slots=True)
class Setting:
    """Worlds of one make, and those of another seed and perhaps another preset on whose labels baselines are set."""

    ending: str  #: of the figures' names
    title: str
    preset: str
    share: float  #: of accounts that attack
    set_on: str = "standard"


@dataclass(frozen=True, slots=True)
class Row:
    """One method's score on one world."""

    method: str
    seed: int
    score: Score
    kinds: dict[str, str]  #: kind of each true campaign


@dataclass(frozen=True, slots=True)
class Choice:
    """The configuration and threshold of a method, as set on other worlds."""

    configuration: str
    threshold: float
    groups: bool  #: whether the method forms groups


@dataclass(frozen=True, eq=False)
class Comparison:
    """All rows of one setting, and how each baseline was set."""

    setting: Setting
    rows: tuple[Row, ...]
    choices: dict[str, Choice]
    lenient: dict[str, tuple[float, float]]  #: mean campaign recall and false-positive rate, set to `LENIENT`


@dataclass(frozen=True, eq=False)
class Told:
    """A world whose labels set thresholds."""

    found: Found
    guilty: Bools
    campaign: npt.NDArray[np.object_]


def compare(
    options: Options, setting: Setting, seeds: tuple[int, ...], tuning: tuple[int, ...], quiet: int
) -> Comparison:
    """Set every baseline on the worlds of the seeds `tuning`, then score all on those of `seeds`."""
    knobs: dict[str, object] = dict(SMALL) if options.small else {}

    def place(seed: int, preset: str = setting.preset) -> Path:
        return world(preset, replace(options, seed=seed), attacker_share=setting.share, **knobs)

    normal = Tables(world("quiet", replace(options, seed=quiet), **knobs))
    places = [place(seed, setting.set_on) for seed in tuning]
    others = [Told(scores_of(folder, normal), *_labels(folder)) for folder in places]
    choices, leniently = _set(others, RATE), _set(others, LENIENT)
    rows: list[Row] = []
    second: dict[str, list[tuple[float, float]]] = {name: [] for name in choices}
    for seed in seeds:
        folder = place(seed)
        found = scores_of(folder, normal)
        guilty, campaign = _labels(folder)
        rows += _score(folder, seed, found, choices)
        for name, choice in leniently.items():
            scores = found[name][choice.configuration]
            wrong = float((scores.score > choice.threshold)[~guilty].mean())
            second[name].append((_recall(scores, choice.threshold, guilty, campaign), wrong))
    means = {name: tuple(np.mean(each, axis=0).tolist()) for name, each in second.items()}
    return Comparison(setting, tuple(rows), choices, means)


def scores_of(folder: Path, normal: Tables) -> Found:
    """What every configuration of every baseline says of a world; kept beside it, since it takes a minute."""
    made_of = hashlib.sha256(normal.folder.name.encode())
    for source in sorted((Path(__file__).parent / "baselines").glob("*.py")):
        made_of.update(source.read_bytes())
    kept = folder.with_name(f"{folder.name}.baselines-{made_of.hexdigest()[:12]}.npz")
    if not kept.is_file():
        tables = Tables(folder)
        arrays: dict[str, npt.NDArray[np.generic]] = {}
        for name, method in baselines().items():
            for configuration, scores in method.score(tables, normal).items():
                arrays[f"{name}|{configuration}|score"] = scores.score
                if scores.group is not None:
                    arrays[f"{name}|{configuration}|group"] = scores.group
        with kept.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    found: Found = {}
    with np.load(kept) as arrays_kept:
        for key in arrays_kept.files:
            name, configuration, part = key.split("|")
            if part == "score":
                group = f"{name}|{configuration}|group"
                groups = arrays_kept[group] if group in arrays_kept.files else None
                found.setdefault(name, {})[configuration] = Scores(arrays_kept[key], groups)
    return found


def _labels(folder: Path) -> tuple[Bools, npt.NDArray[np.object_]]:
    """(malicious, campaign) of every account, in the order of `Tables.accounts`."""
    table = pq.read_table(folder / "labels.parquet")
    table = table.take(pc.index_in(Tables(folder).accounts, table["account"].combine_chunks()))
    guilty = table["malicious"].to_numpy(zero_copy_only=False).astype(bool)
    return guilty, np.array(table["campaign"].to_pylist(), dtype=object)


def _set(worlds: list[Told], rate: float) -> dict[str, Choice]:
    """Of each method, the configuration that finds most at its threshold; the first of equals."""
    choices = {}
    for name in worlds[0].found:
        best = -1.0
        for configuration in worlds[0].found[name]:
            told = [(each.found[name][configuration], each) for each in worlds]
            bound = threshold(np.concatenate([scores.score[~each.guilty] for scores, each in told]), rate)
            recall = float(np.mean([_recall(scores, bound, each.guilty, each.campaign) for scores, each in told]))
            if recall > best:
                best, choices[name] = recall, Choice(configuration, bound, told[0][0].group is not None)
    return choices


def _recall(scores: Scores, bound: float, guilty: Bools, campaign: npt.NDArray[np.object_]) -> float:
    """Mean campaign recall, counting flagged accounts whose group, if any, is mostly guilty."""
    counted = (scores.score > bound) & guilty
    if scores.group is not None:
        flagged, grouped = scores.score > bound, scores.group != ALONE
        inside = flagged & grouped
        guilty_inside = np.bincount(scores.group[inside], weights=guilty[inside].astype(float), minlength=1)
        mostly = guilty_inside > 0.5 * np.bincount(scores.group[inside], minlength=1)
        counted &= ~grouped | mostly[np.minimum(scores.group, len(mostly) - 1)]
    return float(np.mean([counted[guilty & (campaign == name)].mean() for name in set(campaign[guilty])]))


def _score(folder: Path, seed: int, found: Found, choices: dict[str, Choice]) -> Iterator[Row]:
    """The rows of one world, Stillwatch's first."""
    labels = pq.read_table(folder / "labels.parquet", columns=["campaign", "kind", "malicious"])
    kinds = {
        str(row["campaign"]): str(row["kind"])
        for row in labels.group_by(labels.column_names).aggregate([]).to_pylist()
        if row["malicious"]
    }
    accounts = Tables(folder).accounts
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary)
        stillwatch.scan(folder / "exchanges.parquet", accounts=folder / "accounts.parquet", out=out)
        yield Row(PRODUCT, seed, score_answer(folder, out), kinds)
        for name, choice in choices.items():
            write_answer(out, accounts, found[name][choice.configuration], choice.threshold)
            yield Row(name, seed, score_answer(folder, out), kinds)


def write_answer(out: Path, accounts: pa.Array, scores: Scores, bound: float) -> None:
    """Write scores as a scan's accounts.parquet and campaigns.parquet."""
    flagged = scores.score > bound
    group = np.full(len(accounts), ALONE) if scores.group is None else scores.group
    names = [
        None if not accused else f"group {code}" if code != ALONE else f"account {row}"
        for row, (accused, code) in enumerate(zip(flagged.tolist(), group.tolist(), strict=True))
    ]
    table = {"account": accounts, "score": scores.score, "flagged": flagged, "campaign": pa.array(names, pa.string())}
    pq.write_table(pa.table(table), out / "accounts.parquet")
    listed = sorted({name for name in names if name is not None})
    pq.write_table(pa.table({"campaign": pa.array(listed, pa.string())}), out / "campaigns.parquet")
