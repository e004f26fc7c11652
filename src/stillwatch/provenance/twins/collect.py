"""Drawing the coin and keeping the pair: the one place where twins are made, whatever serves them.

A gateway asks `TwinRecorder.draw` before it generates (does this request get a twin, and which of the two choices will
be served?), generates two choices, serves the drawn one, and hands both to `keep`.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from stillwatch.provenance.errors import StoreError
from stillwatch.provenance.keys import Key, MasterKey
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.twins.policy import TwinPolicy

KIND = "twin"
#: How a pair was decided: by the keyed coin, or by the order in which the engine made two equally distributed choices.
KEYED, ORDER = "keyed", "order"
_COMMIT_EVERY = 64


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Two responses to one prompt, in the engine's order, and which one was served (0 or 1)."""

    pair: str
    epoch: str
    time: str
    account: str
    model: str
    reason: str
    coin: str
    served: int
    prompt: Sequence[Mapping[str, str]]
    texts: tuple[str, str]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: Tokens of each text and the served model's own log-likelihood of each, where the engine said.
    tokens: tuple[int, int] | None = None
    log_likelihoods: tuple[float, float] | None = None
    #: Place in the store's ledger; None before it is kept.
    index: int | None = None

    @property
    def sign(self) -> int:
        """+1 where the first choice was served, -1 where the second was."""
        return 1 - 2 * self.served

    def fields(self) -> dict[str, Any]:
        """What is committed to and sealed."""
        return {
            "pair": self.pair,
            "epoch": self.epoch,
            "time": self.time,
            "account": self.account,
            "model": self.model,
            "reason": self.reason,
            "coin": self.coin,
            "served": self.served,
            "prompt": [dict(message) for message in self.prompt],
            "texts": list(self.texts),
            "parameters": dict(self.parameters),
            "tokens": list(self.tokens) if self.tokens else None,
            "log_likelihoods": list(self.log_likelihoods) if self.log_likelihoods else None,
        }


@dataclass(frozen=True, kw_only=True)
class Draw:
    """The decision on one request, made before anything is generated."""

    pair: str
    epoch: str
    account: str
    reason: str
    served: int


def epoch_of(time: datetime) -> str:
    """The epoch of a time: its month, in UTC."""
    return f"{time.astimezone(UTC):%Y-%m}"


def twin_key(master: MasterKey, epoch: str) -> Key:
    """The key of the coins of one epoch."""
    return master.epoch(epoch).purpose("twins")


class TwinRecorder:
    """Draws coins and keeps pairs. Safe between threads."""

    def __init__(
        self,
        store: EvidenceStore,
        master: MasterKey,
        policy: TwinPolicy,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.store, self.policy, self._master, self._clock = store, policy, master, clock
        self.counts: Counter[str] = Counter()
        self._keys: dict[str, Key] = {}
        self._guard = threading.Lock()
        self._unsigned = 0

    def draw(self, account: str, *, pair: str | None = None) -> Draw | None:
        """The decision for a request of `account`; None where it gets no twin. The pair's id is the server's own."""
        epoch = epoch_of(self._clock())
        key = self._keys.get(epoch) or self._keys.setdefault(epoch, twin_key(self._master, epoch))
        pair = pair or secrets.token_hex(16)
        reason = self.policy.reason(key, account, pair)
        if reason is None:
            return None
        return Draw(pair=pair, epoch=epoch, account=account, reason=reason, served=key.coin("served", pair))

    def keep(
        self,
        draw: Draw,
        *,
        model: str,
        prompt: Sequence[Mapping[str, str]],
        texts: tuple[str, str],
        parameters: Mapping[str, Any],
        tokens: tuple[int, int] | None = None,
        log_likelihoods: tuple[float, float] | None = None,
    ) -> int | None:
        """Seal the pair; its index, or None where its texts are equal and so tell nothing."""
        if texts[0] == texts[1]:
            self.count("identical")
            return None
        twin = Twin(
            pair=draw.pair,
            epoch=draw.epoch,
            time=self._clock().isoformat(timespec="seconds"),
            account=draw.account,
            model=model,
            reason=draw.reason,
            coin=KEYED,
            served=draw.served,
            prompt=prompt,
            texts=texts,
            parameters=parameters,
            tokens=tokens,
            log_likelihoods=log_likelihoods,
        )
        return self.add(twin)

    def add(self, twin: Twin) -> int:
        """Seal a twin; its index."""
        with self._guard:
            index = self.store.add(KIND, twin.fields())
            self.counts["kept"] += 1
            self._unsigned += 1
            if self._unsigned >= _COMMIT_EVERY:
                self.store.ledger.commit()
                self._unsigned = 0
        return index

    def count(self, what: str) -> None:
        """Count an outcome that kept nothing."""
        with self._guard:
            self.counts[what] += 1


def read_twins(store: EvidenceStore, master: MasterKey) -> Iterator[Twin]:
    """The twins of a store, oldest first; those whose texts are redacted are left out.

    Raises `StoreError` where a keyed coin is not the key's: then the pair is no evidence.
    """
    keys: dict[str, Key] = {}
    for index, record in store.records(KIND):
        fields = record.fields()
        if {"texts", "prompt"} - set(fields):
            continue
        epoch = fields["epoch"]
        key = keys.get(epoch) or keys.setdefault(epoch, twin_key(master, epoch))
        if fields["coin"] == KEYED and key.coin("served", fields["pair"]) != fields["served"]:
            raise StoreError(f"{store.ledger.folder}, record {index}: its coin is not the one that the key gives")
        first, second = fields["texts"]
        both = fields["tokens"], fields["log_likelihoods"]
        yield Twin(
            **{name: value for name, value in fields.items() if name not in ("texts", "tokens", "log_likelihoods")},
            texts=(first, second),
            tokens=tuple(both[0]) if both[0] else None,
            log_likelihoods=tuple(both[1]) if both[1] else None,
            index=index,
        )
