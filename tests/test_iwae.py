"""The importance-weighted bound where log p(x) is known."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logsumexp

from vae_jax.evaluation.estimators import log_weights
from vae_jax.evaluation.estimators.iwae import iwae
from vae_jax.selftest import linear_gaussian

IMAGES = 40


@pytest.fixture(scope="module")
def problem():
    """A model of 3 latents in 5, its encoder slightly wrong, and data of its own."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(10, 10)))[0]
    cov = basis @ np.diag(np.r_[5.0, 3.0, 2.0, np.full(7, 0.5)]) @ basis.T
    truth = linear_gaussian.fit(cov, rng.normal(size=10), 3)
    x = rng.multivariate_normal(truth.mu, cov, IMAGES)
    vae = linear_gaussian.model(truth, max_latents=5, shift=0.3, scale=1.2)
    return truth, x, vae


@pytest.fixture(scope="module")
def bound(problem):
    """`bound(samples, seeds) -> arrays [seeds, IMAGES]`, each run once."""
    _, x, (model, params, hparams) = problem

    @functools.cache
    def run(samples, seeds=1, **options):
        one = lambda seed: iwae(
            model,
            params,
            jnp.float32(x),
            jax.random.key(seed),
            hparams,
            samples=samples,
            **options,
        )
        return jax.tree.map(np.float64, jax.jit(jax.vmap(one))(jnp.arange(seeds)))

    return run


def test_5000_samples_meet_the_truth(problem, bound):
    truth, x, _ = problem
    found = bound(5_000)
    error = found["log_bound"][0] - linear_gaussian.log_prob(truth, x)
    assert abs(error.mean()) < 0.01
    # stderr is right: standardised errors have variance 1, 5 standard errors of which
    # are 5 sqrt(2 / 40) = 1.1; and none is out by more than 5.
    scores = error / found["stderr"][0]
    assert abs(np.square(scores).mean() - 1.0) < 1.1 and abs(scores).max() < 5.0
    assert (found["ess"] > 500).all() and (found["ess"] < 5_000).all()


def test_one_sample_is_the_elbo(problem, bound):
    """E L_1 = log p(x) - KL(q(z|x) || p(z|x)), per image."""
    truth, x, (model, params, hparams) = problem
    draws = bound(1, seeds=2_000)["log_bound"]
    q = model.encode(params, jnp.float32(x), hparams)
    variance = np.exp(np.float64(q.log_var[0, :3]))
    gap = linear_gaussian.inference_gap(truth, x, np.float64(q.mean[:, :3]), variance)
    scores = draws.mean(0) - linear_gaussian.log_prob(truth, x) + gap
    scores /= draws.std(0) / np.sqrt(len(draws))
    assert abs(scores).max() < 5.0  # of 40: p < 3e-5


def test_more_samples_are_never_a_looser_bound(problem, bound):
    truth, x, _ = problem
    exact = linear_gaussian.log_prob(truth, x).mean()
    means, errors = [], []
    for samples, seeds in ((1, 2_000), (4, 300), (32, 100)):
        draws = bound(samples, seeds)["log_bound"].mean(1)
        means.append(draws.mean())
        errors.append(draws.std() / np.sqrt(seeds))
    # The steps are larger than 5 standard errors, so their signs are not luck.
    assert (np.diff(means) > 5 * np.hypot(errors[1:], errors[:-1])).all()
    assert means[-1] < exact + 5 * errors[-1]


def test_the_mean_weight_is_unbiased(problem, bound):
    """E exp(L_K) = p(x), at a K that no chunk divides."""
    truth, x, _ = problem
    log_ratio = bound(7, seeds=2_000, chunk=3)["log_bound"]
    ratio = np.exp(log_ratio - linear_gaussian.log_prob(truth, x))
    scores = (ratio.mean(0) - 1.0) / (ratio.std(0) / np.sqrt(len(ratio)))
    assert abs(scores).max() < 5.0


def test_blocks_of_images_change_nothing(bound):
    once, again = bound(7, seeds=2_000, chunk=3), bound(7, chunk=3, images=7)
    np.testing.assert_allclose(once["log_bound"][0], again["log_bound"][0], rtol=1e-5)


def test_an_image_without_weights_has_minus_infinity(problem):
    _, x, (model, params, hparams) = problem
    never = lambda out, x: jnp.where(x[:, 0] > 1e5, -jnp.inf, 0.0)
    model = model._replace(likelihood=model.likelihood._replace(log_prob=never))
    images = jnp.float32(x[:2]).at[0, 0].set(1e6)
    call = lambda x, key: iwae(model, params, x, key, hparams, samples=8, chunk=3)
    found = jax.jit(call)(images, jax.random.key(0))
    assert np.isneginf(found["log_bound"][0]) and np.isfinite(found["log_bound"][1])
    assert found["ess"][0] == 0.0 and np.isinf(found["stderr"][0])


@pytest.mark.parametrize("offset", [0.0, -1e4, 1e4])
def test_streaming_sums_are_those_of_scipy(offset):
    rng = np.random.default_rng(1)
    log_w = (offset + 30.0 * rng.normal(size=(4, 50))).astype(np.float32)
    log_w[0] = -np.inf
    log_w[1, :20] = -np.inf  # the first chunks are empty
    sums = log_weights.empty((4,))
    for chunk in np.split(log_w, 5, axis=1):
        sums = log_weights.add(sums, jnp.asarray(chunk))
    exact = np.float64(log_w)
    expected = logsumexp(exact, axis=1)
    np.testing.assert_allclose(log_weights.log_sum(sums), expected, rtol=1e-6)
    log_ess = 2 * expected[1:] - logsumexp(2 * exact[1:], axis=1)
    ess = log_weights.effective_samples(sums)
    np.testing.assert_allclose(ess[1:], np.exp(log_ess), rtol=1e-5)
    assert ess[0] == 0.0


def test_the_error_of_a_log_mean_is_the_spread_of_repetitions():
    """log-normal weights, 400 of them, 2,000 times."""
    log_w = 0.8 * jax.random.normal(jax.random.key(0), (2_000, 400))
    sums = log_weights.add(log_weights.empty((2_000,)), log_w)
    stderr = log_weights.log_mean_stderr(log_weights.effective_samples(sums), 400)
    # The spread of 2,000 is known to 1.6 %; the delta method is good to 1 / 400.
    np.testing.assert_allclose(stderr.mean(), log_weights.log_sum(sums).std(), rtol=0.08)
    assert np.isinf(log_weights.log_mean_stderr(jnp.ones(1), 1)).all()
