"""Samplers fitted to codes: any scale, and codes that leave a direction unused."""

import numpy as np
import pytest

from vae_jax.evaluation.samplers import mixture
from vae_jax.evaluation.samplers.gaussian import normal
from vae_jax.evaluation.trained_member import Codes, TrainedMember

RNG = np.random.default_rng(0)
CLUSTERS = np.concatenate([RNG.normal(m, 0.1, (100, 2)) for m in (-1.0, 1.0)])


class OfCodes(TrainedMember):
    """A member of whom only its codes are asked, and random numbers."""

    def __init__(self, codes):
        self.found = Codes(codes, np.zeros_like(codes), codes)

    def codes(self, split):
        return self.found

    def rng(self, use):
        return np.random.default_rng(len(use))


@pytest.mark.parametrize("scale", [1.0, 2.0**-40, 2.0**60])
def test_a_mixture_of_scaled_codes_is_the_scaled_mixture(scale):
    draw = mixture.mixture(2)
    expected = draw(OfCodes(CLUSTERS), "samples", 50)
    found = draw(OfCodes(scale * CLUSTERS + scale), "samples", 50)
    np.testing.assert_allclose(found / scale - 1.0, expected, atol=1e-9)


def test_a_mixture_is_drawn_as_it_was_fitted():
    """Mean and covariance of draws are those of the codes: EM keeps both."""
    drawn = mixture.mixture(2)(OfCodes(CLUSTERS), "samples", 20_000)
    np.testing.assert_allclose(drawn.mean(axis=0), CLUSTERS.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(CLUSTERS.T), atol=0.03)


def test_codes_in_a_plane_are_drawn_in_it():
    """A covariance with an eigenvalue that rounding left below 0 is drawn from."""
    root = RNG.normal(size=(3, 2)) * 1e8
    covariance = root @ root.T
    covariance[0, 0] *= 1.0 - 1e-12
    assert np.linalg.eigvalsh(covariance)[0] < 0.0
    drawn = normal(np.random.default_rng(0), np.zeros(3), covariance, 1_000)
    across = np.linalg.svd(root.T)[2][-1]
    assert np.abs(drawn @ across).max() < 1e-3 * np.abs(drawn).max()
