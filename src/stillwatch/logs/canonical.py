"""Stillwatch's own columns, as Parquet, JSON Lines or CSV: nothing to translate."""

from __future__ import annotations

from stillwatch.exchange import EXCHANGE_FIELDS
from stillwatch.logs.format import Format, Sample, identifier

NAMES = tuple(field.name for field in EXCHANGE_FIELDS)


def detect(sample: Sample) -> bool:
    """It has the two columns that an exchange can't be without, and something to say."""
    return {"time", "account"} <= sample.columns and bool({"prompt", "model"} & sample.columns)


FORMAT = Format(
    name="canonical",
    summary="the exchange record under its own names (Parquet, JSON Lines, CSV)",
    detect=detect,
    sources=NAMES,
    select={name: identifier(name) for name in NAMES},
    plain={name: name for name in NAMES},
)
