"""The prior p(z) = N(0, I): no parameters, closed-form KL."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.models import densities
from vae_jax.types import HParams, Posterior, Prior, PRNGKey


def sample(key: PRNGKey, hparams: HParams, n: int) -> Float[Array, "n K"]:
    """Draws z ~ N(0, I), [n K]; dimensions not in use are exactly 0."""
    mask = hparams.latent_mask
    return mask[None] * jax.random.normal(key, (n, mask.shape[0]))


def log_prob(z: Float[Array, "B K"], hparams: HParams) -> Float[Array, "B"]:
    """log N(z; 0, I) over the dimensions in use, nats per row of z [B]."""
    zero = jnp.zeros_like(z)
    terms = hparams.latent_mask[None] * densities.normal_log_prob(z, zero, zero)
    return jnp.sum(terms, axis=-1)


def kl(q: Posterior, hparams: HParams) -> Float[Array, "B K"]:
    """KL(q(z_k|x) || p(z_k)) of each dimension, nats [B K]; 0 where it is not in use."""
    return hparams.latent_mask[None] * densities.standard_normal_kl(q)


def standard_normal() -> Prior:
    """The prior N(0, I) of Kingma & Welling (2014), arXiv:1312.6114."""
    return Prior(sample, log_prob, kl)
