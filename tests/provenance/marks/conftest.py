"""Keys, and logits of a few shapes."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.marks.positions import MarkKeys


@pytest.fixture
def keys():
    return MarkKeys.of(MasterKey(bytes(range(32))).epoch("2026-11"))


@pytest.fixture
def logits():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    made = torch.tensor(rng.normal(size=(40, 420)).astype(np.float32) * 3)
    made[:, 7] = -torch.inf  # what a grammar forbids
    return made
