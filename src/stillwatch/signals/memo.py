"""What is computed of an object once and remembered."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")


class Memo:
    """An object that remembers what was computed of it, by name."""

    @cached_property
    def _memo(self) -> dict[str, object]:
        return {}

    def memo(self, name: str, compute: Callable[[], T]) -> T:
        """What `compute` gives, asked once."""
        if name not in self._memo:
            self._memo[name] = compute()
        return self._memo[name]  # type: ignore[return-value]
