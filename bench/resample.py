"""Populations resampled from profiled worlds: accounts are drawn, never exchanges, and what belongs together stays so.

A log is profiled once; a population is rows of several logs' profiles put side by side. The unit drawn is a whole kind
of one world, because a class, an office or the customers of one product would be no look-alikes any more if a few of
their accounts were drawn alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.engines.local import COLUMNS, profile_log
from stillwatch.logs import open_logs, read_accounts
from stillwatch.profile import Profiles
from stillwatch.profile.layout import LAYOUT

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Profiled:
    """One world's profiles, its account table, and the rows of each kind of customer and each campaign."""

    profiles: Profiles
    accounts: pa.Table
    kinds: dict[str, Ints]  #: innocent accounts
    campaigns: dict[str, Ints]


def profiled(folder: Path) -> Profiled:
    """Profile a world's log."""
    profiles = profile_log(open_logs([folder / "exchanges.parquet"], columns=COLUMNS))
    labels = pq.read_table(folder / "labels.parquet")
    labels = labels.take(pc.index_in(pa.array(profiles.names), labels["account"].combine_chunks()))
    guilty = labels["malicious"].to_numpy(zero_copy_only=False).astype(bool)

    def rows(column: str, which: npt.NDArray[np.bool_]) -> dict[str, Ints]:
        names = np.array(labels[column].to_pylist(), dtype=object)
        return {str(name): np.flatnonzero(which & (names == name)) for name in sorted(set(names[which]))}

    table = read_accounts(folder / "accounts.parquet")
    return Profiled(profiles, table, rows("kind", ~guilty), rows("campaign", guilty))


def together(parts: Sequence[tuple[Profiled, Ints]]) -> tuple[Profiles, pa.Table]:
    """The profiles and account table of these rows of these worlds. Texts kept as evidence are left behind."""
    names = [each.profiles.names[row] for each, rows in parts for row in rows.tolist()]
    arrays = {name: np.concatenate([each.profiles[name][rows] for each, rows in parts]) for name in LAYOUT}
    organizations, labels, at = {}, {}, 0
    for each, rows in parts:
        labels.update(each.profiles.labels)
        for row in rows.tolist():
            if (organization := each.profiles.organizations.get(row)) is not None:
                organizations[at] = organization
            at += 1
    found = Profiles(
        names=names,
        arrays=arrays,
        labels=labels,
        organizations=organizations,
        present=frozenset().union(*(each.profiles.present for each, _ in parts)),
    )
    return found, pa.concat_tables([each.accounts for each, _ in parts])


def quiet_population(worlds: Sequence[Profiled], random: np.random.Generator) -> list[tuple[Profiled, Ints]]:
    """Every kind of innocent customer, each taken whole from a world drawn at random."""
    kinds = sorted({kind for each in worlds for kind in each.kinds})
    parts = []
    for kind in kinds:
        able = [each for each in worlds if kind in each.kinds]
        chosen = able[int(random.integers(len(able)))]
        parts.append((chosen, chosen.kinds[kind]))
    return parts
