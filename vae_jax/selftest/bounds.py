"""Bounds on log p(x) of probabilistic PCA, whose log p(x) is known."""

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from vae_jax.evaluation.estimators.ais import Settings, ais, bdmc
from vae_jax.evaluation.estimators.iwae import iwae
from vae_jax.evaluation.estimators.quadrature import quadrature
from vae_jax.selftest import linear_gaussian
from vae_jax.selftest.check import Check

LATENTS, PIXELS, IMAGES = 8, 20, 40


def truth(latents: int) -> tuple[linear_gaussian.LinearGaussian, np.ndarray]:
    """A linear-Gaussian model of so many latents, and images [40 20] that it makes."""
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.normal(size=(PIXELS, latents)))[0]
    w = axes * np.linspace(2.0, 0.5, latents)  # orthogonal, as probabilistic PCA's are
    pca = linear_gaussian.LinearGaussian(w, rng.normal(size=PIXELS), 0.25)
    z = rng.normal(size=(IMAGES, latents))
    return pca, z @ w.T + pca.mu + 0.5 * rng.normal(size=(IMAGES, PIXELS))


def mean(values: jax.Array) -> float:
    """The mean of an array, summed in float64."""
    return float(np.asarray(values, np.float64).mean())


def bounds() -> Iterator[Check]:
    """Checks of log p(x), nats: IWAE, AIS, the sandwich on simulated data, quadrature."""
    pca, images = truth(LATENTS)
    exact = float(linear_gaussian.log_prob(pca, images).mean())
    # An encoder a little off, or every importance weight would be the same.
    model, params, hparams = linear_gaussian.model(pca, shift=0.2, scale=1.1)
    x = jnp.asarray(images, jnp.float32)
    run = lambda f, *a, **k: jax.jit(partial(f, model, **k))(params, *a, hparams)
    arrays = run(iwae, x, jax.random.key(0), samples=5_000)
    yield Check("log p(x), IWAE-5000, pPCA of 8", exact, mean(arrays["log_bound"]), 0.01)
    settings = Settings(temperatures=1_000)
    arrays = run(ais, x, jax.random.key(1), settings=settings)
    yield Check("log p(x), AIS-1000, pPCA of 8", exact, mean(arrays["log_prob"]), 0.05)
    arrays = run(bdmc, jax.random.key(2), count=IMAGES, settings=settings)
    simulated = np.asarray(arrays["x"], np.float64)
    exact = float(linear_gaussian.log_prob(pca, simulated).mean())
    yield Check("log p(x) simulated, AIS forward", exact, mean(arrays["lower"]), 0.05)
    yield Check("log p(x) simulated, AIS reverse", exact, mean(arrays["upper"]), 0.05)
    pca, images = truth(2)
    exact = float(linear_gaussian.log_prob(pca, images).mean())
    model, params, hparams = linear_gaussian.model(pca)
    x = jnp.asarray(images, jnp.float32)
    arrays = run(quadrature, x, latents=2)
    yield Check("log p(x), quadrature, pPCA of 2", exact, mean(arrays["log_prob"]), 1e-3)
