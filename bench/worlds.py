"""Worlds for the benchmarks, built once and kept in worlds/ under a name that changes with what they are made of."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import stillwatch.range
from stillwatch.range import WorldSpec, build_world

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
    made_of = hashlib.sha256(json.dumps(spec.as_dict(), sort_keys=True).encode())
    made_of.update(str(options.prompts and options.prompts.resolve()).encode())
    for source in sorted(Path(stillwatch.range.__file__).parent.rglob("*.py")):
        made_of.update(source.read_bytes())
    folder = CACHE / f"{preset}-{made_of.hexdigest()[:16]}"
    if not folder.is_dir():
        building = folder.with_name(f"{folder.name}.building")
        shutil.rmtree(building, ignore_errors=True)
        build_world(spec, building, options.prompts)
        building.rename(folder)
    return folder


def tiny_world() -> Path:
    """A world of the grammar just large enough that every kernel runs."""
    return world("demo", Options(seed=1))


def answer_figures(place: Path) -> dict[str, float]:
    """Scan the world and score the answer: the figures of detection, by the names of the benchmarks' contract."""
    import stillwatch
    from stillwatch.range import score_answer

    answer = place.with_name(f"{place.name}.answer")
    shutil.rmtree(answer, ignore_errors=True)
    stillwatch.scan(place / "exchanges.parquet", accounts=place / "accounts.parquet", out=answer)
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
