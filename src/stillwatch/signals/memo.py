"""What is computed of an object once and remembered."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    """An object that remembers what was computed of it, by name."""

    def memo(self, name: str, compute: Callable[[], T]) -> T:
        """What `compute` gives, asked once: who asks meanwhile, on another thread, waits for it.

        What it raises is remembered, too.
        """
        known: dict[str, Future[Any]] = self.__dict__.setdefault("_memo", {})
        kept = known.get(name)
        if kept is None:
            fresh: Future[Any] = Future()
            kept = known.setdefault(name, fresh)
            if kept is fresh:
                try:
                    fresh.set_result(compute())
                except BaseException as error:
                    fresh.set_exception(error)
        return kept.result()  # type: ignore[no-any-return]
