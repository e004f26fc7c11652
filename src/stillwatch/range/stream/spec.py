"""What a streamed world should hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Literal

from stillwatch.errors import UsageError

StreamPreset = Literal["headline", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One campaign: its accounts and exchanges (innocent ones included), and how it works."""

    name: str
    kind: str
    purpose: str  #: of its wording, see `frames`
    sources: tuple[str, ...]
    accounts: int
    exchanges: int
    innocent: float = 0.0  #: share of its exchanges that are unrelated customers'
    cards: tuple[int, int] = (1, 1)  #: accounts to a card, least and most
    machines: int = 0  #: accounts to a rented machine; 0 works from other people's homes
    pivots: float = 0.0  #: share of accounts that move to the new model within a day of its release


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSpec:
    """A world to stream. Raises `UsageError` when a knob is out of its range."""

    preset: str = "headline"
    seed: int = 1
    days: int = 14
    accounts: int = 400_000  #: of innocent customers
    exchanges: int = 48_000_000  #: of innocent customers, about
    campaigns: tuple[Stream, ...] = ()

    def __post_init__(self) -> None:
        if self.accounts < 300:
            raise UsageError(f"a streamed world needs at least 300 customers, not {self.accounts}")
        if self.exchanges < self.accounts:
            raise UsageError("a streamed world needs at least one exchange per account")
        if self.days < 2:
            raise UsageError(f"days must be at least 2, not {self.days}")

    @classmethod
    def of(
        cls,
        preset: str = "headline",
        *,
        scale: float = 1.0,
        accounts: int | None = None,
        exchanges: int | None = None,
        seed: int = 1,
        days: int = 14,
    ) -> StreamSpec:
        """A preset at a scale: `accounts` and `exchanges` are totals that replace those of the scale.

        Raises `UsageError` for an unknown preset or a size that leaves a campaign without accounts.
        """
        if preset not in _PRESETS:
            raise UsageError(f"no streamed preset called '{preset}'; choose one of {', '.join(_PRESETS)}")
        if scale <= 0:
            raise UsageError(f"scale must be above 0, not {scale}")
        whole = _PRESETS[preset]
        people = scale if accounts is None else accounts / _sum(whole, "accounts")
        rows = scale if exchanges is None else exchanges / _sum(whole, "exchanges")
        campaigns = tuple(
            replace(one, accounts=max(10, round(one.accounts * people)), exchanges=max(40, round(one.exchanges * rows)))
            for one in whole.campaigns
        )
        return cls(
            preset=preset,
            seed=seed,
            days=days,
            accounts=round(whole.accounts * people),
            exchanges=round(whole.exchanges * rows),
            campaigns=campaigns,
        )

    def as_dict(self) -> dict[str, object]:
        """The knobs as plain values, for world.json."""
        return asdict(self)


def _sum(spec: StreamSpec, what: str) -> int:
    return int(getattr(spec, what)) + sum(int(getattr(one, what)) for one in spec.campaigns)


_PRESETS: dict[str, StreamSpec] = {
    "headline": StreamSpec(
        campaigns=(
            Stream(
                name="hydra-1",
                kind="hydra",
                purpose="reasoning",
                sources=("math_word", "code_tasks", "reasoning_tasks", "instructions"),
                accounts=20_000,
                exchanges=12_800_000,
                innocent=0.7,
                cards=(2, 12),
                machines=6,
            ),
            Stream(
                name="trajectories-2",
                kind="trajectories",
                purpose="trajectories",
                sources=("code_tasks", "tool_calls", "coding_sessions"),
                accounts=2800,
                exchanges=2_240_000,
                cards=(3, 20),
            ),
            Stream(
                name="pivot-3",
                kind="pivot",
                purpose="grading",
                sources=("instructions", "chat", "grading"),
                accounts=1200,
                exchanges=960_000,
                machines=5,
                pivots=0.48,
            ),
        ),
    ),
    "plain": StreamSpec(preset="plain", accounts=424_000, exchanges=64_000_000),
}
STREAM_PRESETS = tuple(_PRESETS)
