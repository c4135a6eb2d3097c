"""Convolutions as products of matrices, against the library's own."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from jax import lax

from vae_jax.models.layers import products
from vae_jax.models.layers.style import Style, same

KERNELS, STRIDES, SIZES = ((1, 1), (3, 3), (4, 4), (5, 2)), (1, 2, 3), ((6, 7), (5, 8))
KEY = jax.random.key(0)


def drawn(number, *shape):
    return jax.random.normal(jax.random.fold_in(KEY, number), shape)


def library(x, kernel, stride, pads, spread=1):
    return lax.conv_general_dilated(
        *(x, kernel, (stride, stride), pads, (spread, spread)),
        dimension_numbers=products.AXES,
    )


def with_gradients(function, x, kernel):
    """A function's value, and the gradients of a weighted sum of it."""

    def weighted(x, kernel):
        out = function(x, kernel)
        return jnp.sum(out * jnp.cos(jnp.arange(out.size).reshape(out.shape))), out

    grads, out = jax.jit(jax.grad(weighted, (0, 1), has_aux=True))(x, kernel)
    return out, *grads


def assert_equal(ours, theirs, x, kernel):
    for found, expected in zip(
        with_gradients(ours, x, kernel), with_gradients(theirs, x, kernel)
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size, padding", [*itertools.product(SIZES, ("SAME", "VALID"))])
@pytest.mark.parametrize("kernel, stride", [*itertools.product(KERNELS, STRIDES)])
def test_a_convolution_is_the_library_s(size, padding, kernel, stride):
    """Odd and even sizes, padded or not."""
    x, weights = drawn(1, 2, *size, 3), drawn(2, *kernel, 3, 5)
    pads = lax.padtype_to_pads(size, kernel, (stride, stride), padding)
    assert_equal(
        lambda x, k: products.gathered(x, k, pads, (stride, stride)),
        lambda x, k: library(x, k, stride, pads),
        *(x, weights),
    )


@pytest.mark.parametrize("size, more", [*itertools.product(((4, 5), (3, 3)), (0, 1))])
@pytest.mark.parametrize("kernel, stride", [*itertools.product(KERNELS, STRIDES)])
def test_a_transposed_convolution_is_the_library_s(size, more, kernel, stride):
    x, weights = drawn(3, 2, *size, 4), drawn(4, *kernel, 4, 2)
    pads = tuple((k - 1 - k // 3, k // 2 + more) for k in kernel)
    assert_equal(
        lambda x, k: products.transposed(x, k, pads, (stride, stride)),
        lambda x, k: library(x, k, 1, pads, stride),
        *(x, weights),
    )


@pytest.mark.parametrize("name", ("gathered", "transposed"))
@pytest.mark.parametrize("step", (1, 2))
def test_pieces_are_the_whole(name, step, monkeypatch):
    """Values, gradients and directional derivatives, whatever the size of a piece."""
    x, kernel, pads = drawn(5, 6, 8, 8, 3), drawn(6, 3, 3, 3, 4), ((1, 1), (1, 1))

    def everything(piece):
        monkeypatch.setattr(products, "PIECE", piece)
        run = lambda x, k: getattr(products, name)(x, k, pads, (step, step))
        along = jax.jvp(run, (x, kernel), (x, kernel))[1]
        return *with_gradients(run, x, kernel), along

    whole = everything(10**9)
    for piece in (1, 4_000):
        for found, expected in zip(everything(piece), whole):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_every_member_has_its_own_kernel():
    x, kernels = drawn(7, 3, 2, 6, 6, 2), drawn(8, 3, 3, 3, 2, 4)
    pads = (same(6, 3, 2),) * 2
    convolve = lambda x, k: products.convolution("float32", x, k, (2, 2), pads)
    for n, found in enumerate(jax.jit(jax.vmap(convolve))(x, kernels)):
        expected = library(x[n], kernels[n], 2, pads)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kernel", (2, 3, 4, 5))
def test_doubling_is_the_transpose_of_halving(kernel):
    """<halve(x), y> = <x, double(y)> for the paddings that layers have."""
    x, y, weights = (
        drawn(9, 1, 8, 8, 2),
        drawn(10, 1, 4, 4, 3),
        drawn(11, kernel, kernel, 2, 3),
    )
    halved = library(x, weights, 2, (same(8, kernel, 2),) * 2)
    layer = lambda y: Style().conv(y, 2, "layer", kernel=kernel, up=2)
    turned = weights[::-1, ::-1].swapaxes(2, 3)
    doubled = apply_layer(layer, y, {"kernel": turned, "bias": jnp.zeros(2)})
    np.testing.assert_allclose((halved * y).sum(), (x * doubled).sum(), rtol=1e-4)


def apply_layer(layer, x, params):
    """A layer, called outside a network, with parameters of its own."""

    class Module(nn.Module):
        @nn.compact
        def __call__(self, x):
            return layer(x)

    return Module().apply({"params": {"layer": params}}, x)


@pytest.mark.parametrize("name", ("convolution", "dot_general"))
def test_bfloat16_rounds_operands_and_sums_in_float32(name):
    """As close to the exact result as the operands' eight bits allow, and no closer."""
    if name == "convolution":
        x, kernel = drawn(12, 4, 6, 6, 32), drawn(13, 3, 3, 32, 8)
        run = lambda d: products.convolution(d, x, kernel, (1, 1), ((1, 1), (1, 1)))
    else:
        x, kernel, axes = drawn(12, 50, 288), drawn(13, 288, 8), (((1,), (0,)), ((), ()))
        run = lambda d: products.dot_general(d, x, kernel, axes)
    exact, rounded = run("float32"), run("bfloat16")
    assert rounded.dtype == jnp.float32
    error = float(jnp.sqrt(jnp.mean((rounded - exact) ** 2) / jnp.mean(exact**2)))
    assert 5e-4 < error < 4e-3
