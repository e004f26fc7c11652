"""Stillwatch finds distillation campaigns in the traffic of an LLM API.

The main job is `scan`; what it returns is described in `stillwatch.campaigns.model`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stillwatch.errors import InputError, StillwatchError, UsageError

if TYPE_CHECKING:
    from stillwatch.campaigns.model import Campaign, ScanResult
    from stillwatch.scanning import scan

__all__ = ["Campaign", "InputError", "ScanResult", "StillwatchError", "UsageError", "scan"]


def __getattr__(name: str) -> Any:
    """Import the analysis when it is first used, so that `stillwatch --help` is instant."""
    if name == "scan":
        from stillwatch.scanning import scan

        return scan
    if name in ("Campaign", "ScanResult"):
        from stillwatch.campaigns import model

        return getattr(model, name)
    raise AttributeError(f"module 'stillwatch' has no attribute {name!r}")
