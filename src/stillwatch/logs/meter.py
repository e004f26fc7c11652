"""How much of a log is behind a reader, as a share of its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from stillwatch.logs import columnar
from stillwatch.logs.files import LogFile


class Meter:
    """The share of the bytes of these files that is behind."""

    def __init__(self, files: Sequence[tuple[int, LogFile]]) -> None:
        self._files = dict(files)
        self._sizes = {index: file.path.stat().st_size for index, file in files}
        self._total = max(sum(self._sizes.values()), 1)
        starts = accumulate(self._sizes.values(), initial=0)
        self._before = dict(zip(self._sizes, starts, strict=False))
        self._length: tuple[int, int] = (-1, 0)  # a Parquet file and its rows
        self.share = 0.0

    def at(self, index: int, row: int) -> None:
        """Say that row `row` of file `index` was just read."""
        file, size = self._files[index], self._sizes[index]
        if file.kind == "parquet":
            if self._length[0] != index:
                self._length = index, columnar.length(file)
            inside = size * row / max(self._length[1], 1)
        else:
            inside = min(file.position(), size)
        self.share = min((self._before[index] + inside) / self._total, 1.0)
