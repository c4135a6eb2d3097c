"""Kernel density and moment-matched Gaussian of codes, against references."""

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal
from sklearn.neighbors import KernelDensity

from vae_jax.scores import kde
from vae_jax.scores.gaussians import moment_matched_kl

RNG = np.random.default_rng
LOG_2PI = np.log(2 * np.pi)


def clusters(rng, n, d):
    """Codes of three clusters, correlated, far from 0 and of a scale of their own."""
    centres = 6.0 * rng.standard_normal((3, d))
    mixed = centres[rng.integers(3, size=n)] + rng.standard_normal((n, d))
    return mixed @ rng.standard_normal((d, d)) + 5.0


def standard_normal_log_density(points):
    return -0.5 * ((points**2).sum(axis=1) + points.shape[1] * LOG_2PI)


@pytest.mark.parametrize("d", [1, 2, 6])
def test_density_is_that_of_scikit_learn(d):
    rng = RNG(d)
    codes = clusters(rng, 200, d)
    found = kde.fit(codes, rng)
    whitened = (codes - found.mean) @ found.whiten
    np.testing.assert_allclose(np.cov(whitened, rowvar=False), np.eye(d), atol=1e-9)
    reference = KernelDensity(bandwidth=found.bandwidth, rtol=1e-10).fit(whitened)
    points = rng.permutation(codes)[:50] + 0.1
    expected = reference.score_samples((points - found.mean) @ found.whiten)
    # Whitening changes volumes by |det|.
    expected += np.linalg.slogdet(found.whiten)[1]
    np.testing.assert_allclose(kde.log_density(found, points), expected, rtol=1e-8)
    np.testing.assert_allclose(found.colour.T @ found.whiten.T, np.eye(d), atol=1e-10)


def loo_by_loop(whitened, h):
    n, d = whitened.shape
    squared = ((whitened[:, None] - whitened[None]) ** 2).sum(axis=2)
    kernel = np.exp(-squared / (2 * h * h)) / (2 * np.pi * h * h) ** (d / 2)
    np.fill_diagonal(kernel, 0.0)
    return np.log(kernel.sum(axis=1) / (n - 1)).mean()


@pytest.mark.parametrize("d", [1, 3])
def test_bandwidth_maximises_the_leave_one_out_likelihood(d):
    rng = RNG(10 + d)
    found = kde.fit(clusters(rng, 150, d), rng)
    value = lambda h: loo_by_loop(found.centres, h)
    np.testing.assert_allclose(
        found.leave_one_out, value(found.bandwidth) + found.log_volume, rtol=1e-8
    )
    best = max(value(h) for h in np.geomspace(0.1, 2.0, 200))
    assert value(found.bandwidth) > best - 1e-3  # of nats; the top is flat
    fine = minimize_scalar(lambda h: -value(h), bounds=(0.1, 2.0), method="bounded")
    np.testing.assert_allclose(found.bandwidth, fine.x, rtol=0.03)


def test_density_integrates_to_one():
    rng = RNG(20)
    found = kde.fit(clusters(rng, 60, 2) / 4.0, rng)
    grid = np.linspace(-40, 40, 601)
    points = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    density = np.exp(kde.log_density(found, points)).reshape(601, 601)
    mass = trapezoid(trapezoid(density, grid, axis=1), grid)
    np.testing.assert_allclose(mass, 1.0, rtol=1e-4)


def test_density_is_finite_far_away():
    found = kde.fit(RNG(21).standard_normal((50, 2)), RNG(0))
    far = kde.log_density(found, np.array([[1e4, 0.0], [0.0, -1e6]]))
    assert np.isfinite(far).all() and (far < -1e6).all()


def test_draws_have_the_moments_of_the_density():
    """Mean of the codes; covariance (1 - 1/n + h^2) that of the codes."""
    rng = RNG(22)
    codes = clusters(rng, 300, 2)
    found = kde.fit(codes, rng)
    draws = (kde.draw(found, rng, 40_000) - found.mean) @ found.whiten
    variance = 1 - 1 / 300 + found.bandwidth**2
    assert (abs(draws.mean(axis=0)) < 4 * np.sqrt(variance / 40_000)).all()
    # Var(x^2) <= 4 for these bounded mixtures: 4 x 2 / 200.
    np.testing.assert_allclose(np.cov(draws.T), variance * np.eye(2), atol=0.04)


