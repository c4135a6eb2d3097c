"""Directions of a latent space: found where they were put, and nowhere else."""

import numpy as np

from vae_jax.data.display import Look
from vae_jax.explorer.directions import components, directions, fitted


def test_a_direction_is_found_where_it_was_put():
    rng = np.random.default_rng(2)
    codes = rng.standard_normal((4000, 3)) * np.array([2.0, 1.0, 0.5])
    y = 3.0 * codes[:, 0] - 1.0 * codes[:, 1]
    noisy = y + np.sqrt(37.0) * rng.standard_normal(4000)
    found = fitted("y", codes, noisy, np.zeros(3))
    assert abs(found.value - 0.5) < 0.05  # Var(3 z_1 - z_2) = 37
    covariance, w = np.cov(codes, rowvar=False), np.array([3.0, -1.0, 0.0])
    expected = covariance @ w / np.sqrt(w @ covariance @ w)
    # Of Cov(z_0, y): 2 sd(y) / sqrt(4000) = 0.27, over sd(w z) = 6.1: 0.045, twice that.
    np.testing.assert_allclose(found.direction, expected, atol=0.1)
    assert fitted("flat", codes, np.ones(4000), np.zeros(3)).value == 0.0


def test_components_are_those_of_the_covariance():
    rng = np.random.default_rng(3)
    codes = rng.standard_normal((500, 4)) @ rng.standard_normal((4, 4))
    values, vectors = components(codes)
    covariance = np.cov(codes, rowvar=False)
    np.testing.assert_allclose(vectors.T * values @ vectors, covariance, atol=1e-10)
    assert (np.diff(values) <= 0).all()


def test_directions_of_a_collapsed_posterior_say_nothing():
    """Means that move by a millionth can be regressed on; codes drawn about them cannot."""
    rng = np.random.default_rng(0)
    images, look = rng.uniform(size=(300, 36)), Look((6, 6, 1), "ink")
    means = 1e-6 * images @ rng.standard_normal((36, 30))
    clear = directions(means, np.zeros_like(means), images, look, None)
    hidden = directions(means, np.ones_like(means), images, look, None)
    r2 = lambda found: [way.value for way in found if way.measure == "R²"]
    assert min(r2(clear)) > 0.1 and max(r2(hidden)) < 1e-6
