"""Closed forms on plain arrays: arrays in, arrays out, quantities in nats.

Nothing here knows about networks, parameters or configs.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.types import Posterior


def standard_normal_kl(q: Posterior) -> Float[Array, "*B K"]:
    """KL(q || N(0, I)) of a diagonal Gaussian, nats for each latent dimension [B K].

        KL_k = (mu_k^2 + expm1(log sigma_k^2) - log sigma_k^2) / 2

    The `expm1` form keeps every digit near sigma = 1, where the textbook form cancels in
    float32. Kept per dimension because collapse diagnostics need the split; the sum over
    the last axis is the rate. Kingma & Welling (2014), appendix B, arXiv:1312.6114.
    """
    return 0.5 * (jnp.square(q.mean) + jnp.expm1(q.log_var) - q.log_var)


def normal_log_prob(
    z: Float[Array, "*B K"], mean: Float[Array, "*B K"], log_var: Float[Array, "*B K"]
) -> Float[Array, "*B K"]:
    """log N(z_k; mean_k, exp(log_var_k)) of each latent dimension, nats [B K]."""
    squared = jnp.square(z - mean) * jnp.exp(-log_var)
    return -0.5 * (squared + log_var + jnp.log(2.0 * jnp.pi))


def bernoulli_log_prob(
    logits: Float[Array, "*B"], x: Float[Array, "*B"]
) -> Float[Array, "*B"]:
    """log p of each pixel, x log s(l) + (1 - x) log s(-l), in nats; s is logistic.

    Written as x l - softplus(l): value and gradient are finite for every finite logit,
    where log(1 - s(l)) is -inf from a logit of 17 on in float32.
    """
    return x * logits - softplus(logits)


@jax.custom_jvp
def softplus(l: Float[Array, "*B"]) -> Float[Array, "*B"]:
    """log(1 + exp(l)), with the logistic function as its derivative, at 0 too.

    Differentiating max(l, 0) and |l| would give a wrong slope at exactly 0, and
    `jax.nn.softplus` costs a second exponential.
    """
    return jnp.maximum(l, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(l)))


@softplus.defjvp
def softplus_jvp(primals, tangents):
    """The derivative of softplus: d log(1 + exp(l)) = s(l) dl, s the logistic function."""
    (l,), (dl,) = primals, tangents
    return softplus(l), jax.nn.sigmoid(l) * dl


def bounded(value: Float[Array, "*B"], limit: float) -> Float[Array, "*B"]:
    """limit * tanh(value / limit), elementwise: the value near 0, never beyond the limit.

    No decoder output can overflow a likelihood that reads it through this bound.
    """
    return limit * jnp.tanh(value / limit)
