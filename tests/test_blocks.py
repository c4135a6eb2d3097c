"""A function over blocks of rows: the rows in their order, whatever the block."""

import jax.numpy as jnp
import numpy as np
import pytest

from vae_jax.evaluation.estimators.blocks import by_blocks


@pytest.mark.parametrize("size", [1, 3, 4, 12, 13, 100])
def test_rows_come_back_in_their_order(size, transform):
    """A tree of arrays, in blocks that divide it, do not, and hold all of it."""
    rows, numbers = jnp.arange(24.0).reshape(12, 2), jnp.arange(12)

    def function(block):
        some, numbers = block
        assert len(some) == min(size, 12)  # what memory is promised
        return {"square": some * some, "sum": some.sum(-1) + numbers}

    found = transform(lambda *arrays: by_blocks(function, arrays, size))(rows, numbers)
    np.testing.assert_array_equal(found["square"], rows * rows)
    np.testing.assert_array_equal(found["sum"], rows.sum(-1) + numbers)
