"""The benchmarks that need the public prompts keep their contract, and their direction, at the reduced size."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
KEYS = {
    "elicitation": {"elicitation_unseen_flagged", "elicitation_benign_flagged", "elicitation_prompts_per_second"},
    "window": {"window_100_avg_tpr", "window_100_5pct_tpr", "mmd_window_100_avg_tpr", "window_100_fpr"},
}


@pytest.mark.parametrize("name", KEYS)
def test_a_small_run_prints_the_figures(name):
    if not (SHARED / "prompts").is_dir():
        pytest.skip(f"the public prompts are not at {SHARED}")
    command = [sys.executable, "-m", "bench", name, "--small", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert KEYS[name] <= figures.keys()
    if name == "elicitation":
        assert figures["elicitation_unseen_flagged"] > 10 * figures["elicitation_benign_flagged"]
    else:
        assert figures["window_100_avg_tpr"] > 10 * figures["window_100_fpr"]
