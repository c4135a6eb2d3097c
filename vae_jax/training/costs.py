"""What a training step takes, reckoned before it is begun, for `--plan`."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from vae_jax.models.operations import convolves, operations
from vae_jax.types import HParams, Model, Objective

# Of the products that a core does in one large product of matrices, a step's products reach
# this share: measured in November 2026 on 2 busy cores, 0.29 to 0.41 for 64-256-16 on the
# digits, 0.40 for a residual network on 32x32x3, 0.59 for two convolutions on 28x28. With
# other work beside it, the estimate moves by a factor of two.
IN_PRODUCTS, IN_CONVOLUTIONS = 0.36, 0.5


class Step(NamedTuple):
    """The work of one step of one member."""

    products: float  # multiplications with an addition each, forward and backward
    share: float  # of what a core does in a large product


def step_of(
    model: Model, objective: Objective, hparams: HParams, batch_size: int, pixels: int
) -> Step | None:
    """The work of a step of a member on a batch, as XLA counts the operations of its loss.

    Of the loss's gradient, on shapes alone: nothing is trained. None where this XLA does
    not count.
    """

    def loss(params, x, key):
        return objective(model, params, x, key, hparams).loss

    params = jax.eval_shape(model.init, jax.random.key(0), hparams)
    x = jax.ShapeDtypeStruct((batch_size, pixels), jnp.float32)
    traced = jax.jit(jax.grad(loss)).trace(params, x, jax.random.key(0))
    counted = operations(traced)
    if counted is None:
        return None
    return Step(counted / 2.0, IN_CONVOLUTIONS if convolves(traced) else IN_PRODUCTS)


def seconds(step: Step, steps: int, members: int, speed: float, devices: int) -> float:
    """About how long so many steps of so many members take, at a core's `speed`."""
    at_once = min(devices, members)
    return step.products * steps * members / (step.share * speed * at_once)
