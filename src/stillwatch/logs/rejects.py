"""Rows set aside: counted by cause and kept, with their beginning, in a JSON Lines file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TextIO

from stillwatch.logs.raw import Fault


class Rejects:
    """Writes faults to `path` (made when the first one comes, so that a clean log leaves an empty-handed folder)."""

    def __init__(self, path: Path | None, copy: Callable[[str], None] | None = None) -> None:
        self.path = path
        self._copy = copy  # takes each line too
        self.earlier: Iterable[str] = ()  # lines that come before the first
        self._stream: TextIO | None = None
        self.counts: Counter[str] = Counter()
        self.first: Fault | None = None  #: the first one

    @property
    def by_cause(self) -> dict[str, int]:
        """Cause -> rows set aside, the most frequent first."""
        return dict(sorted(self.counts.items(), key=lambda item: (-item[1], item[0])))

    def add(self, faults: Iterable[Fault]) -> None:
        """Counts and writes faults, in row order within a batch."""
        for fault in faults:
            self.counts[fault.cause] += 1
            self.first = self.first or fault
            self.keep(fault)

    def keep(self, fault: Fault) -> None:
        """Writes a fault that was counted."""
        if self.path is None and self._copy is None:
            return
        line = json.dumps(asdict(fault), ensure_ascii=False)
        if self._copy is not None:
            self._copy(line)
        self.write([line])

    def write(self, lines: Iterable[str]) -> None:
        """Writes faults as they were written before."""
        if self.path is None:
            return
        for line in lines:
            if self._stream is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._stream = self.path.open("w", encoding="utf-8", newline="\n")
            self._stream.write(line + "\n")

    def __enter__(self) -> Rejects:
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        self.write(self.earlier)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
