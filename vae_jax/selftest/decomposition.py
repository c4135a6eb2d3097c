"""The parts of the rate where they are known: images told apart, or not at all."""

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from vae_jax.evaluation.estimators import decomposition as estimator
from vae_jax.selftest import linear_gaussian
from vae_jax.selftest.check import Check

IMAGES = 500


def parts(scale: float, spread: float) -> dict[str, float]:
    """The parts of the rate, nats, of a linear model by their names.

    Its images have standard deviation `scale` per pixel, its posteriors `spread`.
    """
    truth = linear_gaussian.LinearGaussian(np.eye(2), np.zeros(2), 1.0)
    model, params, hparams = linear_gaussian.model(truth, scale=spread * np.sqrt(2.0))
    x = scale * np.random.default_rng(0).normal(size=(IMAGES, 2))
    run = jax.jit(partial(estimator.decomposition, model, samples=8))
    arrays = run(params, jnp.asarray(x, jnp.float32), jax.random.key(0), hparams)
    return {n: e.value for n, e in estimator.reduce(jax.device_get(arrays)).items()}


def decomposition() -> Iterator[Check]:
    """Checks of I(x; z), log N of separate posteriors and 0 of equal, and of R as a sum."""
    apart, alike = parts(1e4, 1e-2), parts(0.0, 1.0)
    log_n = float(np.log(IMAGES))
    yield Check("I(x; z), images told apart", log_n, apart["mutual_information"], 1e-3)
    yield Check("I(x; z), all posteriors alike", 0.0, alike["mutual_information"], 1e-3)
    some = parts(1.0, 0.5)
    total = sum(
        some[n] for n in ("mutual_information", "total_correlation", "dimensionwise_kl")
    )
    yield Check("I + TC + dimension-wise KL", some["rate"], total, 1e-6)
