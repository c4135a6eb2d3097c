"""Annealed importance sampling and its sandwich where log p(x) is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vae_jax.errors import UserError
from vae_jax.evaluation.estimators.ais import DEFAULT, ais, bdmc, schedule
from vae_jax.selftest import linear_gaussian


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
    """And 30 do not: both bias and spread go down."""
    error, found = errors(eight, 2)
    assert abs(error.mean()) < 0.05
    assert abs(found["acceptance"] - 0.65).max() < 0.15
    assert (found["ess"] > 4).all()
    assert abs(error / found["stderr"]).max() < 5.0
    few, _ = errors(eight, 2, temperatures=30, pilot=40)
    assert few.mean() < error.mean() - 0.3
    assert few.std() > 2 * error.std()


@pytest.mark.parametrize("start", ["prior", "posterior"])
def test_the_sandwich_brackets_the_truth(two, start):
    """At 12 temperatures the bounds are apart, and each is unbiased in its own way.

    E p-hat / p(x) = 1 and E p(x) / p-hat = 1, whatever the schedule, the encoder and the
    step size: the moves leave p_t invariant, and the reverse chain is the reverse.
    """
    truth, _, (model, params, hparams) = two
    settings = DEFAULT._replace(
        start=start, temperatures=12, pilot=12, chains=4, leapfrog=3, images=1_000
    )
    call = lambda key: bdmc(model, params, key, hparams, count=4_000, settings=settings)
    found = jax.tree.map(np.float64, jax.jit(call)(jax.random.key(0)))
    exact = linear_gaussian.log_prob(truth, found["x"])
    lower, upper = found["lower"] - exact, found["upper"] - exact
    stderr = lambda values: values.std() / np.sqrt(len(values))
    assert lower.mean() < -5 * stderr(lower) and upper.mean() > 5 * stderr(upper)
    for log_ratio in (lower, -upper):
        ratio = np.exp(log_ratio)
        assert abs(ratio.mean() - 1.0) < 4.5 * stderr(ratio)
        assert stderr(ratio) < 0.05  # or it would show nothing


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
