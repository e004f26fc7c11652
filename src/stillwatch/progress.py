"""How long work says how far it is, and the bars that show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

#: Called with a stage, how much of it is done, and of how much where that is known.
Progress: TypeAlias = Callable[[str, int, int | None], None]


class StageProgress:
    """One bar per stage on stderr, with the rate; called by the scan with (stage, done, total or None)."""

    def __init__(self, console: object) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            Task,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text

        class Rate(TextColumn):
            """Items a second, in words that do not jump about."""

            def render(self, task: Task) -> Text:
                speed = task.finished_speed or task.speed
                return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")

        class Share(TextColumn):
            """Per cent done, where the whole is known."""

            def render(self, task: Task) -> Text:
                return Text(f"{task.percentage:3.0f} %" if task.total else "")

        assert isinstance(console, Console)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            Share(""),
            TextColumn("{task.completed:,.0f}"),
            Rate(""),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[str, int] = {}

    def __enter__(self) -> StageProgress:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Say that `done` of `total` items of `stage` are behind us."""
        from rich.progress import TaskID

        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total, completed=done)
        self._progress.update(TaskID(self._tasks[stage]), completed=done, total=total)
