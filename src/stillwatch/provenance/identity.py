"""Identity, a control: whether the suspect is our own API, resold or proxied.

Model equality testing (Gao et al., ICLR 2025, arXiv 2410.20247): several samples a prompt from each side, compared by
the maximum mean discrepancy with a Hamming kernel on characters. The hypothesis tested is "both are one model", so a
small p-value says that the suspect is **not** our API, and a large one that it may be. The samples of a prompt are
exchangeable between the sides under that hypothesis, so permuting them within each prompt is exact.

The authors' package `model-equality-testing` computes the same statistic; it permutes across the whole sample, prints,
and pulls in matplotlib, so this is written from the paper and compared with it in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import UsageError
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.suspects import Prompt, Suspect

_BATCH = 500


def identity_test(
    suspect: Suspect,
    own: Suspect,
    prompts: Sequence[Prompt],
    *,
    samples: int = 10,
    max_tokens: int = 50,
    temperature: float = 1.0,
    characters: int = 200,
    permutations: int = 9_999,
    seed: int = 0,
) -> TestResult:
    """Compare `samples` answers to each prompt by the suspect and by our own model, with the same parameters."""
    if samples < 2:
        raise UsageError("identity needs at least 2 samples a prompt from each side")
    repeated = [prompt for prompt in prompts for _ in range(samples)]
    texts = []
    for side, one in enumerate((suspect, own)):
        made = one.generate(repeated, max_tokens=max_tokens, temperature=temperature, seed=2 * seed + side)
        texts.append([made[start : start + samples] for start in range(0, len(made), samples)])
    return equality_test(texts[0], texts[1], characters=characters, permutations=permutations, seed=seed)


def equality_test(
    first: Sequence[Sequence[str]],
    second: Sequence[Sequence[str]],
    *,
    characters: int = 200,
    permutations: int = 9_999,
    seed: int = 0,
) -> TestResult:
    """The permutation test on texts[prompt][sample] of two sides, with as many samples of each prompt on both.

    The effect is the squared discrepancy: mean agreement of characters within the sides less that between them, 0 in
    expectation for one model. Its interval is what permutation gives under that hypothesis.
    """
    if len(first) != len(second) or any(len(a) != len(b) for a, b in zip(first, second, strict=False)) or not first:
        raise UsageError("both sides need answers to the same prompts, as many of each")
    kernels = [_agreement([*a, *b], characters) for a, b in zip(first, second, strict=True)]
    generator = np.random.default_rng(seed)
    observed = sum(
        _discrepancy(kernel, np.array([1.0] * (len(kernel) // 2) + [-1.0] * (len(kernel) // 2))[None])
        for kernel in kernels
    )
    null = np.zeros(permutations)
    for kernel in kernels:
        signs = np.array([1.0] * (len(kernel) // 2) + [-1.0] * (len(kernel) // 2))
        for start in range(0, permutations, _BATCH):
            part = slice(start, min(start + _BATCH, permutations))
            rows = generator.permuted(np.tile(signs, (part.stop - part.start, 1)), axis=1)
            null[part] += _discrepancy(kernel, rows)
    value = float(np.asarray(observed)[0])
    # Sums of the same terms in another order differ in the last bits: ties must count as ties.
    reached = int((null >= value - 1e-9 * max(1.0, abs(value))).sum())
    scale = 1 / len(kernels)
    low, high = np.quantile(null, [0.025, 0.975]) * scale
    return TestResult(
        name="identity",
        p_value=(1 + reached) / (1 + permutations),
        effect=value * scale,
        interval=None,
        samples=sum(len(kernel) for kernel in kernels),
        details={
            "effect_unit": "squared maximum mean discrepancy, Hamming kernel on characters",
            "hypothesis": "the suspect and our own API are one model; a small p-value says that they are not",
            "prompts": len(kernels),
            "under_hypothesis_95": [float(low), float(high)],
        },
    )


def _agreement(texts: Sequence[str], characters: int) -> NDArray[np.float64]:
    """Share of places at which each two texts have the same character, float64[n, n]; shorter texts are padded."""
    codes = np.zeros((len(texts), characters), np.uint32)
    for row, text in enumerate(texts):
        cut = text[:characters]
        codes[row, : len(cut)] = np.frombuffer(cut.encode("utf-32-le", "surrogatepass"), np.uint32)
    shared: NDArray[np.float64] = (codes[:, None, :] == codes[None, :, :]).mean(axis=2)
    return shared


def _discrepancy(kernel: NDArray[np.float64], signs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unbiased squared discrepancy of one prompt under each row of balanced signs, float64[rows]."""
    half = len(kernel) // 2
    bare = kernel - np.diag(np.diag(kernel))
    whole = bare.sum()
    # s'Ks = within - between, and within + between = whole.
    contrast = np.einsum("ri,ij,rj->r", signs, bare, signs, optimize=True)
    within, between = (whole + contrast) / 2, (whole - contrast) / 2
    out: NDArray[np.float64] = within / (half * (half - 1)) - between / (half * half)
    return out
