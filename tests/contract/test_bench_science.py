"""The contract of the benchmarks of the science: the keys that other tools read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DETECTION = ("precision", "recall", "fpr", "worst_kind_fpr", "mean_campaign_recall")
COUNTS = ("campaigns", "campaigns_recovered", "false_campaigns")
BASELINES = (
    "request_volume",
    "elicitation_phrases",
    "isolation_forest",
    "shared_infrastructure",
    "prada",
    "seat",
    "mmd_window",
    "mmd_account",
    "mahalanobis",
    "embeddings_leiden",
    "embeddings_leiden_elicitation",
)
SCIENCE = {f"{each}{end}" for each in (*DETECTION, *COUNTS) for end in ("", "_at_1pct", "_low", "_high")}
SCIENCE |= {f"{name}_{each}" for name in BASELINES for each in ("mean_campaign_recall", "fpr", "fpr_at_1pct")}
CALIBRATION = {"fdr_nominal", "fdr_realised", "fdr_low", "fdr_high", "fdr_realised_at_50pct", "planted_found"}
MODES = {
    f"{mode}_{figure}{setting}"
    for mode in ("full", "sketches", "metadata")
    for setting in ("", "_shared", "_apart")
    for figure in ("mean_campaign_recall", "precision", "fpr", "worst_kind_fpr", "false_campaigns")
} | {"full_false_campaigns_quiet", "sketches_fpr_quiet", "metadata_worst_kind_fpr_quiet"}
ABLATION = {
    f"{each}_mean_campaign_recall"
    for each in ("all", "only_content", "without_infrastructure", "without_content", "content_and_timing")
}


@pytest.mark.parametrize(
    ("name", "keys"),
    [("science", SCIENCE), ("calibration", CALIBRATION), ("ablation", ABLATION), ("modes", MODES)],
)
def test_a_small_run_prints_the_figures(name, keys):
    command = [sys.executable, "-m", "bench", name, "--small", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert keys <= figures.keys()
    assert all(isinstance(value, int | float) for value in figures.values())
    if name == "calibration":
        assert figures["fdr_low"] <= figures["fdr_realised"] <= figures["fdr_high"]
        assert figures["fdr_low"] <= figures["fdr_nominal"]
        assert figures["planted_found"] > 0  # a check that never finds anything checks nothing
