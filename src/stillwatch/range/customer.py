"""A customer with its habits, what it did, and what one call of `Town.send` adds: records, no behaviour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from stillwatch.range.network import Client
from stillwatch.range.schedule import Ints, Style

Use = Literal["person", "developer", "service"]


@dataclass(frozen=True, slots=True)
class Customer:
    """One account with its habits. Times are microseconds since 1970, `zone` hours from UTC."""

    number: int
    kind: str
    campaign: str | None
    malicious: bool
    use: Use
    organization: str | None
    plan: str
    payment: str | None
    email_domain: str
    signup: int
    closed: int | None
    country: str
    zone: int
    client: Client
    places: tuple[str, ...]
    temperature: float | None
    max_tokens: int | None
    adopts: int | None  #: when it moves to the new model
    model: str
    tools: int  #: tools its client always offers

    @property
    def style(self) -> Style:
        """The day curve that goes with the use."""
        return {"person": "person", "developer": "office", "service": "service"}[self.use]  # type: ignore[return-value]


@dataclass(slots=True)
class Sent:
    """What one call of `Town.send` added, column by column."""

    customer: Customer
    times: Ints
    prompts: Sequence[str]
    turns: npt.NDArray[np.int32]
    conversations: list[str | None]
    systems: Sequence[str | None]
    models: list[str]
    input_tokens: Ints
    output_tokens: Ints
    tools: int
    ips: list[str]
    statuses: list[str]
    refused: float  #: the chance of a refusal
    logprobs: bool
    choices: int
    mission: bool  #: part of a campaign
