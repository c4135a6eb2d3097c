"""A smooth bound on a decoder's output, so that no output can overflow a likelihood."""

import jax.numpy as jnp
from jaxtyping import Array, Float


def bounded(value: Float[Array, "*B"], limit: float) -> Float[Array, "*B"]:
    """limit tanh(value / limit): the value itself near 0, never beyond the limit."""
    return limit * jnp.tanh(value / limit)
