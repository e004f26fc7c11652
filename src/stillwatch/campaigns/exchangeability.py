"""Are the accounts interchangeable? The share of content that an account's identity explains.

A person, a product or a company asks of its own concerns: two prompts of one account are more alike than two prompts
of different ones, whatever template they stand in. Accounts that are fed from one work queue are not: which account
sent a prompt tells nothing about it. The intraclass correlation (Shrout and Fleiss 1979) of the prompts' sign
sketches measures that; it does not care what is asked, in which language or how often.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from stillwatch.campaigns.streams import Stream
from stillwatch.signals.kernels import sign_sums


@dataclass(frozen=True, slots=True)
class Exchangeability:
    """Intraclass correlation of a stream over its accounts."""

    value: float  #: 0 = interchangeable; real users score about 0.04 (see `python -m bench interchange`)
    error: float  #: jackknife standard error over accounts
    alike: float  #: mean similarity of prompts of different members, -1..1

    def p_value(self, independent: float) -> float:
        """Chance of a value this low if the members were independent customers (at least `independent`)."""
        return float(ndtr((self.value - independent) / self.error)) if self.error > 0 else 1.0


def exchangeability(stream: Stream, most: int = 4000) -> Exchangeability | None:
    """Measure it; None with fewer than three members that have two prompts in the stream.

    Only the first `most` members are read: more would sharpen nothing.
    """
    size = stream.size
    able = np.flatnonzero(size >= 2)[:most]
    if len(able) < 3:
        return None
    sums = sign_sums(stream.population.profiles["item_signs"], stream.rows[able], stream.mask[able]).astype(float)
    width = sums.shape[1]
    n = size[able].astype(float)
    own = np.einsum("ij,ij->i", sums, sums) / width
    within_pairs, within_sum = n * (n - 1), own - n
    total = sums.sum(axis=0)
    all_sum = (total**2).sum() / width
    between_pairs = n.sum() ** 2 - (n**2).sum()
    between_sum = all_sum - own.sum()
    # An account with many prompts must not speak for all: weigh accounts by n - 1, not by pairs.
    weight = np.minimum(n - 1, 8.0)
    within = within_sum / within_pairs
    between = between_sum / between_pairs

    def value(w: float, b: float) -> float:
        return (w - b) / max(1 - b, 1e-6)

    w_total, w_weight = (weight * within).sum(), weight.sum()
    estimate = value(w_total / w_weight, between)
    # Delete one account at a time (jackknife).
    w_without = (w_total - weight * within) / (w_weight - weight)
    n_without = n.sum() - n
    pairs_without = n_without**2 - ((n**2).sum() - n**2)
    rest = all_sum - 2 * (sums @ total) / width + own  # |total - sums|^2 / width
    sum_without = rest - (own.sum() - own)
    b_without = sum_without / pairs_without
    replicas = (w_without - b_without) / np.maximum(1 - b_without, 1e-6)
    m = len(able)
    error = float(np.sqrt((m - 1) / m * ((replicas - replicas.mean()) ** 2).sum()))
    return Exchangeability(float(estimate), max(error, 1e-4), float(between))
