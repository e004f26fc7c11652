"""How often the drift warning is raised: where nothing changed, and with another mix of customers.

Shows how often two random halves of the customers of one quiet world are said to differ (`false_alarm`, with its exact
95 % bounds; the nominal rate is 1 %), and how often the test alone says so, before a difference also has to be large
(`false_alarm_by_test`). Then the first half of a world's period against the second (`other_week`: the same customers,
other days), and a quiet world drawn with another seed (`other_seed`: the same mix of other people, products and
wording). Last, how often another mix of customers is seen (`seen_NAME`): no chat, pupils on holiday, three times the
pipelines, four times the products, five times the agents. `moved_NAME` is the share of customers that the change moves
to another kind.

Takes about ten minutes on two cores the first time, three from then on; --small under a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.calibration import bounds
from bench.worlds import Options, world
from stillwatch.engines.local import COLUMNS, profile_log
from stillwatch.logs import open_logs, read_accounts
from stillwatch.operate.drift import RATE, Drift, measure_drift
from stillwatch.profile import Profiles, absorb
from stillwatch.range.registry import BENIGN, load_kinds
from stillwatch.signals import Population, build_population

FIRST_SEED = 1
#: Weights of kinds, as multiples of the usual ones.
MIXES: dict[str, dict[str, float]] = {
    "no_chat": {"chat": 0.0},
    "holidays": {"pupil": 0.0, "classroom": 0.0, "learner": 0.0},
    "pipelines": {"evaluation": 3.0, "batch": 3.0, "own_data": 3.0, "judge": 3.0},
    "products": {"product_bot": 4.0, "retrieval": 4.0, "text_to_sql": 4.0, "airline_agent": 4.0},
    "agents": {"ci_agent": 5.0},
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    worlds: int
    halves: int
    accounts: int
    exchanges: int


FULL, SMALL = Sizes(3, 200, 3000, 120_000), Sizes(2, 10, 500, 15_000)


def measure(options: Options) -> dict[str, float]:
    sizes = SMALL if options.small else FULL
    first = FIRST_SEED if options.seed is None else options.seed
    plain = replace(options, small=False)  # the sizes are the reduced ones already
    size = {"accounts": sizes.accounts, "exchanges": sizes.exchanges}

    def quiet(seed: int, **knobs: object) -> Path:
        return world("quiet", replace(plain, seed=seed), **size, **knobs)

    seeds = range(first, first + sizes.worlds)
    usual = [_population(quiet(seed)) for seed in seeds]
    random = np.random.default_rng(first)
    halves = [_halves(usual[number % len(usual)], random) for number in range(sizes.halves)]
    weeks = [measure_drift(*_weeks(quiet(seed))) for seed in seeds]
    pairs = [(a, b) for a in range(len(usual)) for b in range(len(usual)) if a != b]
    low, high = bounds(sum(d.warning for d in halves), len(halves))
    figures = {
        "nominal": RATE,
        "false_alarm": _share(halves),
        "false_alarm_low": low,
        "false_alarm_high": high,
        "false_alarm_by_test": float(np.mean([min(s.p_value for s in d.signals) <= RATE for d in halves])),
        "other_week": _share(weeks),
        "other_seed": _share([measure_drift(usual[a], usual[b], np.arange(len(usual[b]))) for a, b in pairs]),
    }
    load_kinds()
    total = sum(kind.share for kind in BENIGN.values())
    for name, factors in MIXES.items():
        mix = {kind: BENIGN[kind].share * factor for kind, factor in factors.items() if factor}
        without = tuple(kind for kind, factor in factors.items() if not factor)
        found = []
        for a, seed in enumerate(seeds):
            changed = _population(quiet(seed + 100, benign_mix=mix, without_benign=without))
            found.append(measure_drift(usual[a], changed, np.arange(len(changed))))
        figures[f"seen_{name}"] = _share(found)
        figures[f"moved_{name}"] = _moved(factors, total)
    return figures


def _share(found: Sequence[Drift]) -> float:
    return float(np.mean([drift.warning for drift in found]))


def _moved(factors: dict[str, float], total: float) -> float:
    """Total variation between the usual mix of kinds and the changed one."""
    usual = np.array([kind.share for kind in BENIGN.values()]) / total
    other = usual * np.array([factors.get(name, 1.0) for name in BENIGN])
    return float(0.5 * np.abs(usual - other / other.sum()).sum())


def _population(folder: Path) -> Population:
    profiles = profile_log(open_logs([folder / "exchanges.parquet"], columns=COLUMNS))
    profiles.sort()
    return build_population(profiles, read_accounts(folder / "accounts.parquet"))


def _halves(population: Population, random: np.random.Generator) -> Drift:
    """Half of the customers against the others."""
    first = random.random(int(population.principal.max()) + 1) < 0.5
    left = first[population.principal]
    return measure_drift(population, population, np.flatnonzero(~left), np.flatnonzero(left))


def _weeks(folder: Path) -> tuple[Population, Population, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """The first half of a log's period, the second, and all rows of the second."""
    log = pq.read_table(folder / "exchanges.parquet")
    accounts = read_accounts(folder / "accounts.parquet")
    middle = pa.scalar(int(np.median(log["time"].cast(pa.int64()).to_numpy()))).cast(log["time"].type)
    early = pc.less(log["time"], middle)
    halves = []
    for part in (log.filter(early), log.filter(pc.invert(early))):
        profiles = Profiles()
        for batch in part.combine_chunks().to_batches():
            absorb(profiles, batch)
        profiles.sort()
        halves.append(build_population(profiles, accounts))
    return halves[0], halves[1], np.arange(len(halves[1]))
