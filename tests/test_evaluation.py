"""Metrics on models and images whose true values are known."""

import jax
import jax.numpy as jnp
import numpy as np
from conftest import make_hparams, make_spec
from scipy.spatial.distance import cdist

from vae_jax.dataset import make_dataset
from vae_jax.evaluation.collapse import collapse
from vae_jax.evaluation.pictures import SAMPLES, chosen_images, pictures
from vae_jax.evaluation.rate_distortion import rate_distortion
from vae_jax.evaluation.samples import samples_from_prior
from vae_jax.grid import Member
from vae_jax.model import build_model
from vae_jax.types import Likelihood, Posterior

MEMBER = Member(beta=1.0, latents=2, noise=1.0, learning_rate=1e-3, seed=0)
NOISE = 0.5
W = jnp.array([[1.0, 0.2, -0.4], [-0.5, 0.8, 0.3]])  # [K, D]


TOY = make_dataset("toy", np.zeros((9, 3)), np.zeros((9, 3)), None, None, levels=0)


def linear_model():
    """q(z|x) = N(x A, diag s^2), p(x|z) = N(z W, 0.5^2): every term has a closed form."""
    a, log_var = jnp.array([[0.5, 0.0], [0.2, -0.3], [0.0, 0.9]]), jnp.array([-1.0, 0.3])
    gaussian = Likelihood(
        1,
        lambda out, x: jax.scipy.stats.norm.logpdf(x, out, NOISE).sum(-1),
        lambda out: out,
        lambda key, out: out,
        lambda x: x.mean(0),
    )
    encode = lambda params, x, hparams: Posterior(
        x @ a, jnp.tile(log_var[None], (len(x), 1))
    )
    model = build_model(make_spec(max_latents=2, data_shape=(3,)))
    return model._replace(encode=encode, decode=lambda p, z: z @ W, likelihood=gaussian)


def measure(metric, model, x, hparams=None):
    hparams = make_hparams(latents=2, max_latents=2) if hparams is None else hparams
    arrays = metric.measure(model, (), jnp.asarray(x), jax.random.key(3), hparams)
    return jax.tree.map(np.asarray, arrays)


def test_rate_and_distortion_of_a_linear_gaussian_model():
    model, x = linear_model(), np.random.default_rng(0).normal(size=(50, 3)).astype("f4")
    metric = rate_distortion(TOY, samples=4_000)
    found = metric.reduce(measure(metric, model, x), MEMBER)
    q = model.encode((), jnp.asarray(x), None)
    variance, w = np.exp(np.float64(q.log_var)), np.float64(W)
    square = ((x - q.mean @ w) ** 2).sum(1) + variance @ (w**2).sum(1)
    constant = 1.5 * np.log(2 * np.pi * NOISE**2)
    distortion = constant + square / (2 * NOISE**2)
    rate = 0.5 * (np.float64(q.mean) ** 2 + variance - 1 - np.log(variance)).sum(1)
    # 50 images of 4,000 draws with a spread of about 4 nats: 5 standard errors.
    np.testing.assert_allclose(found["distortion"].value, distortion.mean(), atol=0.05)
    np.testing.assert_allclose(found["rate"].value, rate.mean(), rtol=1e-6)
    stderr = rate.std(ddof=1) / np.sqrt(50)
    np.testing.assert_allclose(found["rate"].stderr, stderr, rtol=1e-5)
    at_mean = constant + ((x - q.mean @ w) ** 2).sum(1) / (2 * NOISE**2)
    np.testing.assert_allclose(found["distortion_at_mean"].value, at_mean.mean(), rtol=1e-5)


