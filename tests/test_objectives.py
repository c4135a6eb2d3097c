"""The ELBO against quadrature, and against a plain NumPy reading of the formula."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_hparams, make_spec
from scipy.special import expit, logsumexp
from scipy.stats import norm

from vae_jax.model import build_model
from vae_jax.objectives.elbo import elbo

OBJECTIVE = elbo()


@pytest.fixture(scope="module")
def one_latent(pixels):
    """A model of one latent dimension, binary images, and their encodings."""
    model = build_model(make_spec(max_latents=1, levels=2))
    hparams = make_hparams(latents=1, max_latents=1)
    params = model.init(jax.random.key(0), hparams)
    x = jnp.asarray(pixels > 8, jnp.float32)
    return model, params, x, hparams


def test_elbo_meets_the_evidence_less_the_posterior_gap(one_latent):
    """-ELBO = -log p(x) + KL(q(z|x) || p(z|x)), both sides' integrals on a grid."""
    model, params, x, hparams = one_latent
    grid = np.linspace(-9.0, 9.0, 6_001)
    logits = np.asarray(model.decode(params, jnp.asarray(grid[:, None], jnp.float32)))
    p = expit(logits.astype(np.float64))
    log_px_z = np.asarray(x) @ np.log(p).T + (1 - np.asarray(x)) @ np.log1p(-p).T
    log_joint = log_px_z + norm.logpdf(grid)
    log_evidence = logsumexp(log_joint, axis=1) + np.log(grid[1] - grid[0])
    q = model.encode(params, x, hparams)
    log_q = norm.logpdf(grid, q.mean, np.exp(0.5 * np.asarray(q.log_var)))
    log_posterior = log_joint - log_evidence[:, None]
    gap = np.trapezoid(np.exp(log_q) * (log_q - log_posterior), grid, axis=1)

    keys = jax.random.split(jax.random.key(1), 4_000)
    terms = jax.vmap(lambda key: OBJECTIVE(model, params, x, key, hparams))(keys)
    expected = (-log_evidence + gap).mean()
    bound = 5 * float(terms.loss.std()) / np.sqrt(len(keys))
    np.testing.assert_allclose(terms.loss.mean(), expected, atol=bound)


def test_an_autoencoder_cannot_overflow_through_the_variance_it_does_not_use(one_latent):
    model, params, x, _ = one_latent
    hparams = make_hparams(beta=0.0, noise=0.0, latents=1, max_latents=1)
    bias = params["encoder"]["output"]["bias"].at[1].set(1e4)  # exp overflows
    output = {**params["encoder"]["output"], "bias": bias}
    wild = {**params, "encoder": {**params["encoder"], "output": output}}
    loss = lambda p: OBJECTIVE(model, p, x, jax.random.key(0), hparams).loss
    value, grads = jax.value_and_grad(loss)(wild)
    np.testing.assert_array_equal(value, loss(params))
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(grads))
    assert (grads["encoder"]["output"]["kernel"][:, 1] == 0.0).all()


@pytest.mark.parametrize("beta, noise", [(1.0, 1.0), (4.0, 1.0), (0.0, 0.0)])
def test_terms_are_the_formula(one_latent, beta, noise):
    model, params, x, _ = one_latent
    hparams = make_hparams(beta=beta, noise=noise, latents=1, max_latents=1)
    q = jax.tree.map(np.float64, model.encode(params, x, hparams))
    eps = np.asarray(jax.random.normal(jax.random.key(7), q.mean.shape))
    z = q.mean + noise * np.exp(q.log_var / 2) * eps
    p = expit(np.float64(model.decode(params, jnp.asarray(z, jnp.float32))))
    distortion = -(x * np.log(p) + (1 - x) * np.log1p(-p)).sum(1).mean()
    rate = 0.5 * (q.mean**2 + np.exp(q.log_var) - 1 - q.log_var).sum(1).mean()
    terms = OBJECTIVE(model, params, x, jax.random.key(7), hparams)
    np.testing.assert_allclose(terms.distortion, distortion, rtol=1e-5)
    np.testing.assert_allclose(terms.rate, rate, rtol=1e-5)
    np.testing.assert_allclose(terms.loss, distortion + beta * rate, rtol=1e-5)
