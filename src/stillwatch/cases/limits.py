"""What a scan could not see: the columns that the log lacks, and what each would have shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stillwatch.exchange import ACCOUNT_FIELDS, EXCHANGE_FIELDS

#: What goes unseen without a column. Columns that no analysis rests on are left out.
_UNSEEN: dict[str, str] = {
    "organization": "whether accounts belong to one customer, the plainest innocent reason for acting alike",
    "model": "a move to a newly released model, and comparison among users of one model",
    "system": "templates kept in the system prompt",
    "prompt": "what was asked: families, techniques, work sharing; only times, infrastructure and usage remain",
    "turns": "agentic and multi-turn trajectories",
    "input_tokens": "the volume read, and load balancing by tokens",
    "output_tokens": "how much was taken, and output-heavy use",
    "logprobs": "the collection of token probabilities",
    "choices": "many answers sampled per prompt",
    "tools": "tool-use trajectories",
    "ip": "shared addresses, address blocks and proxies",
    "user_agent": "shared clients (a claim of the client: weak even when present)",
    "tls_fingerprint": "shared client software that does not call itself by one name",
    "status": "refusals, and retries after them",
    "plan": "comparison with customers of the same plan",
    "payment": "one payer behind many accounts",
    "email_domain": "shared or disposable mail domains",
    "signup_time": "accounts opened together, and use without a ramp after sign-up",
    "closed_time": "succession: a new pool that takes over from a banned one",
}
_TABLES = {field.name: "the log" for field in EXCHANGE_FIELDS} | {
    field.name: "the account table" for field in ACCOUNT_FIELDS if field.name not in ("account", "organization")
}


@dataclass(frozen=True, slots=True)
class Gap:
    """A column that is absent or holed. `filled` is in per cent, 0 to 100."""

    column: str
    table: str
    filled: float
    unseen: str

    @property
    def state(self) -> str:
        """Either "absent" or how much of it is filled."""
        return (
            "absent"
            if self.filled <= 0
            else f"{self.filled:.0f}\u00a0% filled"
            if self.filled >= 1
            else "< 1\u00a0% filled"
        )


def gaps(columns: Mapping[str, object], *, full: float = 90.0) -> tuple[Gap, ...]:
    """The columns filled to less than `full` per cent, emptiest first; none where the fill was not recorded."""
    if not columns:
        return ()
    found = []
    for column, unseen in _UNSEEN.items():
        value = columns.get(column, 0.0)
        filled = float(value) if isinstance(value, int | float) else 0.0
        if filled < full:
            found.append(Gap(column, _TABLES[column], filled, unseen))
    return tuple(sorted(found, key=lambda gap: gap.filled))
