"""Gaussian pixels with one standard deviation for all of them, learned or fixed.

    log p(x|z) = -sum (x - m)^2 / (2 sigma^2) - D log(sigma sqrt(2 pi))

Learned, sigma^2 is the mean squared error per pixel at the optimum (sigma-VAE: Rybkin,
Daniilidis & Levine, 2021, arXiv:2006.13202). Fixed, it chooses beta: squared error with
weight 1 is beta = 2 sigma^2.
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.errors import UserError
from vae_jax.models.densities import bounded
from vae_jax.types import Likelihood, PRNGKey

LOG_SIGMA = 7.0  # bound of a learned log sigma: constant pixels cannot drive it further
FIRST_SIGMA = 0.3  # about the spread of pixels in [0, 1]


def gaussian(levels: int, sigma: float | str = "learned") -> Likelihood:
    """Gaussian pixels: a mean each, and one standard deviation for all of them.

    `sigma` is a positive number, or "learned"; anything else is a `UserError`.
    """
    del levels
    learned = sigma == "learned"
    number = isinstance(sigma, int | float) and not isinstance(sigma, bool)
    if not learned and not (number and 0.0 < sigma < float("inf")):
        raise UserError(
            f"config.likelihood.sigma: {sigma!r} is neither 'learned' nor a positive number"
        )
    shared = (math.log(FIRST_SIGMA),) if learned else ()

    def parts(out: Float[Array, "B C"]) -> tuple[Array, Array]:
        """Splits decoder outputs into means [B D] and log sigma [B 1]."""
        if not learned:
            return out, jnp.full((out.shape[0], 1), jnp.log(sigma), out.dtype)
        return out[:, :-1], bounded(out[:, -1:], LOG_SIGMA)

    def log_prob(out: Float[Array, "B C"], x: Float[Array, "B D"]) -> Float[Array, "B"]:
        mean, log_sigma = parts(out)
        scaled = (x - mean) * jnp.exp(-log_sigma)
        constant = log_sigma + 0.5 * jnp.log(2.0 * jnp.pi)
        return -jnp.sum(0.5 * jnp.square(scaled) + constant, axis=-1)

    def sample(key: PRNGKey, out: Float[Array, "B C"]) -> Float[Array, "B D"]:
        mean, log_sigma = parts(out)
        return mean + jnp.exp(log_sigma) * jax.random.normal(key, mean.shape, mean.dtype)

    def fit(x: Float[Array, "N D"]) -> Float[Array, "C"]:
        mean = jnp.mean(x, axis=0)
        if not learned:
            return mean
        error = jnp.sqrt(jnp.mean(jnp.square(x - mean[None])))
        log_sigma = jnp.clip(jnp.log(error), -0.99 * LOG_SIGMA, 0.99 * LOG_SIGMA)
        return jnp.append(mean, LOG_SIGMA * jnp.arctanh(log_sigma / LOG_SIGMA))

    return Likelihood(
        channels=1,
        log_prob=log_prob,
        mean=lambda out: parts(out)[0],
        sample=sample,
        fit=fit,
        support="real",
        shared=shared,
    )
