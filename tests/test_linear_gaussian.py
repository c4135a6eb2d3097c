"""The closed forms that everything else is certified on, against independent ones."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm
from sklearn.decomposition import PCA

from vae_jax.errors import UserError
from vae_jax.selftest import linear_gaussian
from vae_jax.selftest.linear_gaussian import LinearGaussian


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 6)) @ rng.normal(size=(6, 6)) + rng.normal(size=6)
    return x, np.cov(x.T), x.mean(0)


def rotated(q=3, d=7, sigma2=0.3):
    """A model whose W has no orthogonal columns: its posterior is not diagonal."""
    rng = np.random.default_rng(1)
    return LinearGaussian(rng.normal(size=(d, q)), rng.normal(size=d), sigma2)


def test_log_prob_is_that_of_scikit_learn(data):
    x, cov, mean = data
    truth = linear_gaussian.fit(cov, mean, 3)
    expected = PCA(n_components=3).fit(x).score_samples(x)
    np.testing.assert_allclose(linear_gaussian.log_prob(truth, x), expected, rtol=1e-9)


def test_log_prob_of_one_dimension_is_an_integral():
    truth = LinearGaussian(np.array([[0.8], [-0.3]]), np.array([0.2, 1.0]), 0.25)
    x = np.array([[1.0, 0.4]])

    def joint(z):
        pixels = norm.pdf(x[0], truth.W[:, 0] * z + truth.mu, np.sqrt(truth.sigma2))
        return norm.pdf(z) * pixels.prod()

    expected = np.log(quad(joint, -10, 10, epsabs=1e-12)[0])
    np.testing.assert_allclose(linear_gaussian.log_prob(truth, x), expected, atol=1e-9)


def test_posterior_is_bayes_rule():
    """log p(z) + log p(x|z) - log p(x) = log p(z|x), at any z."""
    truth, rng = rotated(), np.random.default_rng(2)
    x, z = rng.normal(size=(1, 7)), rng.normal(size=3)
    joint = norm.logpdf(z).sum()
    joint += norm.logpdf(x[0], truth.W @ z + truth.mu, np.sqrt(truth.sigma2)).sum()
    mean, cov = linear_gaussian.posterior(truth, x)
    error = z - mean[0]
    _, log_det = np.linalg.slogdet(2 * np.pi * cov)
    log_posterior = -0.5 * (error @ np.linalg.solve(cov, error) + log_det)
    expected = joint - linear_gaussian.log_prob(truth, x)[0]
    np.testing.assert_allclose(log_posterior, expected, rtol=1e-9)


def test_the_fit_is_a_maximum(data):
    x, _, mean = data
    truth = linear_gaussian.fit(np.cov(x.T, ddof=0), mean, 2)
    best = linear_gaussian.log_prob(truth, x).mean()
    rng = np.random.default_rng(3)
    for _ in range(10):
        W = truth.W + 0.01 * rng.normal(size=truth.W.shape)
        sigma2 = truth.sigma2 * np.exp(0.01 * rng.normal())
        assert linear_gaussian.log_prob(LinearGaussian(W, mean, sigma2), x).mean() < best


@pytest.mark.parametrize("beta", [0.5, 1.0, 3.0])
def test_the_frontier_is_where_the_beta_vae_is(data, beta):
    """Rate and error of the model fitted at beta sigma2, from moments, not water-filling.

    A beta-VAE of noise sigma2 has the codes of a VAE of noise beta sigma2. The error is
    E |x - W z - mu|^2 with z ~ q(z|x), x of the data.
    """
    x, _, mean = data
    cov, sigma2 = np.cov(x.T, ddof=0), 0.7
    truth = linear_gaussian.fit(cov, mean, 4, sigma2=beta * sigma2)
    codes, spread = linear_gaussian.posterior(truth, x)
    variance = np.diag(spread)
    rate = 0.5 * (codes**2 + variance - 1 - np.log(variance)).sum(1).mean()
    error = ((x - truth.mu - codes @ truth.W.T) ** 2).sum(1).mean()
    error += np.trace(truth.W @ spread @ truth.W.T)
    found = linear_gaussian.frontier(np.linalg.eigvalsh(cov), 4, beta=beta, sigma2=sigma2)
    np.testing.assert_allclose([found.rate, found.squared_error], [rate, error], rtol=1e-9)
    distortion = error / (2 * sigma2) + 3 * np.log(2 * np.pi * sigma2)
    np.testing.assert_allclose(found.distortion, distortion, rtol=1e-9)
    if beta == 1.0:  # the bound is tight: D + R is -log p
        neg_log_prob = -linear_gaussian.log_prob(truth, x).mean()
        np.testing.assert_allclose(found.distortion + found.rate, neg_log_prob, rtol=1e-9)


def test_the_frontier_has_slope_minus_beta(data):
    """The envelope theorem, dD/dR = -beta, by central differences."""
    values = np.linalg.eigvalsh(data[1])
    at = lambda beta: linear_gaussian.frontier(values, 4, beta=beta, sigma2=0.1)
    a, b = at(1.999), at(2.001)
    slope = (b.distortion - a.distortion) / (b.rate - a.rate)
    np.testing.assert_allclose(slope, -2.0, rtol=1e-5)


@pytest.mark.parametrize("shift, scale", [(0.0, 1.0), (0.7, 0.6)])
def test_the_vae_is_the_model(shift, scale):
    """Encoder, decoder and gap of the `Model` against Monte Carlo of its own ELBO."""
    truth = rotated()
    model, params, hparams = linear_gaussian.model(
        truth, max_latents=5, shift=shift, scale=scale
    )
    x = np.random.default_rng(4).normal(size=(2, 7))
    q = model.encode(params, jnp.float32(x), hparams)
    assert (q.mean[:, 3:] == 0).all() and (q.log_var[:, 3:] == 0).all()
    n = 40_000
    tiled = jax.tree.map(lambda a: jnp.repeat(a, n, 0), q)
    z = model.sample(jax.random.key(0), tiled, hparams)
    pixels = model.likelihood.log_prob(
        model.decode(params, z), jnp.repeat(jnp.float32(x), n, 0)
    )
    draws = np.float64(pixels - model.prior.kl(tiled, hparams).sum(-1))
    draws = draws.reshape(2, n)
    variance = np.exp(np.float64(q.log_var[0, :3]))
    gap = linear_gaussian.inference_gap(truth, x, np.float64(q.mean[:, :3]), variance)
    elbo = linear_gaussian.log_prob(truth, x) - gap
    bound = 5 * draws.std(1).max() / np.sqrt(n) + 1e-4  # 5 standard errors, float32
    np.testing.assert_allclose(draws.mean(1), elbo, atol=bound)


def test_the_best_encoder_is_the_best():
    """No diagonal Gaussian has a smaller gap than shift 0, scale 1."""
    truth, x = rotated(), np.zeros((1, 7))
    mean, cov = linear_gaussian.posterior(truth, x)
    best = 1.0 / np.diag(np.linalg.inv(cov))
    gap = lambda scale: linear_gaussian.inference_gap(truth, x, mean, best * scale)[0]
    assert 0 < gap(1.0) < min(gap(0.99), gap(1.01))


def test_impossible_sizes_are_named():
    with pytest.raises(UserError, match="q = 6 is not between 1 and 5"):
        linear_gaussian.fit(np.eye(6), np.zeros(6), 6)
