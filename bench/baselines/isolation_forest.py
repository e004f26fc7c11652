"""Isolation Forest (Liu, Ting and Zhou, ICDM 2008) on metadata: counts, times, ages, plans, clients, parameters."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.baselines.registry import Floats, Scores, baseline
from bench.baselines.tables import Tables
from stillwatch.range.metadata import account_features

TREES, SEED = 200, 0


@baseline("Isolation Forest on metadata", source="Liu, Ting and Zhou, ICDM 2008; scikit-learn")
def isolation_forest(tables: Tables, normal: Tables) -> dict[str, Scores]:
    """Fitted on earlier innocent accounts, or, as in the paper, on the accounts under test themselves."""
    from sklearn.ensemble import IsolationForest
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    own, earlier = _features(tables), _features(normal)
    found = {}
    for name, rows in (("fitted on earlier traffic", earlier), ("fitted on the log itself", own)):
        forest = IsolationForest(n_estimators=TREES, random_state=SEED)
        model = make_pipeline(SimpleImputer(strategy="median"), forest).fit(rows)
        found[name] = Scores(-np.asarray(model.score_samples(own)))
    return found


def _features(tables: Tables) -> Floats:
    """Metadata of every account, in the order of the tables."""
    values = account_features(tables.folder)[1]
    names = pq.read_table(tables.folder / "labels.parquet", columns=["account"])["account"].combine_chunks()
    return values[np.asarray(pc.index_in(tables.accounts, names))]
