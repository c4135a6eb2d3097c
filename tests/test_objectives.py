"""The ELBO against quadrature, and against a plain NumPy reading of the formula."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_hparams, make_model
from scipy.special import expit, logsumexp
from scipy.stats import norm

from vae_jax.training.objectives.elbo import elbo

OBJECTIVE = jax.jit(elbo(), static_argnums=0)  # (model, params, x, key, hparams)


@pytest.fixture(scope="module")
def one_latent(pixels):
    """A model of one latent dimension, binary images, and their encodings."""
    model = make_model(max_latents=1, levels=2)
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
    terms = jax.jit(jax.vmap(lambda key: OBJECTIVE(model, params, x, key, hparams)))(keys)
    losses, expected = np.float64(terms.loss), (-log_evidence + gap).mean()
    bound = 5 * losses.std() / np.sqrt(len(keys))
    np.testing.assert_allclose(losses.mean(), expected, atol=bound)


def test_an_autoencoder_cannot_overflow_through_the_variance_it_does_not_use(one_latent):
    model, params, x, _ = one_latent
    hparams = make_hparams(beta=0.0, noise=0.0, latents=1, max_latents=1)
    bias = params["encoder"]["output"]["bias"].at[1].set(1e4)  # exp overflows
    output = {**params["encoder"]["output"], "bias": bias}
    wild = {**params, "encoder": {**params["encoder"], "output": output}}
    loss = lambda p: OBJECTIVE(model, p, x, jax.random.key(0), hparams).loss
    value_and_slope = jax.jit(jax.value_and_grad(loss))
    value, grads = jax.tree.map(np.asarray, value_and_slope(wild))
    np.testing.assert_array_equal(value, value_and_slope(params)[0])
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(grads))
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


@pytest.fixture(scope="module")
def three_of_five(pixels):
    """A model with 3 of 5 dimensions in use, and images."""
    model, hparams = make_model(), make_hparams(latents=3)
    params = model.init(jax.random.key(2), hparams)
    return model, params, model.unit(jnp.asarray(pixels))


def rates_of(model, params, x, hparams):
    """The mean KL of each dimension in use, by the closed form in float64."""
    q = jax.tree.map(np.float64, model.encode(params, x, hparams))
    kl = 0.5 * (q.mean**2 + np.exp(q.log_var) - 1 - q.log_var)
    return kl.mean(0)[np.asarray(hparams.latent_mask) > 0]


@pytest.mark.parametrize(
    "free_bits, capacity",
    [(0.05, 0.0), (0.3, 0.0), (50.0, 0.0), (0.0, 0.1), (0.0, 40.0), (0.3, 2.0)],
)
def test_free_bits_and_capacity_are_their_formulas(three_of_five, free_bits, capacity):
    model, params, x = three_of_five
    hparams = make_hparams(beta=2.0, latents=3, free_bits=free_bits, capacity=capacity)
    rates = rates_of(model, params, x, hparams)
    counted = np.maximum(free_bits, rates).sum()  # two dimensions in no use add nothing
    penalty = abs(counted - capacity) if capacity else counted
    terms = OBJECTIVE(model, params, x, jax.random.key(3), hparams)
    np.testing.assert_allclose(terms.rate, rates.sum(), rtol=1e-5)
    np.testing.assert_allclose(terms.loss, terms.distortion + 2 * penalty, rtol=1e-5)


def test_without_constraints_loss_and_gradient_are_the_plain_ones(three_of_five):
    model, params, x = three_of_five
    hparams = make_hparams(beta=2.0, latents=3)

    def plain(params):
        q = model.encode(params, x, hparams)
        out = model.decode(params, model.sample(jax.random.key(3), q, hparams))
        rate = model.prior.kl(q, hparams).sum(-1).mean()
        return -model.likelihood.log_prob(out, x).mean() + hparams.beta * rate

    ours = lambda p: OBJECTIVE(model, p, x, jax.random.key(3), hparams).loss
    value, slope = jax.jit(jax.value_and_grad(ours))(params)
    value_plain, slope_plain = jax.jit(jax.value_and_grad(plain))(params)
    np.testing.assert_array_equal(value, value_plain)
    for a, b in zip(jax.tree.leaves(slope), jax.tree.leaves(slope_plain), strict=True):
        # Sums of a few hundred float32 terms, which two programs may add in two orders.
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_dimension_below_its_free_bits_feels_no_rate(three_of_five):
    """With beta as the only difference, gradients differ for the dimensions above alone."""
    model, params, x = three_of_five
    rates = rates_of(model, params, x, make_hparams(latents=3))
    order = np.argsort(rates)
    free_bits = float(rates[order[:2]].mean())  # between the lowest and the second

    @jax.jit
    def slope(hparams):
        loss = lambda p: OBJECTIVE(model, p, x, jax.random.key(3), hparams).loss
        return jax.grad(loss)(params)["encoder"]["output"]["bias"].reshape(2, 5)

    steep, flat = (
        np.asarray(slope(make_hparams(beta=beta, latents=3, free_bits=free_bits)))
        for beta in (9.0, 1.0)
    )
    pull = np.abs(steep - flat)  # [mean and log_var, dimension]
    below, above = order[0], order[1:]
    assert (pull[:, [below, 3, 4]] == 0.0).all() and (pull[:, above] > 1e-3).all()


def test_a_capacity_pushes_the_rate_up_and_down(three_of_five):
    """The rate's gradient turns its sign where the rate passes the capacity."""
    model, params, x = three_of_five
    rate = float(rates_of(model, params, x, make_hparams(latents=3)).sum())

    def loss(params, beta, hparams):
        hparams = hparams._replace(beta=beta)
        return OBJECTIVE(model, params, x, jax.random.key(3), hparams).loss

    mixed = jax.jit(jax.grad(jax.grad(loss, 1)))

    def push(capacity):
        hparams = make_hparams(latents=3, capacity=capacity)
        grads = mixed(params, jnp.float32(1.0), hparams)
        return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(grads)])

    below, above = push(0.5 * rate), push(2.0 * rate)
    assert np.abs(below).max() > 1e-3
    np.testing.assert_allclose(above, -below, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["warmup", "cycle", "free_bits", "capacity"])
def test_an_autoencoder_ignores_schedules_and_constraints(three_of_five, name):
    model, params, x = three_of_five
    loss = lambda p, h: OBJECTIVE(model, p, x, jax.random.key(3), h).loss
    value_and_slope = jax.jit(jax.value_and_grad(loss))
    plain = make_hparams(beta=0.0, noise=0.0, latents=3)
    other = make_hparams(beta=0.0, noise=0.0, latents=3, **{name: 0.7})
    found = jax.tree.leaves(value_and_slope(params, other))
    for a, b in zip(found, jax.tree.leaves(value_and_slope(params, plain)), strict=True):
        np.testing.assert_array_equal(a, b)