def test_active_units_counts_dimensions_that_vary():
    codes = np.random.default_rng(0).normal(size=(1_000, 2)).astype("f4")
    codes = codes / codes.std(0) * np.sqrt(np.array([0.011, 0.009], "f4"))
    arrays = {"mean": codes, "rates": np.abs(codes)}
    found = collapse(TOY, 1).reduce(arrays, MEMBER)
    assert found["active_units"].value == 1.0
    assert set(found) == {"active_units", "rate_dim_0", "rate_dim_1"}
    np.testing.assert_allclose(
        found["rate_dim_1"].value, np.abs(codes[:, 1]).mean(), rtol=1e-6
    )


def brute_force(train, test, generated):
    """off_manifold99 and coverage_raw from full distance matrices."""
    stray = np.percentile(cdist(test, train).min(1), 99)
    off = (cdist(generated, train).min(1) > stray).mean()
    among = np.sort(cdist(test, test), axis=1)[:, 5]  # column 0 is the image itself
    return off, (cdist(test, generated).min(1) < among).mean()


def test_sample_scores_match_brute_force():
    rng = np.random.default_rng(1)
    train, test, far = (rng.uniform(size=(n, 6)).astype("f4") for n in (200, 60, 60))
    far[:20] += 2.0
    dataset = make_dataset("toy", train, test, None, None, levels=0)
    found = samples_from_prior(dataset, 1).reduce({"samples": far}, MEMBER)
    off, covered = brute_force(train, test, far)
    assert found["off_manifold99"].value == off and 0.3 < off < 0.5
    assert found["coverage_raw"].value == covered


def test_sample_scores_of_data_of_garbage_and_of_one_image():
    """The ends of the scale: new data, noise far off, and a collapsed decoder."""
    rng = np.random.default_rng(2)
    train, test, more = (
        rng.normal(0.5, 0.05, (n, 4)).astype("f4") for n in (900, 300, 300)
    )
    dataset = make_dataset("toy", train, test, None, None, levels=0)
    metric = samples_from_prior(dataset, 1)
    score = lambda s: {k: v.value for k, v in metric.reduce({"samples": s}, MEMBER).items()}
    data, garbage = score(more), score(more + 3.0)
    one = score(np.tile(train.mean(0), (300, 1)))
    assert data["off_manifold99"] < 0.05 and data["coverage_raw"] > 0.93
    assert garbage == {"off_manifold99": 1.0, "coverage_raw": 0.0}
    assert one["off_manifold99"] == 0.0 and one["coverage_raw"] < 0.15


def test_pictures_show_what_they_say(pixels):
    model, hparams = build_model(make_spec()), make_hparams(latents=3)
    params = model.init(jax.random.key(0), hparams)
    x = model.unit(jnp.asarray(pixels))
    found = pictures(model, params, x[:4], x, jax.random.key(1), hparams)
    codes = model.encode(params, x[:4], hparams).mean
    decoded = jax.nn.sigmoid(model.decode(params, codes))
    np.testing.assert_allclose(found["reconstructions"], decoded, rtol=1e-5)
    np.testing.assert_allclose(found["interpolation"][0], decoded[0], rtol=1e-5)
    z = model.prior.sample(jax.random.key(1), hparams.latent_mask, SAMPLES)
    drawn = jax.nn.sigmoid(model.decode(params, z))
    np.testing.assert_allclose(found["samples"], drawn, rtol=1e-5)
    np.testing.assert_allclose(found["interpolation"][-1], decoded[-1], rtol=1e-5)
    half = jax.nn.sigmoid(model.decode(params, (codes[:1] + codes[-1:]) / 2))
    np.testing.assert_allclose(found["interpolation"][5], half[0], rtol=1e-5)


def test_pictures_choose_one_image_of_each_label(pixels):
    labels = np.array([2, 0, 0, 1, 2, 1], np.int32)
    dataset = make_dataset("toy", pixels, pixels[:6], None, labels, levels=17)
    assert list(chosen_images(dataset)) == [1, 3, 0, 2, 4, 5]
    unlabelled = make_dataset("toy", pixels, pixels[:6], None, None, levels=17)
    assert list(chosen_images(unlabelled)) == [0, 1, 2, 3, 4, 5]
