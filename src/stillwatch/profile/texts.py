"""The few prompts per account whose text is kept as evidence: those of its smallest items, as first asked.

Where no text may be kept, what the elicitation classifier says of it is kept instead.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.profile.elicitation.score import elicitation_logits, shipped_weights
from stillwatch.profile.kernels import TEXTS

TEXT_BYTES = 1200  #: of a prompt that are kept

#: `account` is the row of the account; `time` (microseconds) and `model` (hash) are those of the earliest exchange
#: that sent the item, so that one text stands for it whatever the order in which the log was read.
TEXT_SCHEMA = pa.schema(
    [
        ("account", pa.int64()),
        ("item", pa.uint64()),
        ("text", pa.large_binary()),  # the texts of a million accounts take more than the 2 GB of `binary`
        ("time", pa.int64()),
        ("model", pa.uint64()),
        ("worded", pa.bool_()),  # whether it's worded as an elicitation, where the text is not kept; else null
    ]
)


def read_texts(
    prompt: pa.Array,
    account: npt.NDArray[np.int64],
    time: npt.NDArray[np.int64],
    model: npt.NDArray[np.uint64],
    item: npt.NDArray[np.uint64],
    rows: npt.NDArray[np.int64],
    kept: bool,
) -> pa.Table:
    """The texts of these rows of a batch (`TEXT_SCHEMA`), as bytes that may end within a character, if `kept`."""
    head = pc.binary_slice(prompt.take(pa.array(rows)).cast(pa.binary()), 0, TEXT_BYTES).cast(pa.large_binary())
    worded = pa.nulls(len(rows), pa.bool_())
    if not kept:
        worded, head = pa.array(worded_as_elicitation(head)), pa.nulls(len(rows), pa.large_binary())
    columns = [account[rows], item[rows], head, time[rows], model[rows], worded]
    return pa.table(columns, schema=TEXT_SCHEMA)


def worded_as_elicitation(heads: pa.Array) -> npt.NDArray[np.bool_]:
    """Which of these prompts, or heads of them (`large_binary`), are worded as those who collect answers word theirs.

    Bytes that aren't UTF-8 are left out.
    """
    cut = pc.greater_equal(pc.binary_length(heads), TEXT_BYTES).fill_null(False)
    try:
        whole = pc.if_else(cut, pa.scalar(b"", heads.type), heads).cast(pa.large_string())
        ends = pa.array(_decoded(heads.filter(cut)), pa.large_string())
        texts = pc.replace_with_mask(whole, cut, ends)
    except pa.ArrowInvalid:
        texts = pa.array(_decoded(heads), pa.large_string())
    return np.asarray(elicitation_logits(texts) > shipped_weights().threshold)


def current_texts(
    texts: pa.Table,
    items: npt.NDArray[np.uint64],
    item_time: npt.NDArray[np.int64],
    item_model: npt.NDArray[np.uint64],
) -> npt.NDArray[np.bool_]:
    """Which texts are of one of their account's first `TEXTS` items, as it was first asked, so that they may stay.

    The arrays are those of the profiles, shape (accounts, sample).
    """
    account, item, time, model = (texts.column(name).to_numpy() for name in ("account", "item", "time", "model"))
    current = np.zeros(len(account), bool)
    for place in range(TEXTS):  # one place at a time: no copy of all the lists
        current |= (
            (items[account, place] == item)
            & (item_time[account, place] == time)
            & (item_model[account, place] == model)
        )
    return current


def settle_texts(texts: pa.Table, current: npt.NDArray[np.bool_]) -> pa.Table:
    """Keep one text for each item, of those that are `current`, in order of account and item.

    It is the text of the item's earliest exchange; of several at one instant, the first in the order of their bytes.
    """
    account, item = texts.column("account").to_numpy(), texts.column("item").to_numpy()
    kept = np.flatnonzero(current)
    kept = kept[np.lexsort((item[kept], account[kept]))]
    again = np.zeros(len(kept), bool)
    again[1:] = (np.diff(account[kept]) == 0) & (np.diff(item[kept]) == 0)
    if again.any():
        twins = np.flatnonzero(again | np.append(again[1:], False))  # of these alone the texts need to be compared
        first = np.flatnonzero(~again[twins])
        ordered = texts.take(pa.array(kept[twins])).sort_by(
            [(name, "ascending") for name in ("account", "item", "text", "worded")]
        )
        settled = pa.concat_tables([texts.take(pa.array(np.delete(kept, twins))), ordered.take(pa.array(first))])
        return settled.sort_by([("account", "ascending"), ("item", "ascending")]).combine_chunks()
    return texts.take(pa.array(kept)).combine_chunks()


def read_text(texts: pa.Table) -> list[str]:
    """The texts of a table as strings; bytes that aren't UTF-8 are left out of them, and so are texts not kept."""
    return _decoded(texts.column("text"))


def _decoded(texts: pa.Array | pa.ChunkedArray) -> list[str]:
    return [(value or b"").decode("utf-8", "ignore") for value in texts.to_pylist()]