@pytest.mark.parametrize("extra", [0, 1])
def test_constant_dimensions_are_left_out(extra):
    """The density of the others; constant codes altogether are drawn again as they are."""
    rng = RNG(23)
    live = clusters(rng, 100, 2)
    codes = np.concatenate([live, np.full((100, 1), 3.0)], axis=1)
    points = codes[:10] + extra * np.array([0.1, -0.2, 5.0])
    found, alone = kde.fit(codes, RNG(0)), kde.fit(live, RNG(0))
    np.testing.assert_allclose(
        kde.log_density(found, points), kde.log_density(alone, points[:, :2]), rtol=1e-6
    )
    assert (abs(kde.draw(found, rng, 20)[:, 2] - 3.0) < 1e-9).all()
    assert kde.kl_to_standard_normal(found, codes) == np.inf
    constant = kde.fit(np.full((10, 2), 3.0), rng)
    np.testing.assert_array_equal(kde.draw(constant, rng, 4), np.full((4, 2), 3.0))
    np.testing.assert_array_equal(kde.log_density(constant, points[:, :2]), np.zeros(10))


def test_copies_do_not_close_the_bandwidth():
    codes = RNG(24).standard_normal((150, 2))
    once = kde.fit(codes, RNG(0)).bandwidth
    twice = kde.fit(np.concatenate([codes, codes]), RNG(0)).bandwidth
    np.testing.assert_allclose(twice, once, rtol=0.05)  # the covariance divides by n - 1


def test_many_codes_choose_the_bandwidth_by_a_subset():
    rng = RNG(25)
    codes = rng.standard_normal((2_600, 2))
    found = kde.fit(codes, RNG(0))
    assert len(found.centres) == 2_600
    assert found.bandwidth == kde.fit(codes, RNG(0)).bandwidth
    few = kde.fit(codes[:2_000], RNG(0)).bandwidth
    np.testing.assert_allclose(found.bandwidth, few, rtol=0.15)  # it varies by 4 %


@pytest.mark.parametrize(
    "d, low, high", [(2, -0.1, 0.1), (8, -0.45, 0.0), (16, -1.7, -0.7)]
)
def test_kl_of_the_prior_itself(d, low, high):
    """Near 0 in 2 dimensions, -0.2 in 8, -1.2 in 16: the known bias of the estimate."""
    codes = RNG(26).standard_normal((1_437, d))
    assert low < kde.kl_to_standard_normal(kde.fit(codes, RNG(0)), codes) < high


def test_kl_of_wide_codes_is_that_of_gaussians():
    codes = 5.0 * RNG(27).standard_normal((1_437, 2)) + 1.0
    exact = 0.5 * 2 * (25 + 1 - 1 - np.log(25))
    found = kde.kl_to_standard_normal(kde.fit(codes, RNG(0)), codes)
    # sd of log q - log p per code about 24: 4 x 24 / sqrt(1437).
    assert abs(found - exact) < 2.6
    assert abs(moment_matched_kl(codes) - exact) < 2.6


def test_moment_matched_kl_is_that_of_its_gaussian():
    """Against E_q[log q - log p] by scipy's densities, in closed form for the moments."""
    rng = RNG(28)
    codes = clusters(rng, 400, 3) / 5.0
    mean, cov = codes.mean(axis=0), np.cov(codes, rowvar=False)
    textbook = 0.5 * (np.trace(cov) + mean @ mean - 3 - np.linalg.slogdet(cov)[1])
    np.testing.assert_allclose(moment_matched_kl(codes), textbook, rtol=1e-10)
    q = multivariate_normal(mean, cov)
    draws = q.rvs(20_000, random_state=0)
    gaps = q.logpdf(draws) - standard_normal_log_density(draws)
    stderr = gaps.std() / np.sqrt(20_000)
    assert abs(moment_matched_kl(codes) - gaps.mean()) < 4 * stderr


def test_moment_matched_kl_at_its_edges():
    x = RNG(29).standard_normal((500, 3))
    white = (x - x.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T
    assert 0 <= moment_matched_kl(white) + 1e-12 < 1e-10
    assert moment_matched_kl(x * np.array([1.0, 1.0, 0.0])) == np.inf
    assert moment_matched_kl(np.ones((5, 2))) == np.inf
    scaled = 2.0 * white[:, :1]
    np.testing.assert_allclose(
        moment_matched_kl(scaled), 0.5 * (4 - 1 - np.log(4)), rtol=1e-9
    )
