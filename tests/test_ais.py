"""Annealed importance sampling and its sandwich where log p(x) is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vae_jax import linear_gaussian
from vae_jax.errors import UserError
from vae_jax.estimators.ais import DEFAULT, ais, bdmc, schedule


def make_problem(q, d, images, **encoder):
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(d, d)))[0]
    values = np.r_[np.linspace(10.0, 2.0, q), np.full(d - q, 0.5)]
    cov = basis @ np.diag(values) @ basis.T
    truth = linear_gaussian.fit(cov, rng.normal(size=d), q)
    x = rng.multivariate_normal(truth.mu, cov, images)
    return truth, x, linear_gaussian.model(truth, **encoder)


def errors(problem, seeds, **changes):
    """log p-hat - log p(x), [seeds, images], and the other arrays."""
    truth, x, (model, params, hparams) = problem
    settings = DEFAULT._replace(**changes)

    def one(seed):
        key = jax.random.key(seed)
        return ais(model, params, jnp.float32(x), key, hparams, settings=settings)

    found = jax.tree.map(np.float64, jax.jit(jax.vmap(one))(jnp.arange(seeds)))
    return found["log_prob"] - linear_gaussian.log_prob(truth, x), found


@pytest.fixture(scope="module")
def eight():
    return make_problem(8, 16, 6)


@pytest.fixture(scope="module")
def two():
    """2 latents in 4, and an encoder that is far off."""
    return make_problem(2, 5, 4, max_latents=4, shift=1.0, scale=0.7)


def test_a_thousand_temperatures_meet_the_truth(eight):
    error, found = errors(eight, 1)
    assert abs(error.mean()) < 0.05
    assert abs(found["acceptance"] - 0.65).max() < 0.15
    assert (found["ess"] > 4).all()
    assert abs(error / found["stderr"]).max() < 5.0


def test_more_temperatures_come_nearer(eight):
    """The bias is down, and so is the spread."""
    few, some = (errors(eight, 6, temperatures=t, pilot=50)[0] for t in (20, 200))
    assert few.mean() < some.mean() - 0.1
    assert some.mean() < 5 * some.std() / np.sqrt(some.size)
    assert some.std() < few.std()


@pytest.mark.parametrize("start", ["prior", "posterior"])
def test_the_mean_weight_is_unbiased_at_any_schedule(two, start):
    """E p-hat = p(x) per image, with 5 temperatures: the moves leave p_t invariant."""
    error, _ = errors(
        two, 3_000, temperatures=5, pilot=5, chains=2, leapfrog=3, start=start
    )
    ratio = np.exp(error)
    scores = (ratio.mean(0) - 1.0) / (ratio.std(0) / np.sqrt(len(ratio)))
    assert abs(scores).max() < 4.5  # of 4 images: p < 3e-5
    assert (ratio.std(0) / np.sqrt(len(ratio)) < 0.1).all()  # or it would show nothing


@pytest.mark.parametrize("start", ["prior", "posterior"])
def test_the_sandwich_brackets_the_truth(two, start):
    """Both bounds are unbiased in their own way, and close at more temperatures."""
    truth, _, (model, params, hparams) = two
    settings = DEFAULT._replace(pilot=20, chains=4, leapfrog=5, start=start)

    def bounds(temperatures):
        run = lambda key: bdmc(
            model,
            params,
            key,
            hparams,
            count=300,
            settings=settings._replace(temperatures=temperatures, images=300),
        )
        found = jax.tree.map(np.float64, jax.jit(run)(jax.random.key(0)))
        exact = linear_gaussian.log_prob(truth, found["x"])
        return found["lower"] - exact, found["upper"] - exact

    lower, upper = bounds(10)
    stderr = lambda v: v.std() / np.sqrt(len(v))
    assert lower.mean() < -5 * stderr(lower) and upper.mean() > 5 * stderr(upper)
    for log_ratio in (lower, -upper):  # E p-hat / p(x) = 1, and E p(x) / p-hat = 1
        ratio = np.exp(log_ratio)
        assert abs(ratio.mean() - 1.0) < 5 * stderr(ratio)
    closer = bounds(80)
    assert closer[1].mean() - closer[0].mean() < 0.3 * (upper.mean() - lower.mean())


def test_the_schedule_runs_from_prior_to_posterior():
    b = schedule(101)
    assert b[0] == 0.0 and b[-1] == 1.0 and (np.diff(b) > 0).all()
    np.testing.assert_allclose(b + b[::-1], 1.0, atol=1e-6)
    expected = (1 / (1 + np.exp(2.0)) - 1 / (1 + np.exp(4.0))) / np.tanh(2.0)
    np.testing.assert_allclose(b[25], expected, rtol=1e-5)  # a quarter along: logit -2


def test_impossible_settings_are_named(two):
    with pytest.raises(UserError, match=r"ais.start: 'q' is not one of prior, posterior"):
        errors(two, 1, start="q")
    with pytest.raises(UserError, match="at least 2"):
        errors(two, 1, temperatures=1)
