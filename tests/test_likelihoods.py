"""Identities between likelihoods, and what they read on the digits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import compiled
from scipy import integrate, special, stats

from vae_jax import registry
from vae_jax.data.pixels import fixed, present
from vae_jax.data.sources.digits import digits
from vae_jax.errors import UserError
from vae_jax.models.likelihoods.binomial import log_choose
from vae_jax.models.support import bits_per_dim, why_not_a_likelihood
from vae_jax.pipeline.baselines import best_outputs
from vae_jax.registry import METHODS


def make(name, levels=17, **settings):
    settings = {"name": name, **settings}
    found = registry.build("likelihood", settings, levels=levels)
    return compiled(found, "log_prob", "mean", "fit")


@pytest.fixture(scope="module")
def data():
    return digits()


def logits(shape, scale=3.0):
    return scale * jax.random.normal(jax.random.key(0), shape)


def test_binomial_is_sixteen_times_the_cross_entropy(data):
    """Up to a constant of the data: 181.557 nats on the training split, 179.134 on test."""
    for split, constant in (("train", 181.557), ("test", 179.134)):
        x = jnp.asarray(getattr(data, split) / 16.0, jnp.float32)
        out = logits(x.shape)
        gap = make("binomial").log_prob(out, x) - 16.0 * make("bernoulli").log_prob(out, x)
        assert abs(np.float64(gap).mean() - constant) < 1e-2


def test_masses_match_scipy():
    """Binomial and beta-binomial by scipy, the logistic by its distribution function."""
    k, out = np.arange(17), logits((17, 1))
    x = jnp.asarray(k / 16.0, jnp.float32)[:, None]
    p = 1.0 / (1.0 + np.exp(-np.float64(out[:, 0])))
    found = make("binomial").log_prob(out, x)
    np.testing.assert_allclose(found, stats.binom.logpmf(k, 16, p), rtol=1e-4, atol=1e-5)
    pair = logits((17, 2), 1.5)
    m, s = 12 * np.tanh(np.float64(pair[:, 0]) / 12), 7 * np.tanh(pair[:, 1] / 7)
    a, b = np.exp(s) / (1 + np.exp(-m)), np.exp(s) / (1 + np.exp(m))
    found = make("beta_binomial").log_prob(pair, x)
    want = stats.betabinom.logpmf(k, 16, a, b)
    np.testing.assert_allclose(found, want, rtol=1e-4, atol=1e-4)
    mean = 0.5 + 3.0 * np.tanh(np.float64(pair[:, 0]) / 3)
    scale = np.exp(-2.0 + 6.0 * np.tanh(np.float64(pair[:, 1]) / 6))
    cdf = lambda v: stats.logistic.cdf(v, mean, scale)
    upper = np.where(k == 16, 1.0, cdf(k / 16 + 1 / 32))
    lower = np.where(k == 0, 0.0, cdf(k / 16 - 1 / 32))
    found = np.exp(np.float64(make("discretized_logistic").log_prob(pair, x)))
    np.testing.assert_allclose(found, upper - lower, rtol=1e-3, atol=1e-6)


def test_continuous_bernoulli_mean_by_quadrature():
    one = make("continuous_bernoulli")
    for logit in (-30.0, -3.0, -0.04, 0.0, 1e-3, 0.06, 2.0, 30.0):
        grid = jnp.linspace(0.0, 1.0, 51)[:, None]
        log_p = one.log_prob(jnp.full((51, 1), logit), grid)
        assert np.isfinite(np.exp(np.float64(log_p))).all()
        exact = integrate.quad(lambda v, a=logit: v * np.exp(v * a - max(a, 0)), 0, 1)[0]
        total = integrate.quad(lambda v, a=logit: np.exp(v * a - max(a, 0)), 0, 1)[0]
        found = float(one.mean(jnp.full((1, 1), logit))[0, 0])
        np.testing.assert_allclose(found, exact / total, rtol=2e-5)


def test_continuous_bernoulli_mean_is_right_at_any_logit():
    """Where quadrature needs too many nodes: 1 - 1 / l from logits of 20 on."""
    mean = make("continuous_bernoulli").mean
    value_and_slope = jax.jit(jax.value_and_grad(lambda l: mean(l[None, None])[0, 0]))
    for logit in (25.0, 90.0, 500.0, 1e4):
        value, slope = value_and_slope(logit)
        np.testing.assert_allclose(value, 1.0 - 1.0 / logit, rtol=1e-6)
        np.testing.assert_allclose(slope, logit**-2.0, rtol=1e-5)
        dark = mean(jnp.full((1, 1), -logit))
        np.testing.assert_allclose(dark, 1.0 / logit, rtol=1e-5)


def test_many_levels_keep_their_digits():
    """256 levels: the constant of a count, against the beta function in float64."""
    k, n = np.arange(256), 255
    np.testing.assert_allclose(
        log_choose(n, jnp.asarray(k, jnp.float32)),
        -np.log(n + 1) - special.betaln(k + 1, n - k + 1),
        rtol=1e-6,
        atol=1e-6,
    )


@pytest.mark.parametrize("name", METHODS["likelihood"])
@pytest.mark.slow
def test_the_best_outputs_are_those_of_each_image_alone(name, data):
    one, x = make(name), jnp.asarray(data.test[:2, :16] / 16.0, jnp.float32)
    alone = jnp.concatenate([one.fit(image[None])[None] for image in x])
    together = best_outputs(one, x)
    assert together.shape == alone.shape
    np.testing.assert_allclose(
        one.log_prob(together, x), one.log_prob(alone, x), rtol=1e-5, atol=1e-3
    )


def test_sigma_is_the_root_mean_squared_error_at_its_best(data):
    """Rybkin et al. (2021): the learned sigma^2 is the mean squared error per pixel."""
    x = jnp.asarray(data.train / 16.0, jnp.float32)
    one = make("gaussian")
    best = one.fit(x)
    error = float(jnp.mean(jnp.square(x - x.mean(0)[None])))
    assert abs(np.exp(2 * 7.0 * np.tanh(float(best[-1]) / 7.0)) / error - 1.0) < 1e-4
    loss = lambda s: (
        -one.log_prob(jnp.broadcast_to(best.at[-1].set(s)[None], (len(x), 65)), x).mean()
    )
    assert abs(float(jax.jit(jax.grad(loss))(best[-1]))) < 1e-3
    known = make("gaussian", sigma=0.5).log_prob(x[:5], x[:5] + 0.1)
    want = stats.norm.logpdf(0.1, 0.0, 0.5) * 64
    np.testing.assert_allclose(known, want, rtol=1e-5)


@pytest.mark.parametrize("sigma", [0.0, -1.0, "free", float("nan"), float("inf")])
def test_a_wrong_sigma_is_named(sigma):
    with pytest.raises(UserError, match=r"likelihood\.sigma: .* is neither"):
        make("gaussian", sigma=sigma)


@pytest.mark.parametrize("name", ["binomial", "beta_binomial", "discretized_logistic"])
def test_masses_of_levels_refuse_floats(name):
    with pytest.raises(UserError, match=f"{name} needs pixels of whole levels"):
        make(name, levels=0)


def test_bits_per_dimension_of_simple_models_of_the_digits(data):
    """Uniform, one binomial per pixel, and the floor of any binomial, on the test split."""
    x = jnp.asarray(data.test / 16.0, jnp.float32)
    bits = lambda nll: bits_per_dim(float(nll), 64, "levels", 17, "grey")
    assert abs(bits(64 * np.log(17.0)) - 4.0875) < 1e-4
    one = make("binomial")
    same = one.fit(jnp.asarray(data.train / 16.0, jnp.float32))
    each = -one.log_prob(jnp.broadcast_to(same[None], x.shape), x)
    assert abs(bits(np.float64(each).mean()) - 5.7466) < 2e-3
    best = jax.jit(jax.vmap(lambda image: one.fit(image[None])))(x)
    assert abs(bits(np.float64(-one.log_prob(best, x)).mean()) - 0.8358) < 1e-3


def test_what_is_no_likelihood_says_why(data):
    assert "does not sum to 1" in why_not_a_likelihood("binary", 17, "grey")
    assert "does not sum to 1" in why_not_a_likelihood("binary", 0, "grey")
    assert "whole levels" in why_not_a_likelihood("levels", 17, "dequantized")
    for density in ("real", "unit"):
        for levels, pixels in ((17, "grey"), (2, "grey"), (2, "binary"), (17, "dynamic")):
            assert "whole levels" in why_not_a_likelihood(density, levels, pixels)
        assert "whole levels" in why_not_a_likelihood(density, 0, "binary")
    for support, levels, pixels in (
        ("real", 0, "grey"),
        ("unit", 0, "grey"),
        ("binary", 2, "binary"),
        ("binary", 17, "dynamic"),
        ("levels", 17, "grey"),
        ("real", 17, "dequantized"),
        ("unit", 17, "dequantized"),
    ):
        assert why_not_a_likelihood(support, levels, pixels) == ""


def test_a_density_of_whole_levels_has_no_bound(data):
    """One narrow Gaussian at the pixels' own levels: any density, whatever the images."""
    x = jnp.asarray(data.test[:5] / 16.0, jnp.float32)
    logs = [
        float(make("gaussian", sigma=sigma).log_prob(x, x).mean())
        for sigma in (1e-1, 1e-3, 1e-6)
    ]
    assert logs[0] < logs[1] < logs[2] and logs[2] > 800.0


