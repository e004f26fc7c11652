"""Mahalanobis distance to innocent prompts (Lee et al., NeurIPS 2018; full covariance, as in arXiv 2606.05725)."""

from __future__ import annotations

import numpy as np

from bench.baselines.registry import Scores, baseline
from bench.baselines.tables import Tables
from bench.baselines.threshold import two_sided


@baseline("Mahalanobis per account", source="Lee et al., NeurIPS 2018; as in arXiv 2606.05725")
def mahalanobis(tables: Tables, normal: Tables) -> dict[str, Scores]:
    """Mean squared distance of the account's prompts, the distance of their mean, and either tail of the former."""
    from sklearn.covariance import LedoitWolf

    model = LedoitWolf().fit(normal.embedding)
    own, earlier = (
        np.where(t.sampled > 0, t.per_account(model.mahalanobis(t.embedding)) / np.maximum(t.sampled, 1), np.nan)
        for t in (tables, normal)
    )
    centre = model.mahalanobis(tables.mean_embedding.astype(np.float32)) * tables.sampled
    return {
        "prompts": Scores(np.nan_to_num(own, nan=0.0)),
        "mean of prompts": Scores(centre),
        "prompts, either way": Scores(two_sided(own, tables.sampled, earlier, normal.sampled)),
    }
