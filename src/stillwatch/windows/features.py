"""What is read of each prompt: its distinct words and word pairs, its place among the others, its elicitation logit.

Case, punctuation, layout and the values of numbers are gone before anything is measured: what only tells how a corpus
was typeset is no evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import csr_matrix

from stillwatch.profile.elicitation.score import Weights, elicitation_logits, feature_rows

PLACES = 1 << 17  #: hashed words and word pairs
LATENT = 96  #: dimensions of the latent space

Floats = npt.NDArray[np.float64]
Points = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PromptFeatures:
    """Features of n prompts, in their order."""

    terms: csr_matrix  #: shape (n, PLACES), 1 where a word or word pair occurs
    elicitation: Floats  #: logits, shape (n,)

    def __len__(self) -> int:
        return int(self.terms.shape[0])

    def take(self, rows: npt.NDArray[np.int64]) -> PromptFeatures:
        """Features of some of the prompts."""
        return PromptFeatures(self.terms[rows], self.elicitation[rows])


def read_prompts(prompts: pa.Array | pa.ChunkedArray, model: Weights | None = None) -> PromptFeatures:
    """Features of a string column; an absent prompt reads as an empty one. `model` replaces the shipped classifier."""
    if isinstance(prompts, pa.ChunkedArray):
        prompts = prompts.combine_chunks()
    prompts = prompts.fill_null("")
    places, ends = feature_rows(prompts)
    terms = csr_matrix((np.ones(len(places), np.float32), places & (PLACES - 1), ends), shape=(len(prompts), PLACES))
    terms.sum_duplicates()
    terms.data[:] = 1
    return PromptFeatures(terms, elicitation_logits(prompts, model).astype(np.float64))


def latent_space(terms: csr_matrix, weight: Floats, dimensions: int = LATENT) -> Points:
    """The directions in which these prompts vary most, shape (PLACES, dimensions): latent semantic analysis.

    Deerwester et al. (1990), by a randomised singular value decomposition (Halko, Martinsson and Tropp 2011). What
    words mean is learnt from the product's own traffic, so that nothing has to be downloaded, in whatever language.
    """
    used = np.unique(terms.indices)
    weighted: Any = terms[:, used].multiply(weight[used]).tocsr().astype(np.float32)
    rng = np.random.default_rng(0)
    basis = rng.standard_normal((weighted.shape[0], dimensions + 10)).astype(np.float32)
    for _ in range(3):
        basis = np.linalg.qr(weighted @ (weighted.T @ basis))[0]
    across = weighted.T @ basis
    values, vectors = np.linalg.eigh((across.T @ across).astype(np.float64))
    kept = values > 1e-6 * values[-1]  # fewer prompts than dimensions
    found = (across @ (vectors[:, kept] / np.sqrt(values[kept])))[:, ::-1][:, :dimensions]
    space = np.zeros((terms.shape[1], found.shape[1]), np.float32)
    space[used] = found
    return space


def place(terms: csr_matrix, weight: Floats, space: Points) -> Floats:
    """Prompts as points of length one in a latent space, shape (n, dimensions)."""
    weighted: Any = terms.multiply(weight).tocsr().astype(np.float32)
    points = np.asarray(weighted @ space, np.float64)
    norm = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.where(norm == 0, 1.0, norm), np.float64)
