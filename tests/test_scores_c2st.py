"""Classifier two-sample tests: the null, what each sees, agreement with scikit-learn."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.neighbors import KNeighborsClassifier

from vae_jax.scores.c2st import NEIGHBOURS, c2st, neighbour_scores

RNG = np.random.default_rng


def test_equal_distributions_score_a_half():
    """Mean of 30 tests within 4 standard errors; each within 4 of the null's sd.

    1/(2 sqrt(n)) is the sd of an accuracy on n points; an area on n points a side has
    sqrt((2 n + 1) / (12 n^2)), and the shared training sets add to it.
    """
    rng, n = RNG(0), 100
    found = np.array([c2st(*rng.standard_normal((2, n, 3)), rng) for _ in range(30)])
    stderr = found.std(axis=0, ddof=1) / np.sqrt(30)
    assert (abs(found.mean(axis=0) - 0.5) < 4 * stderr).all()
    assert (abs(found - 0.5) < 4 / (2 * np.sqrt(n))).all()


def test_shifted_gaussians_score_the_optimal_area():
    """The best area of N(0, I) against N(s, I) is Phi(|s| / sqrt 2); learned, less."""
    rng = RNG(1)
    a, b = rng.standard_normal((2, 360, 2))
    found = c2st(a, b + np.array([1.0, 0.0]), rng)
    best = norm.cdf(1 / np.sqrt(2))
    assert best - 0.07 < found.neighbours < best + 0.04  # sd of an area at n = 360: .018
    assert best - 0.05 < found.quadratic < best + 0.04


def test_a_change_of_covariance_is_seen():
    rng = RNG(2)
    a = rng.standard_normal((360, 2))
    b = rng.multivariate_normal([0, 0], [[1.0, 0.9], [0.9, 1.0]], 360)
    assert min(c2st(a, b, rng)) > 0.65


def test_equal_moments_are_seen_by_neighbours_only():
    """A ring with the mean and covariance of N(0, I)."""
    rng = RNG(3)
    angle = rng.uniform(0, 2 * np.pi, 360)
    ring = np.sqrt(2) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = c2st(rng.standard_normal((360, 2)), ring, rng)
    assert found.neighbours > 0.8
    assert abs(found.quadratic - 0.5) < 4 / (2 * np.sqrt(360))


def test_wide_codes_in_many_dimensions_are_seen_by_moments_only():
    """The nearest neighbours of either sample are draws of the narrow one."""
    a, b = RNG(8).standard_normal((2, 200, 48))
    found = c2st(a, 4.0 * b, RNG(0))
    assert found.neighbours < 0.7 and found.quadratic > 0.95


def test_disjoint_sets_are_told_apart():
    a, b = RNG(4).standard_normal((2, 50, 4))
    found = c2st(a, b + 20.0, RNG(0))
    assert found.neighbours == 1.0 and found.quadratic == 1.0


def test_a_constant_dimension_and_a_constant_sample_are_no_error():
    rng = RNG(5)
    a, b = rng.standard_normal((2, 60, 2))
    a[:, 1] = b[:, 1] = 0.0
    assert np.isfinite(c2st(a, b, rng)).all()
    found = c2st(a, np.zeros_like(a), rng)
    assert found.neighbours > 0.9


def test_neighbour_scores_are_those_of_scikit_learn():
    rng = RNG(6)
    points, label = rng.standard_normal((80, 3)), np.repeat([0, 1], 40)
    fold = np.arange(80) % 5
    found = neighbour_scores(points, label, fold)
    for i in range(5):
        train = fold != i
        model = KNeighborsClassifier(NEIGHBOURS).fit(points[train], label[train])
        expected = model.predict_proba(points[~train])[:, 1]
        np.testing.assert_allclose(found[~train], expected, rtol=1e-12)


def test_what_cannot_be_tested_is_refused():
    x = RNG(7).standard_normal((40, 2))
    with pytest.raises(ValueError, match="equal numbers"):
        c2st(x, x[:39], RNG(0))
    with pytest.raises(ValueError, match="too few"):
        c2st(x[:10], x[10:20], RNG(0))
