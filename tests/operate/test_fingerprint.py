"""The fingerprint is the same everywhere, and another one as soon as profiles mean something else."""

from __future__ import annotations

import os
import subprocess
import sys

from stillwatch.operate import fingerprint as module
from stillwatch.profile import absorb


def test_another_process_says_the_same():
    code = "from stillwatch.operate.fingerprint import fingerprint; print(fingerprint())"
    environment = os.environ | {"PYTHONHASHSEED": "5"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == module.fingerprint()


def test_a_sketch_made_otherwise_has_another(monkeypatch):
    before = module.fingerprint()

    def otherwise(profiles, batch):
        absorb(profiles, batch)
        profiles.arrays["item_signs"] ^= 1

    monkeypatch.setattr(module, "absorb", otherwise)
    assert module.fingerprint.__wrapped__() != before
