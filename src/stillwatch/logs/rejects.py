"""Rows set aside: counted by cause and kept, with their beginning, in a JSON Lines file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TextIO

from stillwatch.logs.raw import Fault


class Rejects:
    """Writes faults to `path` (made when the first one comes, so that a clean log leaves an empty-handed folder)."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stream: TextIO | None = None
        self.counts: Counter[str] = Counter()
        if path is not None:
            path.unlink(missing_ok=True)

    def add(self, faults: Iterable[Fault]) -> None:
        """Counts and writes faults, in row order within a batch."""
        for fault in faults:
            self.counts[fault.cause] += 1
            if self._path is None:
                continue
            if self._stream is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._stream = self._path.open("w", encoding="utf-8", newline="\n")
            self._stream.write(json.dumps(asdict(fault), ensure_ascii=False) + "\n")

    def __enter__(self) -> Rejects:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
