"""A log of five good rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from .support import row, write_lines


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "log.jsonl", [row(i) for i in range(5)])
