"""A function over the rows of arrays, so many at a time: memory does not grow with them."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp


def by_blocks(function: Callable[[Any], Any], arrays: Any, size: int) -> Any:
    """`function` of blocks of `size` rows, one after the other; its results row by row.

    `arrays` is a tree of `[N, ...]`, and so is what comes back. The last block is filled
    up with copies of the last row. Unlike `jax.lax.map` with a batch size, which batches a
    function of one row, the function sees a block as it is: its matrix products have rows
    and no batches, and XLA takes them together with what follows (on CPU, a third faster).
    """
    count = len(jax.tree.leaves(arrays)[0])
    size = min(size, count)
    blocks = -(-count // size)
    rows = jnp.minimum(jnp.arange(blocks * size), count - 1).reshape(blocks, size)
    results = jax.lax.map(
        lambda some: function(jax.tree.map(lambda a: a[some], arrays)), rows
    )
    return jax.tree.map(lambda a: a.reshape(blocks * size, *a.shape[2:])[:count], results)
