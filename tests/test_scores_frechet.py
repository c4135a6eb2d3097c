"""The Frechet distance: closed forms, singular covariances, bias and its correction."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from vae_jax.scores.frechet import (
    Frechet,
    Moments,
    bias_corrected,
    covariance_root,
    frechet_distance,
    moments,
)

RNG = np.random.default_rng


def random_cov(rng, d):
    root = rng.standard_normal((d, d + 2))
    return root @ root.T / d


def test_moments_are_unbiased_ones():
    x = RNG(0).normal(2.0, 3.0, (7, 4))
    found = moments(x)
    centred = x - x.sum(axis=0) / 7
    np.testing.assert_allclose(found.mean, x.sum(axis=0) / 7, rtol=1e-14)
    np.testing.assert_allclose(found.cov, centred.T @ centred / 6, rtol=1e-12)
    assert found.count == 7
    assert moments(x[:, :1]).cov.shape == (1, 1)
    with pytest.raises(ValueError, match="at least 2"):
        moments(x[:1])


@pytest.mark.parametrize("d", [1, 3, 12])
def test_distance_is_the_textbook_one(d):
    rng = RNG(d)
    a = Moments(rng.standard_normal(d), random_cov(rng, d), 10)
    b = Moments(rng.standard_normal(d), random_cov(rng, d), 20)
    trace = np.trace(a.cov + b.cov - 2.0 * sqrtm(a.cov @ b.cov).real)
    expected = ((a.mean - b.mean) ** 2).sum() + trace
    found = frechet_distance(a, b)
    np.testing.assert_allclose(found.value, expected, rtol=1e-9)
    np.testing.assert_allclose(frechet_distance(b, a).value, expected, rtol=1e-9)
    assert found[1:] == (10, 20)
    root = covariance_root(a.cov)
    np.testing.assert_allclose(root @ root.T, a.cov, rtol=1e-9, atol=1e-12)
    assert frechet_distance(a, b, root) == found


def test_diagonal_covariances_add_up():
    """sum (m1 - m2)^2 + (s1 - s2)^2 over dimensions, one of them without any spread."""
    s, r = np.array([1.0, 2.0, 0.0]), np.array([3.0, 0.5, 2.0])
    a, b = Moments(np.zeros(3), np.diag(s**2), 5), Moments(np.ones(3), np.diag(r**2), 5)
    np.testing.assert_allclose(
        frechet_distance(a, b).value, 3.0 + ((s - r) ** 2).sum(), rtol=1e-12
    )


def test_a_generator_of_one_image_has_the_variance_left():
    a = moments(RNG(0).standard_normal((50, 6)))
    constant = moments(np.full((40, 6), 0.25))
    expected = ((a.mean - 0.25) ** 2).sum() + np.trace(a.cov)
    np.testing.assert_allclose(frechet_distance(a, constant).value, expected, rtol=1e-12)
    np.testing.assert_allclose(frechet_distance(constant, a).value, expected, rtol=1e-12)
    assert frechet_distance(constant, constant).value == 0.0


def test_fewer_points_than_dimensions():
    """Points in a subspace: adding dimensions without spread changes nothing."""
    rng = RNG(1)
    few, others = rng.standard_normal((2, 6, 3))
    rotation = np.linalg.qr(rng.standard_normal((20, 20)))[0][:3]
    expected = frechet_distance(moments(few), moments(others)).value
    found = frechet_distance(moments(few @ rotation), moments(others @ rotation)).value
    np.testing.assert_allclose(found, expected, rtol=1e-6)  # roots of rounded zeros: 1e-8
    # 14 spurious directions of variance 1e-16 each give a root of 1e-8 at most.
    assert frechet_distance(moments(few @ rotation), moments(few @ rotation)).value < 1e-6


@pytest.mark.parametrize("d, bias", [(2, 0.019), (10, 0.216), (32, 1.63), (64, 6.16)])
def test_bias_of_equal_distributions(d, bias):
    """Two samples of 360 from N(0, I): the known bias, within 4 standard errors."""
    rng = RNG(d)
    draw = lambda: moments(rng.standard_normal((360, d)))
    values = [frechet_distance(draw(), draw()).value for _ in range(60)]
    # Plus one unit of the last digit that the reference gives.
    digit = 10.0 ** np.floor(np.log10(bias) - (1 if d == 2 else 2))
    assert abs(np.mean(values) - bias) < 4 * np.std(values) / np.sqrt(60) + digit


def test_correction_removes_a_bias_of_one_over_n():
    full = Frechet(1.5 + 36.0 / 360, 360, 10_000)
    halves = [Frechet(1.5 + 36.0 / 180 + e, 180, 10_000) for e in (-0.1, 0.1)]
    np.testing.assert_allclose(bias_corrected(full, halves), 1.5, rtol=1e-12)
    np.testing.assert_allclose(bias_corrected(full, halves), 2 * 1.6 - 1.7, rtol=1e-12)
    thirds = [Frechet(1.5 + 36.0 / 120, 120, 10_000)]
    np.testing.assert_allclose(bias_corrected(full, thirds), 1.5, rtol=1e-12)


def test_correction_of_equal_distributions_is_about_zero():
    """Second order is left: the corrected mean is a tenth of the uncorrected, or less."""
    rng, plain, corrected = RNG(3), [], []
    for _ in range(60):
        real = rng.standard_normal((360, 10))
        generated = moments(rng.standard_normal((20_000, 10)))
        full = frechet_distance(moments(real), generated)
        halves = [
            frechet_distance(moments(real[rng.permutation(360)[:180]]), generated)
            for _ in range(6)
        ]
        plain.append(full.value)
        corrected.append(bias_corrected(full, halves))
    stderr = np.std(corrected) / np.sqrt(60)
    assert abs(np.mean(corrected)) < 0.1 * np.mean(plain) + 4 * stderr
    assert np.mean(plain) > 20 * stderr  # the test could have failed


def test_unequal_sizes_are_never_compared():
    one = Frechet(2.0, 360, 1000)
    assert one.minus(Frechet(0.5, 360, 1000)) == 1.5
    for other in (Frechet(0.5, 180, 1000), Frechet(0.5, 360, 999)):
        with pytest.raises(ValueError, match="sizes"):
            one.minus(other)
    for halves in ([], [one], [Frechet(1.0, 180, 9), Frechet(1.0, 170, 9)]):
        with pytest.raises(ValueError, match="smaller"):
            bias_corrected(one, halves)
