"""Mahalanobis distance to innocent prompts (Lee et al., NeurIPS 2018; full covariance, as in arXiv 2606.05725)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from bench.baselines.registry import Floats, Scores, baseline
from bench.baselines.tables import Tables
from bench.baselines.threshold import two_sided


@baseline("Mahalanobis per account", source="Lee et al., NeurIPS 2018; as in arXiv 2606.05725")
def mahalanobis(tables: Tables, normal: Tables) -> dict[str, Scores]:
    """Mean squared distance of the account's prompts, the distance of their mean, and either tail of the former."""
    model, earlier = _fitted(normal)
    own = _distance(model, tables)
    centre = model.mahalanobis(tables.mean_embedding.astype(np.float32)) * tables.sampled
    return {
        "prompts": Scores(np.nan_to_num(own, nan=0.0)),
        "mean of prompts": Scores(centre),
        "prompts, either way": Scores(two_sided(own, tables.sampled, earlier, normal.sampled)),
    }


@lru_cache(maxsize=1)
def _fitted(normal: Tables) -> tuple[Any, Floats]:
    """The estimate of mean and covariance, and each normal account's own distance."""
    from sklearn.covariance import LedoitWolf

    model = LedoitWolf().fit(normal.embedding)
    return model, _distance(model, normal)


def _distance(model: Any, tables: Tables) -> Floats:
    """Mean squared distance of each account's prompts; NaN without any."""
    total = tables.per_account(model.mahalanobis(tables.embedding))
    return np.where(tables.sampled > 0, total / np.maximum(tables.sampled, 1), np.nan)
