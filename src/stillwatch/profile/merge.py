"""Merge profiles: the algebra that lets pieces of a log be profiled anywhere and in any order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.errors import UsageError
from stillwatch.profile.accounts import hash_column
from stillwatch.profile.kernels import EMPTY
from stillwatch.profile.layout import LAYOUT, Profiles

CHUNK = 8192  #: accounts whose lists are merged at once: bounds the memory that sorting takes


def merge(left: Profiles, right: Profiles) -> Profiles:
    """The profiles of both logs together. Associative; commutative up to the order of accounts."""
    out = Profiles()
    merge_into(out, left)
    merge_into(out, right)
    return out


def merge_into(out: Profiles, side: Profiles) -> None:
    """Add the profiles of another log to `out`, in place: its accounts keep their rows."""
    if len(out) and len(side) and not np.array_equal(out.key, side.key):
        raise UsageError("profiles made under different keys can't be merged")
    out.present |= side.present
    out.key = side.key if len(side) else out.key
    names = pa.array(side.names, pa.string())
    rows = out.rows(names, hash_column(names))
    for name, column in LAYOUT.items():
        if column.rule in ("sum", "min", "max"):
            operation = {"sum": np.add, "min": np.minimum, "max": np.maximum}[column.rule]
            out.arrays[name][rows] = operation(out.arrays[name][rows], side[name])
        elif column.rule == "bottom-k":
            for start in range(0, len(rows), CHUNK):
                piece = slice(start, start + CHUNK)
                _merge_lists(out, rows[piece], side, piece, name)
    out.labels.update(side.labels)
    if side.organizations:
        named = rows[np.array(list(side.organizations), np.int64)]
        out.name_organizations(named, pa.array(side.organizations.values(), pa.string()))
    texts = side.texts
    if texts.num_rows:
        account = pa.array(rows[texts.column("account").to_numpy()])
        out.keep_texts(texts.set_column(0, "account", account))


def _merge_lists(out: Profiles, rows: npt.NDArray[np.int64], side: Profiles, piece: slice, name: str) -> None:
    """Union of two bottom-k lists: equal keys add their counts, other companions follow the earlier exchange."""
    size = LAYOUT[name].shape[0]
    companions = [other for other, column in LAYOUT.items() if column.rule == f"with {name}"]
    count = "item_count" if name == "items" else f"{name}_count"
    keys = np.concatenate((out.arrays[name][rows], side[name][piece]), axis=1)
    both = {other: np.concatenate((out.arrays[other][rows], side[other][piece]), axis=1) for other in companions}
    order = np.argsort(keys, axis=1, kind="stable")
    if name == "items":  # the earliest sighting first among equal keys
        order = np.lexsort((both["item_model"], both["item_time"], keys), axis=1)
    keys = np.take_along_axis(keys, order, 1)
    for other in companions:
        both[other] = np.take_along_axis(both[other], order.reshape(order.shape + (1,) * (both[other].ndim - 2)), 1)
    twin = (keys[:, 1:] == keys[:, :-1]) & (keys[:, 1:] != EMPTY)
    row, column = np.nonzero(twin)
    both[count][row, column] += both[count][row, column + 1]
    keys[row, column + 1] = EMPTY
    order = np.argsort(keys, axis=1, kind="stable")[:, :size]
    out.arrays[name][rows] = np.take_along_axis(keys, order, 1)
    unused = out.arrays[name][rows] == EMPTY
    for other in companions:
        values = np.take_along_axis(both[other], order.reshape(order.shape + (1,) * (both[other].ndim - 2)), 1)
        values[unused] = 0
        out.arrays[other][rows] = values
