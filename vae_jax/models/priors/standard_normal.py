"""The prior p(z) = N(0, I): no parameters, closed-form KL."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.models import densities
from vae_jax.types import Posterior, Prior, PRNGKey


def sample(key: PRNGKey, mask: Float[Array, "K"], n: int) -> Float[Array, "n K"]:
    """n draws; dimensions not in use are exactly 0."""
    return mask[None] * jax.random.normal(key, (n, mask.shape[0]))


def log_prob(z: Float[Array, "B K"], mask: Float[Array, "K"]) -> Float[Array, "B"]:
    """log p(z) over the dimensions in use."""
    zero = jnp.zeros_like(z)
    return jnp.sum(mask[None] * densities.normal_log_prob(z, zero, zero), axis=-1)


def kl(q: Posterior, mask: Float[Array, "K"]) -> Float[Array, "B K"]:
    """KL(q(z_k|x) || p(z_k)) per dimension; 0 where the dimension is not in use."""
    return mask[None] * densities.standard_normal_kl(q)


def standard_normal() -> Prior:
    """N(0, I)."""
    return Prior(sample, log_prob, kl)
