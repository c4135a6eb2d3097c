"""The diagonal Gaussian q(z|x) = N(mu(x), diag sigma^2(x))."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.errors import UserError
from vae_jax.models import densities
from vae_jax.types import HParams, Posterior, PosteriorFamily, PRNGKey


def read(bound: float, out: Float[Array, "*B P"], hparams: HParams) -> Posterior:
    """Splits the encoder's output [B, 2 K] into mean and log-variance, [B K] each.

    A `bound` b above 0 keeps the log-variance within it: b tanh(log_var / b).
    """
    del hparams
    mean, log_var = jnp.split(out, 2, axis=-1)
    return Posterior(mean, bound * jnp.tanh(log_var / bound) if bound else log_var)


def sample(key: PRNGKey, q: Posterior, hparams: HParams) -> Float[Array, "*B K"]:
    """Draws z = mu + noise * sigma * eps, eps ~ N(0, I), [B K]: reparameterised.

    noise = 1 is a draw from q; noise = 0 is an autoencoder's code, the mean.
    Kingma & Welling (2014), section 2.4, arXiv:1312.6114.
    """
    eps = jax.random.normal(key, q.mean.shape, q.mean.dtype)
    return q.mean + hparams.noise * jnp.exp(0.5 * q.log_var) * eps


def log_prob(
    q: Posterior, z: Float[Array, "*B K"], hparams: HParams
) -> Float[Array, "*B K"]:
    """log q(z_k|x) of each latent dimension, nats [B K]; at noise 1, as a density."""
    del hparams
    return densities.normal_log_prob(z, q.mean, q.log_var)


def gaussian(log_var_bound: Any = 0.0) -> PosteriorFamily:
    """The diagonal Gaussians: mean and log-variance of each latent dimension.

    `log_var_bound`: within which the log-variance stays, by a soft bound; 0 sets none. A
    `UserError` for what is no such number. Kingma & Welling (2014), arXiv:1312.6114.
    """
    is_number = isinstance(log_var_bound, int | float) and log_var_bound is not True
    if not is_number or not 0.0 <= log_var_bound < math.inf:
        raise UserError(
            f"config.posterior.log_var_bound: {log_var_bound!r} is not a number, 0 or more"
        )
    return PosteriorFamily(
        parameters=2,
        read=partial(read, float(log_var_bound)),
        sample=sample,
        log_prob=log_prob,
    )
