"""What changes with the step: the values that an objective reads, as functions of time.

Objectives know no time. Whatever is scheduled is a number of `HParams`, and the training
loop hands them the `HParams` of the step.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from vae_jax.types import HParams


def ramp(
    hparams: HParams, epoch: Int[Array, ""], share: Float[Array, ""]
) -> Float[Array, ""]:
    """The share of its final value, 0 to 1, that a scheduled number has at a step.

        min(1, t' / warmup),  t' = t mod cycle, or t where cycle is 0,

    with t = epoch + share, the epochs trained so far as a whole number and the `share`, 0
    to 1, of the one at hand; 1 where warmup is 0. Linear warm-up: Bowman et al. (2016),
    arXiv:1511.06349, and Soenderby et al. (2016), arXiv:1602.02282; cyclical: Fu et al.
    (2019), arXiv:1903.10145. A cycle does nothing without a warm-up.
    """
    # Whole epochs go through `mod` by themselves: float32 has every number of them, so a
    # cycle of whole epochs starts again at its very step, however late.
    whole, period = epoch.astype(jnp.float32), hparams.cycle
    safe = jnp.where(period > 0, period, 1.0)
    again = jnp.mod(jnp.mod(whole, safe) + share, safe)
    time = jnp.where(period > 0, again, whole + share)
    growth = hparams.warmup
    grown = time / jnp.where(growth > 0, growth, 1.0)
    return jnp.where(growth > 0, jnp.minimum(grown, 1.0), 1.0)


def scheduled(hparams: HParams, epoch: Int[Array, ""], share: Float[Array, ""]) -> HParams:
    """The hyperparameters that hold at a step: `ramp` is the share reached by then.

    What grows with it, beta or a capacity, is the objective's business. The step is the one
    that begins when `epoch` epochs and a `share` of the next are trained.
    """
    return hparams._replace(ramp=ramp(hparams, epoch, share))
