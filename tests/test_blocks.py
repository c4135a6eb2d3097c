"""A function over blocks of rows: the rows in their order, whatever the block."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vae_jax.evaluation.estimators.blocks import by_blocks


@pytest.mark.parametrize("size", [1, 3, 4, 12, 13, 100])
def test_rows_come_back_in_their_order(size, transform):
    rows = jnp.arange(24.0).reshape(12, 2)
    keys = jax.random.split(jax.random.key(0), 12)

    def function(block):
        some, keys = block
        assert len(some) == min(size, 12)  # what memory is promised
        draws = jax.vmap(lambda key: jax.random.normal(key, (3,)))(keys)
        return {"double": 2.0 * some, "draws": draws, "sum": some.sum(-1)}

    found = transform(lambda rows, keys: by_blocks(function, (rows, keys), size))(
        rows, keys
    )
    np.testing.assert_array_equal(found["double"], 2.0 * rows)
    np.testing.assert_array_equal(found["sum"], rows.sum(-1))
    alone = [
        jax.random.normal(key, (3,)) for key in jax.random.split(jax.random.key(0), 12)
    ]
    np.testing.assert_array_equal(found["draws"], np.stack(alone))
