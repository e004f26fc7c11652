"""The registry of formats: a new one is one file with a `FORMAT`, and its line here."""

from __future__ import annotations

from stillwatch.logs import canonical, litellm, litellm_spend
from stillwatch.logs.format import Format

#: Asked in this order whether a file is theirs.
FORMATS: tuple[Format, ...] = (canonical.FORMAT, litellm.FORMAT, litellm_spend.FORMAT)
