"""log p(x) by quadrature where it is known in closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_hparams, make_model
from scipy.integrate import quad

from vae_jax.errors import UserError
from vae_jax.evaluation.estimators.quadrature import quadrature
from vae_jax.selftest import linear_gaussian

X = np.random.default_rng(1).normal(size=(5, 4))


def make_truth(q):
    rng = np.random.default_rng(0)
    return linear_gaussian.LinearGaussian(rng.normal(size=(4, q)), rng.normal(size=4), 0.1)


def run(q, mask=None, **options):
    """Of a model with q of 4 latent dimensions in use; `mask` says which."""
    model, params, hparams = linear_gaussian.model(make_truth(q), max_latents=4)
    if mask is not None:
        kernel = jnp.ones((4, 4))  # what is not in use would show
        used = jnp.flatnonzero(jnp.asarray(mask))
        kernel = kernel.at[used].set(params["decoder"]["kernel"][:q])
        params["decoder"]["kernel"] = kernel
        hparams = hparams._replace(latent_mask=jnp.float32(mask))
    call = lambda x, h: quadrature(model, params, x, h, latents=q, **options)
    return jax.jit(call)(jnp.float32(X), hparams)


@pytest.mark.parametrize("q", [1, 2])
def test_it_is_exact(q):
    found = run(q, images=2)
    exact = linear_gaussian.log_prob(make_truth(q), X)
    np.testing.assert_allclose(found["log_prob"], exact, atol=1e-4)
    assert (found["error"] < 1e-4).all()


def test_a_coarse_grid_says_so():
    """`error` is no smaller than the true error, once there is one."""
    found = run(1, nodes=15, chunk=10)  # 1 apart; the posterior's sd is about 0.3
    exact = linear_gaussian.log_prob(make_truth(1), X)
    error = abs(np.float64(found["log_prob"]) - exact)
    assert error.max() > 1e-3 and (found["error"] > error).all()


def test_any_dimensions_may_be_in_use():
    found = run(2, mask=[0, 1, 0, 1], nodes=201)
    exact = linear_gaussian.log_prob(make_truth(2), X)
    np.testing.assert_allclose(found["log_prob"], exact, atol=1e-4)


def test_a_mask_of_another_size_has_no_number():
    model, params, hparams = linear_gaussian.model(make_truth(1), max_latents=4)
    found = quadrature(model, params, jnp.float32(X), hparams, latents=2, nodes=5)
    assert np.isnan(found["log_prob"]).all() and np.isnan(found["error"]).all()


def test_a_network_against_scipy(pixels):
    """An untrained MLP with Bernoulli pixels, by adaptive quadrature."""
    model, hparams = (
        make_model(max_latents=3),
        make_hparams(1, 1, max_latents=3),
    )
    params = model.init(jax.random.key(0), hparams)
    x = model.unit(jnp.asarray(pixels[:1]))

    @jax.jit
    def log_joint(z):
        z = jnp.zeros((1, 3)).at[0, 0].set(z)
        log_lik = model.likelihood.log_prob(model.decode(params, z), x)
        return (log_lik + model.prior.log_prob(z, hparams))[0]

    scale = float(log_joint(0.0))  # SciPy's tolerances are absolute
    joint = lambda z: np.exp(float(log_joint(z)) - scale)
    expected = np.log(quad(joint, -7, 7, points=[0.0], epsabs=1e-5)[0]) + scale
    found = jax.jit(lambda x: quadrature(model, params, x, hparams, latents=1))(x)
    np.testing.assert_allclose(found["log_prob"][0], expected, atol=1e-4)


@pytest.mark.parametrize("options", [{"latents": 3}, {"latents": 1, "nodes": 560}])
def test_impossible_grids_are_named(options):
    model, params, hparams = linear_gaussian.model(make_truth(1))
    with pytest.raises(UserError, match="quadrature: latents = "):
        quadrature(model, params, jnp.float32(X), hparams, **options)
