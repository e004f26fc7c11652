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

from stillwatch.campaigns.kernels import intraclass
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
    sums = sign_sums(stream.population.profiles["item_signs"], stream.rows[able], stream.mask[able])
    value, error, alike = intraclass(sums, size[able].astype(float))
    return Exchangeability(float(value), max(float(error), 1e-4), float(alike))
