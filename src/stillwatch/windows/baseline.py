"""What a product's ordinary traffic looks like, and how far its own windows stray from that.

Half of the baseline says what is usual (`Usual`); windows drawn from the other half say what chance does to every
channel. The halving is repeated, since two halves of the same traffic differ, and so will tomorrow's. A window under
test is then ranked among all of those windows: a conformal p-value (Bates et al. 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import csr_matrix

from stillwatch.errors import UsageError
from stillwatch.windows.channels import LEVELS, burst, exceedance, mean_distance
from stillwatch.windows.features import Floats, Points, PromptFeatures, latent_space, place, read_prompts

CHANNELS = ("rare meaning", "meaning", "elicitation", "novelty", "sameness", "shared terms", "shared rare terms")
FLOORS = (3.0, 10.0)  #: deviance that a term has to exceed to count, in the two channels of shared terms
RIDGES = (0.2, 2.0)  #: shares of the mean variance that are added to every direction before whitening
LEAST = 4  #: windows that a baseline has to hold
SPLITS = 8  #: ways in which the baseline is halved

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Usual:
    """What the fitted half of the baseline sends."""

    known: int  #: prompts it was fitted on
    term_counts: Floats  #: prompts with each term
    weight: Floats  #: of each term: the square root of its inverse document frequency
    space: Points  #: latent space, shape (terms, LATENT)
    centre: Floats
    whiten: tuple[Floats, ...]  #: one for each of `RIDGES`
    quantiles: Floats  #: of the scores, shape (scores, LEVELS)
    shares: Floats  #: of the fitted prompts beyond each


@dataclass(frozen=True, slots=True)
class Scored:
    """Prompts beside what is usual."""

    terms: csr_matrix
    points: Floats  #: in the latent space, shape (n, LATENT)
    scores: Floats  #: shape (scores, n)

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A calibrated baseline for windows of one size."""

    size: int
    usual: Usual
    held: Scored  #: the calibrating half
    location: Floats  #: of every channel over benign windows, on a log scale
    spread: Floats
    null: Floats  #: combined statistics of the benign windows, ascending

    def standardise(self, statistics: Floats) -> Floats:
        """Channels as standard scores over benign windows, shape (windows, channels)."""
        scores: Floats = ((_log(statistics) - self.location) / self.spread).astype(np.float64)
        return scores

    def p_values(self, statistics: Floats) -> Floats:
        """Conformal p-values of windows by all channels, shape (windows,); never below 1 / (windows + 1)."""
        combined = combine(self.standardise(statistics))
        beyond = len(self.null) - np.searchsorted(self.null, combined, "left")
        return np.asarray((1 + beyond) / (len(self.null) + 1), np.float64)


def build_baseline(
    prompts: pa.Array | pa.ChunkedArray, *, size: int = 1500, windows: int = 2000, block: int = 1, seed: int = 0
) -> Baseline:
    """A baseline from a string column in order of time, for windows of `size` prompts.

    `block` prompts that follow each other are kept together when windows are drawn: choose about the length of a
    conversation where the traffic has them, for one person's prompts are alike. Raises `UsageError` where the prompts
    are too few for `size`.
    """
    return calibrate(read_prompts(prompts), size=size, windows=windows, block=block, seed=seed)


