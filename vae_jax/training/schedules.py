"""What changes with the step: the values that an objective reads, as functions of time.

Objectives know no time. Whatever is scheduled is a number of `HParams`, and the training
loop hands them the `HParams` of the step.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from vae_jax.types import HParams


def ramp(hparams: HParams, step: Int[Array, ""], steps_per_epoch: int) -> Float[Array, ""]:
    """The share of its final value, 0 to 1, that a scheduled number has at a step.

        min(1, t' / warmup),  t' = t mod cycle, or t where cycle is 0,

    with t the step in (fractional) epochs; 1 where warmup is 0. Linear warm-up: Bowman et
    al. (2016), arXiv:1511.06349, and Soenderby et al. (2016), arXiv:1602.02282; cyclical:
    Fu et al. (2019), arXiv:1903.10145. A cycle does nothing without a warm-up.
    """
    # In steps, not epochs: float32 has every whole number of them up to 2^24, so a cycle
    # starts again at its very step.
    period, growth = hparams.cycle * steps_per_epoch, hparams.warmup * steps_per_epoch
    time = step.astype(jnp.float32)
    time = jnp.where(period > 0, jnp.mod(time, jnp.where(period > 0, period, 1.0)), time)
    grown = time / jnp.where(growth > 0, growth, 1.0)
    return jnp.where(growth > 0, jnp.minimum(grown, 1.0), 1.0)


def scheduled(hparams: HParams, step: Int[Array, ""], steps_per_epoch: int) -> HParams:
    """The hyperparameters that hold at a step: `ramp` is the share reached by then.

    What grows with it, beta or a capacity, is the objective's business.
    """
    return hparams._replace(ramp=ramp(hparams, step, steps_per_epoch))
