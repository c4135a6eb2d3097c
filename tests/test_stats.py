"""Closed forms against independent references."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats as reference

from vae_jax.models import densities
from vae_jax.types import Posterior


@pytest.mark.parametrize("mean, std", [(0.0, 1.0), (2.0, 0.5), (-1.0, 3.0), (0.1, 0.03)])
def test_kl_matches_quadrature(mean, std, transform):
    q = Posterior(jnp.full((1, 1), mean), jnp.full((1, 1), 2.0 * np.log(std)))
    t = np.linspace(mean - 12 * std, mean + 12 * std, 200_001)
    log_q = reference.norm.logpdf(t, mean, std)
    expected = np.trapezoid(np.exp(log_q) * (log_q - reference.norm.logpdf(t)), t)
    actual = transform(densities.standard_normal_kl)(q)[0, 0]
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("log_var", [1e-3, -1e-3, 3e-3])
def test_kl_keeps_its_digits_near_the_prior(log_var):
    exact = 0.5 * (np.expm1(log_var) - log_var)  # float64; about log_var^2 / 4
    q = Posterior(jnp.zeros((1, 1)), jnp.full((1, 1), log_var))
    np.testing.assert_allclose(densities.standard_normal_kl(q)[0, 0], exact, rtol=1e-3)
    textbook = 0.5 * (np.exp(np.float32(log_var)) - np.float32(1) - np.float32(log_var))
    assert abs(textbook / exact - 1) > 5e-3  # what the form above avoids


def test_kl_at_the_prior_is_exactly_zero():
    q = Posterior(jnp.zeros((2, 3)), jnp.zeros((2, 3)))
    assert (densities.standard_normal_kl(q) == 0.0).all()


def test_normal_log_prob_matches_scipy(transform):
    z, mean = jnp.array([[0.3, -2.0, 5.0]]), jnp.array([[0.0, 1.0, 4.0]])
    log_var = jnp.array([[0.0, -3.0, 2.0]])
    actual = transform(densities.normal_log_prob)(z, mean, log_var)
    expected = reference.norm.logpdf(z, mean, np.exp(0.5 * np.asarray(log_var)))
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize("logit", [-1e30, -1e4, -90.0, -17.0, 0.0, 17.0, 88.0, 90.0, 1e4])
@pytest.mark.parametrize("x", [0.0, 0.25, 1.0])
def test_bernoulli_is_exact_and_finite_at_any_logit(logit, x, transform):
    logits, pixels = jnp.full((1, 1), logit), jnp.full((1, 1), x)
    log_prob = lambda l: densities.bernoulli_log_prob(l, pixels).sum()
    value, slope = transform(jax.value_and_grad(log_prob))(logits)
    expected = -x * np.logaddexp(0, -logit) - (1 - x) * np.logaddexp(0, logit)
    np.testing.assert_allclose(value, expected, rtol=1e-6, atol=3e-8 * abs(logit))
    sigmoid = np.exp(-np.logaddexp(0, -logit))
    np.testing.assert_allclose(slope[0, 0], x - sigmoid, rtol=1e-5, atol=1e-7)
