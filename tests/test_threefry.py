"""The generator written out against JAX's own: every bit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vae_jax.evaluation.estimators.threefry import written_out

SEEDS = (0, 1, 2**31, 2**32 - 1)


@pytest.fixture(autouse=True)
def keys_are_used_twice():
    """By either generator: that is what is compared."""
    with jax.debug_key_reuse(False):
        yield


def same_keys(a, b):
    np.testing.assert_array_equal(jax.random.key_data(a), jax.random.key_data(b))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("width", [8, 16, 32])
def test_bits_are_those_of_jax(seed, width, transform):
    key, dtype = jax.random.key(jnp.uint32(seed)), np.dtype(f"uint{width}")
    for shape in ((), (7,), (5, 3, 4), (0, 2)):
        draw = transform(lambda key, shape=shape: jax.random.bits(key, shape, dtype))
        np.testing.assert_array_equal(draw(written_out(key)), draw(key))


def test_draws_are_those_of_jax():
    key = jax.random.key(3)
    for draw in (
        lambda key: jax.random.normal(key, (1_000, 3)),
        lambda key: jax.random.uniform(key, (50,), minval=-2.0, maxval=5.0),
        lambda key: jax.random.bernoulli(key, 0.3, (40,)),
        lambda key: jax.random.permutation(key, 100),
        lambda key: jax.random.randint(key, (30,), 0, 1_000),
    ):
        np.testing.assert_array_equal(draw(written_out(key)), draw(key))


def test_keys_made_of_a_key_are_those_of_jax():
    """By folding in, by splitting, for many keys at a time, and one after the other."""
    key, fast = jax.random.key(5), written_out(jax.random.key(5))
    for data in SEEDS:
        fold = lambda key, data=data: jax.random.fold_in(key, jnp.uint32(data))
        same_keys(fold(fast), fold(key))
    for count in (2, (3, 4)):
        same_keys(jax.random.split(fast, count), jax.random.split(key, count))

    def many(key):
        keys = jax.vmap(lambda i: jax.random.fold_in(key, i))(jnp.arange(20))
        keys = jax.vmap(lambda key: jax.random.split(key, 3))(keys)[:, 2]
        return jax.vmap(lambda key: jax.random.normal(key, (4,)))(keys)

    np.testing.assert_array_equal(jax.jit(many)(fast), jax.jit(many)(key))
    assert written_out(fast) is fast


def test_other_generators_stay_as_they_are():
    other = jax.random.key(0, impl="rbg")
    assert written_out(other) is other
    key = jax.random.key(0)
    with jax.threefry_partitionable(False):  # the older way to count has other bits
        assert written_out(key) is key