def test_dequantised_bits_bound_those_of_the_levels():
    """A uniform density on [0, 1] is a uniform mass over the levels: log2(17) bits."""
    found = bits_per_dim(0.0, 64, "unit", 17, "dequantized")
    np.testing.assert_allclose(found, np.log2(17.0))
    assert bits_per_dim(64 * np.log(2.0), 64, "unit", 17, "grey") == pytest.approx(1.0)


def test_binarised_pixels_are_draws_of_the_grey_ones(data):
    grey = data.train / 16.0
    static, dynamic = present(data, "binary"), present(data, "dynamic")
    assert static.levels == 2 and set(np.unique(static.train)) == {0, 1}
    # 1,437 draws per pixel, 5 standard errors of at most 0.0132.
    assert np.abs(static.train.mean(0) - grey.mean(0)).max() < 0.07
    assert (static.train[grey == 0] == 0).all() and (static.train[grey == 1] == 1).all()
    np.testing.assert_array_equal(dynamic.train, data.train)
    np.testing.assert_array_equal(fixed(dynamic, "train"), static.train)
    assert set(np.unique(dynamic.test)) == {0.0, 1.0}
    assert len({data.sha256, static.sha256, dynamic.sha256}) == 3
    assert present(data, "") is data and present(data, "grey") is data


def test_dequantised_pixels_fall_into_their_bins(data):
    found = present(data, "dequantized")
    for split in ("train", "test"):
        x = fixed(found, split)
        np.testing.assert_array_equal(np.floor(x * 17), getattr(data, split))
    np.testing.assert_array_equal(found.train, data.train)
    with pytest.raises(UserError, match="whole levels"):
        present(data._replace(levels=0), "dequantized")
    with pytest.raises(UserError, match="'sepia' is not known; there are: grey"):
        present(data, "sepia")


def test_the_continuous_bernoulli_mean_keeps_its_digits():
    """Against its formula in float64, where its two terms cancel and where they do not."""
    logits = np.concatenate([np.geomspace(1e-3, 30.0, 400), -np.geomspace(1e-3, 30.0, 400)])
    logits = np.float32(logits)
    l = np.float64(logits)
    expected = -1.0 / np.expm1(-l) - 1.0 / l
    found = make("continuous_bernoulli").mean(jnp.asarray(logits))
    np.testing.assert_allclose(found, expected, atol=2e-7)  # 1.7 units of the last place
