"""Per-account metadata as a defender without text would have it: what `cheapwin` tries to win with.

Counts, times, ages, plans, clients and parameters. No lengths, tokens or text.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_HOUR = 3_600_000_000
_DAY = 24 * _HOUR


def _codes(column: pa.ChunkedArray | pa.Array) -> Ints:
    """Dictionary codes of a string column, -1 for null."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(pc.fill_null(whole.dictionary_encode().indices, -1), dtype=np.int64)


def account_features(world: Path) -> tuple[list[str], Floats]:
    """(names, accounts x features), rows in the order of WORLD/labels.parquet; NaN where not computable."""
    labels = pq.read_table(world / "labels.parquet", columns=["account"])
    wanted = [
        "account",
        "time",
        "model",
        "turns",
        "conversation",
        "temperature",
        "max_tokens",
        "choices",
        "logprobs",
        "tools",
        "ip",
        "user_agent",
        "tls_fingerprint",
        "status",
        "organization",
    ]
    log = pq.read_table(world / "exchanges.parquet", columns=wanted)
    owner = np.asarray(pc.index_in(log["account"], labels["account"].combine_chunks()), dtype=np.int64)
    order = np.argsort(owner, kind="stable")
    owner = owner[order]
    total = len(labels)
    count = np.bincount(owner, minlength=total).astype(float)
    begin = np.searchsorted(owner, np.arange(total))
    time = np.asarray(log["time"].cast(pa.int64()))[order]
    some = np.maximum(count, 1)

    def mean(values: npt.NDArray[np.generic]) -> Floats:
        return np.asarray(np.bincount(owner, weights=values.astype(float), minlength=total) / some, dtype=float)

    def distinct(codes: Ints) -> Floats:
        pairs = np.unique(owner * (codes.max() + 2) + codes + 1)
        return np.bincount(pairs // (codes.max() + 2), minlength=total).astype(float)

    def popularity(codes: Ints) -> Floats:
        """Accounts that share the account's values, on average over its exchanges."""
        pairs = np.unique(owner * (codes.max() + 2) + codes + 1)
        users = np.bincount(pairs % (codes.max() + 2), minlength=codes.max() + 2)
        return mean(users[codes + 1])

    hour = (time // _HOUR) % 24
    day = time // _DAY
    gap = np.diff(time, prepend=time[:1]) / 1e6
    follows = np.diff(owner, prepend=-1) == 0
    log_gap = np.log1p(np.where(follows, np.maximum(gap, 0), 0))
    within = np.maximum(count - 1, 1)
    gap_mean = np.bincount(owner, weights=log_gap, minlength=total) / within
    gap_square = np.bincount(owner, weights=log_gap**2, minlength=total) / within
    by_hour = np.zeros((total, 24))
    np.add.at(by_hour, (owner, hour), 1.0)
    share = by_hour / some[:, None]
    columns: dict[str, Floats] = {
        "exchanges": count,
        "days": distinct(day),
        "span": np.where(
            count > 0,
            time[np.minimum(begin + count.astype(int) - 1, len(time) - 1)] - time[np.minimum(begin, len(time) - 1)],
            0,
        )
        / _DAY,
        "first": (time[np.minimum(begin, len(time) - 1)] - time.min()) / _DAY,
        "per_day": count / np.maximum(distinct(day), 1),
        "gap_mean": gap_mean,
        "gap_spread": np.sqrt(np.maximum(gap_square - gap_mean**2, 0)),
        "fast": mean(follows & (gap < 10)),
        "hour_entropy": -(share * np.log(share + 1e-12)).sum(axis=1),
        "hour_peak": share.max(axis=1),
        "weekend": mean((day + 3) % 7 >= 5),
        "turns": mean(np.asarray(log["turns"])[order]),
        "conversations": mean(np.asarray(pc.is_valid(log["conversation"]))[order]),
        "choices": mean(np.asarray(log["choices"])[order]),
        "logprobs": mean(np.asarray(log["logprobs"].cast(pa.int32()))[order]),
        "tools": mean(np.asarray(log["tools"])[order]),
        "temperature": mean(np.nan_to_num(np.asarray(log["temperature"].cast(pa.float64())), nan=-1.0)[order]),
        "max_tokens": mean(np.nan_to_num(np.asarray(log["max_tokens"].cast(pa.float64())), nan=-1.0)[order]),
        "refused": mean(np.asarray(pc.equal(log["status"], "refused").cast(pa.int32()))[order]),
        "errors": mean(np.asarray(pc.equal(log["status"], "error").cast(pa.int32()))[order]),
    }
    for name in ("ip", "user_agent", "tls_fingerprint", "model"):
        codes = _codes(log[name])[order]
        columns[f"{name}_distinct"] = distinct(codes)
        if name != "ip":  # sharing of addresses is the union-find's business
            columns[f"{name}_popularity"] = popularity(codes)
    table = pq.read_table(world / "accounts.parquet")
    table = table.take(pc.index_in(labels["account"], table["account"].combine_chunks()))
    signup = np.asarray(table["signup_time"].cast(pa.int64()), dtype=float)
    columns["age"] = (time.max() - signup) / _DAY
    columns["wait"] = (time[np.minimum(begin, len(time) - 1)] - signup) / _DAY
    columns["closed"] = np.asarray(pc.is_valid(table["closed_time"]).to_numpy(zero_copy_only=False), dtype=float)
    for name in ("organization", "payment"):
        columns[f"has_{name}"] = np.asarray(pc.is_valid(table[name]).to_numpy(zero_copy_only=False), dtype=float)
    codes = _codes(table["plan"])  # cards, addresses and mail domains are infrastructure: the union-find's business
    columns["plan_popularity"] = np.bincount(codes + 1)[codes + 1].astype(float)
    return list(columns), np.stack(list(columns.values()), axis=1)
