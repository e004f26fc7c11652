"""What a world should hold: one frozen, validated object made at the edge and passed down."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from stillwatch.errors import UsageError

Preset = Literal["standard", "quiet", "demo", "adaptive", "faint"]
_PRESETS: dict[Preset, dict[str, object]] = {
    "standard": {},
    "quiet": {"attacker_share": 0.0},
    "demo": {"accounts": 900, "exchanges": 40_000, "attacker_share": 0.4, "campaigns": 4, "seed": 2},
    "adaptive": {
        "campaign_kinds": (
            "camouflaged",
            "matched_content",
            "overlapping",
            "plain_questions",
            "polyglot",
            "stolen_keys",
        )
    },
    "faint": {
        "accounts": 18_400,
        "exchanges": 700_000,
        "campaign_kinds": ("relay_low_slow", "spike"),
        "sizes": {"relay_low_slow": 500, "spike": 5000},
        "per_account": {"relay_low_slow": 56.0, "spike": 4.0},  # 5.6 a day for ten days; four in two days
    },
}
PRESETS: tuple[Preset, ...] = tuple(_PRESETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSpec:
    """The knobs of a world. Shares are in [0, 1]; an empty tuple of kinds or sources means "all of them".

    Raises `UsageError` when a knob is out of its range.
    """

    preset: str = "standard"
    seed: int = 1
    accounts: int = 7000  #: accounts in the world, attackers included
    exchanges: int = 500_000  #: aimed at; a world comes within some per cent of it
    days: int = 14
    attacker_share: float = 0.3  #: of accounts
    rate: float = 1.0  #: scales campaign requests per account
    paraphrase: float = 0.15  #: share of campaign requests whose frame is reworded
    reuse: float = 0.5  #: how far campaigns reuse cards, addresses, clients and sign-up days
    overlap: float = 0.0  #: share of work-queue items handed out a second time on purpose
    camouflage: float = 0.0  #: share of benign requests among those of every campaign account
    foreign: float = 0.0  #: share of campaign requests with a frame in another language
    jitter: float = 0.75  #: hours by which campaign accounts move the sessions of the customers they imitate
    campaigns: int = 0  #: how many kinds of campaign, drawn by the seed, about equally large; 0 = all that fit
    campaign_kinds: tuple[str, ...] = ()
    benign_kinds: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()  #: prompt sets to use, by file name without ending
    without_campaigns: tuple[str, ...] = ()  #: kinds and sources to leave out, so that they can be held out
    without_benign: tuple[str, ...] = ()
    without_sources: tuple[str, ...] = ()
    benign_mix: dict[str, float] = field(default_factory=dict)  #: kind -> weight, beside the registered shares
    sizes: dict[str, int] = field(default_factory=dict)  #: campaign kind -> accounts, beside the registered shares
    per_account: dict[str, float] = field(default_factory=dict)  #: campaign kind -> requests per account

    def __post_init__(self) -> None:
        for name in ("attacker_share", "paraphrase", "reuse", "overlap", "camouflage", "foreign"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise UsageError(f"{name} must be between 0 and 1, not {value}")
        for name, least in (("accounts", 50), ("exchanges", 200), ("days", 2)):
            if getattr(self, name) < least:
                raise UsageError(f"{name} must be at least {least}, not {getattr(self, name)}")
        if self.campaigns < 0:
            raise UsageError(f"campaigns must be at least 0, not {self.campaigns}")
        if self.rate <= 0:
            raise UsageError(f"rate must be above 0, not {self.rate}")
        if not 0 <= self.jitter <= 24:
            raise UsageError(f"jitter must be between 0 and 24 hours, not {self.jitter}")
        for knob, values in (("sizes", self.sizes), ("per_account", self.per_account)):
            for kind, value in values.items():
                if value < 1:
                    raise UsageError(f"{knob} of {kind} must be at least 1, not {value}")

    @classmethod
    def of(cls, preset: str, **knobs: object) -> WorldSpec:
        """A preset with some knobs changed; a knob given as None keeps the preset's value."""
        if preset not in PRESETS:
            raise UsageError(f"no preset called '{preset}'; choose one of {', '.join(PRESETS)}")
        given = {name: value for name, value in knobs.items() if value is not None}
        return replace(cls(preset=preset), **{**_PRESETS[preset], **given})  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, object]:
        """The knobs as plain values, for world.json."""
        return asdict(self)
