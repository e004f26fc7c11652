"""Content: what is asked, in whichever words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.profile.kernels import TEXTS
from stillwatch.profile.texts import worded_as_elicitation
from stillwatch.signals.kernels import mean_products
from stillwatch.signals.population import CHUNK, Floats, Ints, Population
from stillwatch.signals.registry import account_signal, group_signal


@account_signal(
    "content",
    "high",
    "prompt",
    benign="pupils, evaluators, judges of own answers and writers use the same words",
    reference="cue lexicon in profile/cues.toml; MITRE ATLAS AML.T0024.002",
)
def technique_cues(population: Population) -> Floats:
    """Cues of extraction techniques per prompt."""
    return np.where(population.sampled > 0, population.cue_rate.sum(axis=1), np.nan)


@account_signal(
    "content",
    "high",
    "prompt",
    benign="makers of training data from their own documents word their wishes the same way",
    reference="hashed linear classifier of wordings (profile/elicitation; docs/explanation/elicitation-and-windows.md)",
)
def elicitation(population: Population) -> Floats:
    """Share of the account's kept prompts that are worded as those who collect answers word theirs."""
    return worded(population, np.arange(len(population)), np.ones((len(population), TEXTS), bool))


def worded(population: Population, rows: Ints, chosen: npt.NDArray[np.bool_]) -> Floats:
    """Share of some of the accounts' kept prompts that are worded so, (rows,); `chosen` is (rows, `TEXTS`)."""
    flagged = population.memo("elicitation of texts", lambda: _flagged(population))[rows]
    known = chosen & np.isfinite(flagged)
    return np.where(known.any(axis=1), (known & (flagged > 0)).sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan)


def _flagged(population: Population) -> Floats:
    """Of each account's first items, 1 where it is worded as an elicitation, 0 where not, NaN without its text."""
    texts = population.texts
    out = np.full((len(population), TEXTS), np.nan)
    for at in range(0, len(texts), CHUNK):  # strings are copied, a part of the texts at a time
        part = texts.slice(at, CHUNK)
        account, item = part.column("account").to_numpy(), part.column("item").to_numpy()
        place = (population.profiles["items"][account, :TEXTS] == item[:, None]).argmax(axis=1)
        told = part.column("worded")
        text = part.column("text").combine_chunks()
        out[account, place] = worded_as_elicitation(text) if told.null_count else told.to_numpy()
    return out


@account_signal(
    "content",
    "high",
    "prompt",
    benign="a product with an endless supply of own documents never repeats itself either",
    reference="Good-Turing coverage (Good 1953) by a KMV estimate of distinct prompts",
)
def novelty(population: Population) -> Floats:
    """Share of prompts that the account never sent before."""
    counts = population.profiles["item_count"].sum(axis=1)
    return np.where(population.prompts > 1, population.sampled / np.maximum(counts, 1), np.nan)


@account_signal(
    "content",
    "high",
    "prompt",
    benign="any product with a prompt template reuses its frame",
    reference="kernel mean embedding of prompts (Gretton et al. 2012)",
)
def self_similarity(population: Population) -> Floats:
    """Mean similarity of two prompts of the account, in excess of any two accounts'."""
    return population.self_similarity


@group_signal(
    "content",
    "high",
    "prompt",
    benign="a class, a benchmark or customers of one product ask the same things",
    reference="U-statistic of the linear kernel on mean embeddings (Gretton et al. 2012)",
)
def tightness(population: Population, groups: Ints) -> Floats:
    """Mean similarity of prompts of different members, in excess of any two accounts'."""
    if not population.prompts.any():
        return np.full(len(groups), np.nan)
    return np.asarray(mean_products(population.content, groups))
