"""What every provenance test answers."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

#: The smallest p-value that is ever reported: a tail too small for a double is rounded up to it, never down to zero.
SMALLEST_P = sys.float_info.min


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """The answer of one test of one suspect.

    `p_value` in (0, 1] is valid under the hypothesis "the suspect did not learn from what was served"; `effect` is in
    the unit that `details["effect_unit"]` names, with its 95 % `interval` or None where the test gives none; `samples`
    counts the independent units that the test rests on. `details` holds what a reader needs to repeat the test, as
    plain JSON values, and never text of a prompt or an answer.
    """

    __test__: ClassVar[bool] = False  # pytest: not a test case

    name: str
    p_value: float
    effect: float
    interval: tuple[float, float] | None
    samples: int
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.p_value <= 1:
            raise ValueError(f"{self.name}: the p-value {self.p_value} is not in (0, 1]")

    @property
    def log10_p(self) -> float:
        """Base-10 logarithm of the p-value."""
        return math.log10(self.p_value)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "p_value": self.p_value,
            "effect": self.effect,
            "interval": list(self.interval) if self.interval else None,
            "samples": self.samples,
            "details": dict(self.details),
        }
