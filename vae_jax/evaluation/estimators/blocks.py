"""A function over the rows of arrays, so many at a time: memory does not grow with them."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.evaluation.limits import rows_at_once
from vae_jax.types import HParams, Model, Params, Posterior


def by_blocks(function: Callable[[Any], Any], arrays: Any, size: int) -> Any:
    """`function` of blocks of `size` rows, one after the other; its results row by row.

    `arrays` is a tree of `[N, ...]`, and so is what comes back. The last block is filled
    up with copies of the last row; rows that make one block are given as they are. Unlike
    `jax.lax.map` with a batch size, which batches a function of one row, the function sees
    a block as it is: its matrix products have rows and no batches, and XLA takes them
    together with what follows (on CPU, a third faster).
    """
    count = len(jax.tree.leaves(arrays)[0])
    if count <= size:
        return function(arrays)
    blocks = -(-count // size)
    rows = jnp.minimum(jnp.arange(blocks * size), count - 1).reshape(blocks, size)
    results = jax.lax.map(
        lambda some: function(jax.tree.map(lambda a: a[some], arrays)), rows
    )
    return jax.tree.map(lambda a: a.reshape(blocks * size, *a.shape[2:])[:count], results)


def encoded(
    model: Model, params: Params, x: Float[Array, "N D"], hparams: HParams
) -> Posterior:
    """q(z|x) of images, so many at a time that what lies between stays small."""
    return by_blocks(
        lambda some: model.encode(params, some, hparams), x, rows_at_once(x.shape[1])
    )
