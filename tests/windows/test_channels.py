"""The statistics of a window against what they are by definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.stats import chi2, power_divergence

from stillwatch.windows.channels import LEVELS, burst, deviances, exceedance, mean_distance
from stillwatch.windows.features import latent_space, place


@given(st.integers(0, 50), st.integers(0, 500), st.integers(60, 2000), st.integers(500, 9000))
def test_a_deviance_is_the_g_statistic_of_the_split(count, known_count, size, known):
    got = deviances(np.array([float(count)]), np.array([float(known_count)]), size, known)[0]
    total = count + known_count
    if count < 2 or count * (size + known) <= total * size:
        assert got == 0
        return
    expected = np.array([size, known]) * total / (size + known)
    assert got == pytest.approx(power_divergence([count, known_count], expected, lambda_="log-likelihood")[0])


def test_what_one_prompt_alone_says_is_not_shared():
    counts = csr_matrix(np.array([[1.0, 1.0, 0.0], [9.0, 1.0, 0.0]]))
    (found,) = burst(counts, np.array([0.0, 0.0, 7.0]), 100, 1000, (3.0,))
    assert found[0] == 0 and found[1] > 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_mean_distance_is_chi_squared_on_normal_points(seed):
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(400, 100, 8)).mean(axis=1)
    distances = mean_distance(means, 100, np.zeros(8), np.eye(8))
    assert np.quantile(distances, 0.9) == pytest.approx(chi2.ppf(0.9, 8), rel=0.25)


def test_few_far_out_count_as_well_as_many_a_little_out():
    share = 1 - np.array(LEVELS)
    expected = 1000 * share
    usual = exceedance(expected[None], 1000, share, 10_000)[0]
    tail, bulk = expected.copy(), expected.copy()
    tail[-1] += 20
    bulk[0] += 120
    assert usual == pytest.approx(0)
    assert exceedance(tail[None], 1000, share, 10_000)[0] > 6
    assert exceedance(bulk[None], 1000, share, 10_000)[0] > 6


def test_the_latent_space_is_orthonormal_and_prompts_lie_on_its_sphere():
    rng = np.random.default_rng(3)
    terms = csr_matrix((rng.random((300, 1000)) < 0.02).astype(np.float32))
    weight = np.ones(1000)
    space = latent_space(terms, weight, dimensions=12)
    np.testing.assert_allclose(space.T @ space, np.eye(12), atol=1e-3)
    exact = np.linalg.svd(terms.toarray(), full_matrices=False)[1][:3]
    np.testing.assert_allclose(
        np.linalg.norm(terms @ space[:, :3], axis=0), exact, rtol=0.06
    )  # a flat spectrum: the hardest case
    np.testing.assert_allclose(np.linalg.norm(place(terms, weight, space), axis=1), 1, atol=1e-9)
