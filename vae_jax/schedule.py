"""How beta, or the capacity, rises in the course of training: KL warm-up, cycles.

Bowman et al. (2016), arXiv:1511.06349; Sonderby et al. (2016), arXiv:1602.02282; cycles:
Fu et al. (2019), arXiv:1903.10145; capacity: Burgess et al. (2018), arXiv:1804.03599.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from vae_jax.types import HParams, Scalar


def scheduled(hparams: HParams, step: Int[Array, ""], steps: int) -> HParams:
    """The values that hold at a step, of so many `steps` in an epoch.

    beta(t) = beta ramp(t), or capacity(t) = capacity ramp(t) where there is a capacity. A
    ramp of 1 changes no bit of either.
    """
    up = ramp(step / steps, hparams)
    limited = hparams.capacity > 0
    return hparams._replace(
        beta=jnp.where(limited, hparams.beta, up * hparams.beta),
        capacity=up * hparams.capacity,
    )


def ramp(epoch: Float[Array, ""], hparams: HParams) -> Scalar:
    """min(1, t / warmup), t the epochs since the start, or since the last cycle's."""
    cycle = jnp.where(hparams.cycle > 0, hparams.cycle, jnp.inf)
    t = jnp.where(hparams.cycle > 0, jnp.mod(epoch, cycle), epoch)
    warm = hparams.warmup > 0
    return jnp.where(warm, jnp.minimum(1.0, t / jnp.where(warm, hparams.warmup, 1.0)), 1.0)
