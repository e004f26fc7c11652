"""The exchange: the canonical record of one request to the model and its response.

Comes in: nothing. Goes out: the Arrow schema that every log reader produces and every later stage reads, and who
set each field. A *server-set* field is written by the provider or its gateway; a *client-claimed* one is whatever
the client says, so no evidence may rest on it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import pyarrow as pa

Trust = Literal["server", "client"]

TIME = pa.timestamp("us", tz="UTC")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment(microseconds: int) -> datetime:
    """The time that so many microseconds since 1970 (UTC) stand for."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def day_in_words(when: datetime) -> str:
    """As in "3 Mar 2026", whatever the locale."""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a canonical table."""

    name: str
    type: pa.DataType
    trust: Trust
    meaning: str
    required: bool = False


EXCHANGE_FIELDS: tuple[Field, ...] = (
    Field("exchange_id", pa.string(), "server", "identifier of the request; made from file and row where absent"),
    Field("time", TIME, "server", "when the request arrived", required=True),
    Field("account", pa.string(), "server", "the principal that is billed or keyed", required=True),
    Field("organization", pa.string(), "server", "the customer that owns the account"),
    Field("model", pa.string(), "server", "the model that answered"),
    Field("system", pa.string(), "client", "the system prompt"),
    Field("prompt", pa.string(), "client", "the last user message"),
    Field("response", pa.string(), "server", "the answer served"),
    Field("turns", pa.int32(), "client", "messages before the answer"),
    Field("conversation", pa.string(), "client", "identifier of the conversation"),
    Field("input_tokens", pa.int64(), "server", "tokens read"),
    Field("output_tokens", pa.int64(), "server", "tokens generated"),
    Field("temperature", pa.float32(), "client", "sampling temperature asked for"),
    Field("max_tokens", pa.int64(), "client", "output limit asked for"),
    Field("choices", pa.int32(), "client", "answers asked for"),
    Field("logprobs", pa.bool_(), "client", "log-probabilities asked for"),
    Field("tools", pa.int32(), "client", "tools offered to the model"),
    Field("ip", pa.string(), "server", "address of the client, as the trusted edge saw it"),
    Field("user_agent", pa.string(), "client", "the client's name for itself"),
    Field("tls_fingerprint", pa.string(), "server", "JA4 of the client's handshake"),
    Field("status", pa.string(), "server", "ok, refused or error"),
)

ACCOUNT_FIELDS: tuple[Field, ...] = (
    Field("account", pa.string(), "server", "the principal that is billed or keyed", required=True),
    Field("organization", pa.string(), "server", "the customer that owns the account"),
    Field("plan", pa.string(), "server", "the plan subscribed to"),
    Field("payment", pa.string(), "server", "opaque token of the means of payment"),
    Field("email_domain", pa.string(), "client", "domain of the contact address"),
    Field("signup_time", TIME, "server", "when the account was opened"),
    Field("closed_time", TIME, "server", "when it was closed"),
    Field("country", pa.string(), "client", "as declared; never used as evidence"),
)

EXCHANGE_SCHEMA = pa.schema([pa.field(f.name, f.type) for f in EXCHANGE_FIELDS])
ACCOUNT_SCHEMA = pa.schema([pa.field(f.name, f.type) for f in ACCOUNT_FIELDS])

#: Columns that no analysis reads: readers may leave them out when told which columns are wanted.
UNREAD = frozenset({"response", "conversation"})
