"""Is a world won cheaply? Two checks that must fail to find campaigns, printed with every world.

1. Gradient boosting on metadata alone, trained on the other campaign kinds and half of the benign accounts, tested on
   the kind held out and the other half.
2. Union-find over shared cards and addresses with the hubs removed, every component of ten accounts or more accused.
"""

from __future__ import annotations

import importlib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import rustworkx as rx

from stillwatch.errors import MissingExtraError
from stillwatch.range.metadata import account_features

LIMIT = 0.75  #: area under the ROC curve that metadata must stay below, for every held-out kind
_HUB = 40  #: accounts on one address or card from which it counts as a hub
_GROUP = 10  #: accounts from which a component is accused


@dataclass(frozen=True, slots=True)
class CheapWins:
    """Figures of both checks. `auc` is by campaign kind held out."""

    auc: dict[str, float]
    worst_auc: float
    union_find_fpr: float
    union_find_recall: float
    union_find_largest: int  #: accounts in the largest component
    hard: bool  #: neither wins

    def as_dict(self) -> dict[str, object]:
        """Plain values for world.json."""
        return asdict(self)


def cheap_win_check(world: Path, seed: int = 0) -> CheapWins:
    """Run both checks on a built world.

    Raises `MissingExtraError` without scikit-learn.
    """
    labels = pq.read_table(world / "labels.parquet")
    guilty = labels["malicious"].to_numpy(zero_copy_only=False).astype(bool)
    kinds = np.array(labels["kind"].to_pylist(), dtype=object)
    auc = _held_out(account_features(world)[1], guilty, kinds, seed) if guilty.any() else {}
    accused, largest = _components(world, labels["account"])
    worst = max(auc.values(), default=0.5)
    fpr = float(accused[~guilty].mean())
    recall = float(accused[guilty].mean()) if guilty.any() else 0.0
    return CheapWins(
        auc={kind: round(value, 4) for kind, value in auc.items()},
        worst_auc=round(worst, 4),
        union_find_fpr=round(fpr, 4),
        union_find_recall=round(recall, 4),
        union_find_largest=largest,
        hard=worst < LIMIT and (fpr > 0.003 or recall < 0.5),
    )


def _held_out(
    features: npt.NDArray[np.float64], guilty: npt.NDArray[np.bool_], kinds: npt.NDArray[np.object_], seed: int
) -> dict[str, float]:
    try:
        ensemble = importlib.import_module("sklearn.ensemble")
        metrics = importlib.import_module("sklearn.metrics")
        threads = importlib.import_module("threadpoolctl").threadpool_limits
    except ImportError as cause:
        raise MissingExtraError("the cheap-win check of a world", "bench") from cause
    rng = np.random.default_rng(seed)
    half = rng.random(len(guilty)) < 0.5
    found = {}
    for kind in sorted(set(kinds[guilty])):
        held = guilty & (kinds == kind)
        train = (guilty & ~held) | (~guilty & half)
        test = held | (~guilty & ~half)
        if not (guilty & ~held).any():
            continue
        model = ensemble.HistGradientBoostingClassifier(max_iter=60, random_state=seed)
        with threads(1):  # worlds are small: on a busy machine, threads wait for each other more than they work
            model.fit(features[train], guilty[train])
        found[str(kind)] = float(metrics.roc_auc_score(guilty[test], model.predict_proba(features[test])[:, 1]))
    return found


def _components(world: Path, accounts: pa.ChunkedArray) -> tuple[npt.NDArray[np.bool_], int]:
    """(accused, size of the largest component) of accounts linked by shared cards and addresses below the hub size."""
    names = accounts.combine_chunks()
    log = (
        pq.read_table(world / "exchanges.parquet", columns=["account", "ip"]).group_by(["account", "ip"]).aggregate([])
    )
    table = pq.read_table(world / "accounts.parquet", columns=["account", "payment"])
    graph = rx.PyGraph()
    graph.add_nodes_from(range(len(names)))
    for owners, values in ((log["account"], log["ip"]), (table["account"], table["payment"])):
        owner = np.asarray(pc.index_in(owners, names), dtype=np.int64)
        code = np.asarray(pc.fill_null(values.combine_chunks().dictionary_encode().indices, -1), dtype=np.int64)
        owner, code = owner[code >= 0], code[code >= 0]
        users = np.bincount(code)
        keep = (users[code] > 1) & (users[code] < _HUB)
        order = np.argsort(code[keep], kind="stable")
        owner, code = owner[keep][order], code[keep][order]
        same = np.flatnonzero(code[1:] == code[:-1])
        graph.add_edges_from_no_data(list(zip(owner[same].tolist(), owner[same + 1].tolist(), strict=True)))
    accused = np.zeros(len(names), dtype=bool)
    largest = 0
    for component in rx.connected_components(graph):
        largest = max(largest, len(component))
        if len(component) >= _GROUP:
            accused[list(component)] = True
    return accused, largest
