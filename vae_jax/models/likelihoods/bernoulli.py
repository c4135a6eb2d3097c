"""Bernoulli pixels from logits.

On binary pixels this is a likelihood. On grey levels it is the binary cross-entropy: not
a likelihood (it does not sum to 1 over the levels), and its least value is not 0 but the
entropy of the pixels, 13.694 nats per image on the training split of the digits.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.models import densities
from vae_jax.types import Likelihood, PRNGKey

TINY = 1e-7  # keeps the logit of a constant pixel finite in float32


def log_prob(logits: Float[Array, "B D"], x: Float[Array, "B D"]) -> Float[Array, "B"]:
    """log p(x|z), nats per image [B]; finite, with its gradient, for any finite logit."""
    return jnp.sum(densities.bernoulli_log_prob(logits, x), axis=-1)


def sample(key: PRNGKey, logits: Float[Array, "B D"]) -> Float[Array, "B D"]:
    """Draws images x ~ p(x|z), [B D], each pixel 0 or 1."""
    return jax.random.bernoulli(key, jax.nn.sigmoid(logits)).astype(logits.dtype)


def fit(x: Float[Array, "N D"]) -> Float[Array, "D"]:
    """The logits of the mean image, [D]: what a collapsed decoder learns."""
    p = jnp.clip(jnp.mean(x, axis=0), TINY, 1.0 - TINY)
    return jnp.log(p) - jnp.log1p(-p)


def bernoulli(levels: int) -> Likelihood:
    """Bernoulli pixels, one logit each; on grey levels a cross-entropy, no likelihood."""
    del levels
    return Likelihood(
        channels=1,
        log_prob=log_prob,
        mean=jax.nn.sigmoid,
        sample=sample,
        fit=fit,
        support="binary",
    )
