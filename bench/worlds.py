"""Worlds for the benchmarks, built once and kept in worlds/ under a name that changes with what they are made of."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import stillwatch.range
from stillwatch.range import WorldSpec, build_world
from stillwatch.range.stream import StreamSpec, stream_world

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "worlds"
SHARED_PROMPTS = ROOT.parent / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for: where real prompts are (None: the grammar), the reduced size, the seed."""

    prompts: Path | None = None
    small: bool = False
    seed: int | None = None


def world(preset: str, options: Options, **knobs: object) -> Path:
    """Folder of the world of that preset, built unless it is there already. A changed range makes a new one."""
    if options.small:
        knobs = {"accounts": 900, "exchanges": 40_000, "campaigns": 4, **knobs}
    spec = WorldSpec.of(preset, seed=options.seed, **knobs)
    return _kept(preset, spec.as_dict(), options, lambda folder: build_world(spec, folder, options.prompts))


def streamed(
    options: Options,
    *,
    preset: str = "headline",
    scale: float = 1.0,
    accounts: int | None = None,
    rows: int | None = None,
) -> Path:
    """Folder of the streamed world of that size: `accounts` and `rows` in all replace those of the scale."""
    spec = StreamSpec.of(preset, scale=scale, accounts=accounts, exchanges=rows, seed=options.seed or 1)
    return _kept(f"{preset}-streamed", spec.as_dict(), options, lambda to: stream_world(spec, to, options.prompts))


def _kept(name: str, spec: dict[str, object], options: Options, build: Callable[[Path], None]) -> Path:
    made_of = hashlib.sha256(json.dumps(spec, sort_keys=True).encode())
    made_of.update(str(options.prompts and options.prompts.resolve()).encode())
    for source in sorted(Path(stillwatch.range.__file__).parent.rglob("*.py")):
        made_of.update(source.read_bytes())
    folder = CACHE / f"{name}-{made_of.hexdigest()[:16]}"
    if not folder.is_dir():
        building = folder.with_name(f"{folder.name}.building")
        shutil.rmtree(building, ignore_errors=True)
        build(building)
        building.rename(folder)
    return folder


def tiny_world() -> Path:
    """A world of the grammar just large enough that every kernel runs."""
    return world("demo", Options(seed=1))


def answer_figures(place: Path) -> dict[str, float]:
    """Scan the world and score the answer."""
    import stillwatch

    answer = place.with_name(f"{place.name}.answer")
    shutil.rmtree(answer, ignore_errors=True)
    stillwatch.scan(place / "exchanges.parquet", accounts=place / "accounts.parquet", out=answer)
    return score_figures(place, answer)


def score_figures(place: Path, answer: Path) -> dict[str, float]:
    """The figures of detection of an answer about a world, by the names of the benchmarks' contract."""
    from stillwatch.range import score_answer

    score = score_answer(place, answer)
    return {
        "precision": score.precision,
        "recall": score.recall,
        "fpr": score.fpr,
        "worst_kind_fpr": score.worst_kind_fpr,
        "mean_campaign_recall": score.mean_campaign_recall,
        "campaigns": score.campaigns,
        "true_campaigns": score.true_campaigns,
        "campaigns_recovered": score.campaigns_recovered,
        "false_campaigns": score.false_campaigns,
    }
