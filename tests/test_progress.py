"""The bars that long work shows."""

from __future__ import annotations

import io

from stillwatch.progress import StageProgress


def test_progress_draws_one_bar_per_stage():
    from rich.console import Console

    screen = io.StringIO()
    with StageProgress(Console(file=screen, force_terminal=True, width=100)) as progress:
        progress("reading", 10, None)
        progress("reading", 20, 20)
        progress("grouping", 1, 2)
    shown = screen.getvalue()
    assert "reading" in shown and "grouping" in shown