def calibrate(features: PromptFeatures, *, size: int, windows: int = 2000, block: int = 1, seed: int = 0) -> Baseline:
    """`build_baseline` of prompts that have been read."""
    if len(features) < LEAST * size:
        raise UsageError(
            f"a baseline of {len(features):,} prompts is too small for windows of {size:,}: give at least"
            f" {LEAST * size:,} prompts, or choose smaller windows"
        )
    rng = np.random.default_rng(seed)
    halves = [_halves(rng, len(features), block) for _ in range(SPLITS)]
    pieces = []
    for first, second in halves:
        usual = fit(features.take(first))
        held = score(usual, features.take(second))
        rows = np.stack([_draw(rng, len(held), size, block) for _ in range(-(-windows // SPLITS))])
        pieces.append(measure(usual, held, rows))
    logs = _log(np.concatenate(pieces))
    location = np.median(logs, axis=0)
    spread = np.maximum(np.quantile(logs, 0.95, axis=0) - location, 1e-6) / 1.645
    null = np.sort(combine((logs - location) / spread))
    return Baseline(size, usual, held, location, spread, null)


def fit(features: PromptFeatures) -> Usual:
    """What is usual among these prompts."""
    known = len(features)
    counts = np.asarray(features.terms.sum(axis=0), np.float64).ravel()
    weight = np.sqrt(np.log((known + 1) / (counts + 1)))
    space = latent_space(features.terms, weight)
    points = place(features.terms, weight, space)
    centre = points.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(points.T))
    whiten = tuple(vectors / np.sqrt(values + ridge * values.mean()) for ridge in RIDGES)
    scores = _scores(features, counts - 1, known - 1)  # a prompt is no company for itself
    quantiles = np.quantile(scores, LEVELS, axis=1).T
    shares = (scores[:, None, :] > quantiles[:, :, None]).mean(axis=2)
    return Usual(known, counts, weight, space, centre, whiten, quantiles, shares)


def score(usual: Usual, features: PromptFeatures) -> Scored:
    """Single prompts as the windows' statistics need them."""
    scores = _scores(features, usual.term_counts, usual.known)
    return Scored(features.terms, place(features.terms, usual.weight, usual.space), scores)


def measure(usual: Usual, prompts: Scored, rows: Rows) -> Floats:
    """The channels' statistics of windows given as rows of `prompts`, shape (windows, size) -> (windows, CHANNELS)."""
    windows, size = rows.shape
    chosen = csr_matrix(
        (np.ones(rows.size, np.float32), rows.ravel(), np.arange(0, rows.size + 1, size)),
        shape=(windows, len(prompts)),
    )
    chosen.sum_duplicates()
    means = chosen @ prompts.points / size
    out = [mean_distance(means, size, usual.centre, whiten) for whiten in usual.whiten]
    for values, quantiles, shares in zip(prompts.scores, usual.quantiles, usual.shares, strict=True):
        beyond = chosen @ (values[:, None] > quantiles).astype(np.float64)
        out.append(exceedance(beyond, size, shares, usual.known))
    counts = (chosen @ prompts.terms).tocsr()
    out += burst(counts, usual.term_counts, size, usual.known, FLOORS)
    return np.column_stack(out)


def _halves(rng: np.random.Generator, known: int, block: int) -> tuple[Rows, Rows]:
    """The rows of the baseline in two random halves of whole blocks, each in order of time."""
    order = rng.permutation(known // block)
    first, second = (np.sort(half) for half in np.array_split(order, 2))
    return tuple((half[:, None] * block + np.arange(block)).ravel() for half in (first, second))  # type: ignore[return-value]


def _draw(rng: np.random.Generator, known: int, size: int, block: int) -> Rows:
    """Rows of a window of whole blocks, none twice: a prompt sent once can't look shared."""
    starts = rng.permutation(known // block)[: -(-size // block)] * block
    return (starts[:, None] + np.arange(block)).ravel()[:size]


def combine(standard: Floats) -> Floats:
    """One number a window: the length of the vector of channels that are above what is usual."""
    length: Floats = np.sqrt((np.maximum(standard, 0) ** 2).sum(axis=1))
    return length


def _scores(features: PromptFeatures, counts: Floats, known: int) -> Floats:
    """Scores of single prompts, shape (scores, prompts): elicitation, novelty of the terms, and its opposite."""
    surprisal = -np.log((counts + 0.5).clip(0.5) / (known + 1))
    terms = np.asarray(features.terms.sum(axis=1), np.float64).ravel()
    novelty = features.terms @ surprisal / np.maximum(terms, 1)
    return np.stack([features.elicitation, novelty, -novelty])


def _log(statistics: Floats) -> Floats:
    """Statistics are skewed to the right; their logarithm is less so."""
    logs: Floats = np.log1p(np.maximum(statistics, 0))
    return logs
