"""Which mark is served, and how strongly: one frozen object, committed with the test plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from stillwatch.errors import UsageError

if TYPE_CHECKING:
    from stillwatch.provenance.marks.colours import Levels

Scheme: TypeAlias = Literal["greenlist", "fingerprint", "gumbel"]

_STRENGTH: dict[str, float] = {"greenlist": 2.0, "fingerprint": 24.0, "gumbel": 1.0}
_GREEN_SHARE: dict[str, float] = {"greenlist": 0.25, "fingerprint": 0.5, "gumbel": 0.5}


@dataclass(frozen=True, kw_only=True)
class MarkSettings:
    """How responses are marked.

    `scheme`:
    - "greenlist": `strength` (delta) is added to the logits of a keyed share `gamma` of the vocabulary
      (Kirchenbauer et al., arXiv 2301.10226). Works at temperature 0. Costs quality: strength 4 is visible.
    - "fingerprint": strength * q[t] * (green[t] - L) is added, q the model's own distribution and L its green share
      (antidistillation fingerprinting, arXiv 2602.03812). Works at temperature 0, at a far lower cost.
    - "gumbel": the token is chosen by keyed Gumbel noise (Aaronson; arXiv 2305.20030), which leaves the chance of each
      token as it is on average over keys. It **vanishes at temperature 0**, and `strength` means nothing to it.

    `context_width` is 1 or 2 tokens: the wider the context, the less of it a student sees often enough to inherit. A
    width of 4, the default of inference engines, carried nothing over to a student from a million tokens
    (arXiv 2502.11598). `group_share` of the positions carry a group's key and the others the provider's.
    """

    scheme: Scheme = "fingerprint"
    context_width: int = 1
    strength: float | None = None
    gamma: float | None = None
    group_share: float = 0.25

    def __post_init__(self) -> None:
        if self.scheme not in get_args(Scheme):
            raise UsageError(f"no mark is called {self.scheme!r}; there are {', '.join(get_args(Scheme))}")
        if self.context_width not in (1, 2):
            raise UsageError(
                f"context_width must be 1 or 2, not {self.context_width}: wider marks don't carry over to a student"
            )
        if self.strength is None:
            object.__setattr__(self, "strength", _STRENGTH[self.scheme])
        if self.gamma is None:
            object.__setattr__(self, "gamma", _GREEN_SHARE[self.scheme])
        if not self.bias > 0:
            raise UsageError(f"the strength of a mark must be above 0, not {self.bias}")
        if not 0 < self.green_share < 1:
            raise UsageError(f"the green share gamma must be between 0 and 1, not {self.green_share}")
        if not 0 <= self.group_share < 1:
            raise UsageError(f"group_share must be at least 0 and below 1, not {self.group_share}")

    @property
    def bias(self) -> float:
        """The strength: delta of the red/green mark, lambda of the fingerprint."""
        assert self.strength is not None
        return self.strength

    @property
    def green_share(self) -> float:
        """Share of the vocabulary that is green after a context."""
        assert self.gamma is not None
        return self.gamma

    @property
    def levels(self) -> Levels:
        """How a test scores a draw."""
        from stillwatch.provenance.marks.colours import green, gumbel_levels  # compiled code: not for a --help

        return gumbel_levels() if self.scheme == "gumbel" else green(self.green_share)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, for the plan and the store."""
        return {
            "scheme": self.scheme,
            "context_width": self.context_width,
            "strength": self.bias,
            "gamma": self.green_share,
            "group_share": self.group_share,
        }
