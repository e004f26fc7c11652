"""Optional dependencies: imported where they are used, with the extra to install in the error."""

from __future__ import annotations

import importlib
from typing import Any

from stillwatch.errors import MissingExtraError


def require(module: str, *, feature: str, extra: str) -> Any:
    """The module of that name, imported now. Raises `MissingExtraError` where it is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as cause:
        raise MissingExtraError(feature, extra) from cause
