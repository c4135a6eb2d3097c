"""Products of matrices and convolutions, in the precision that a network asks for.

XLA has no fast convolution on CPUs once several members are trained side by side: under
`vmap` a convolution becomes a grouped one, which is 12 times slower than what is done here.
There a convolution is gathered slices of the image and one product of matrices; everywhere
else it is the library's own. `lax.platform_dependent` chooses when a program is compiled.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

AXES = ("NHWC", "HWIO", "NHWC")  # of images, kernels and the images that come out
Pairs = Sequence[tuple[int, int]]
# Numbers in the slices that are gathered at once: 1 MB, what a core's cache holds.
PIECE = 2**18


def dot_general(dtype: str, lhs: Array, rhs: Array, dimensions: Any, **others) -> Array:
    """`lax.dot_general` of operands rounded to `dtype`, summed in float32."""
    del others  # a precision and a type that layers offer
    lhs, rhs = lhs.astype(dtype), rhs.astype(dtype)
    return lax.dot_general(lhs, rhs, dimensions, preferred_element_type=jnp.float32)


def convolution(
    dtype: str,
    x: Float[Array, "N H W I"],
    kernel: Float[Array, "h w I O"],
    strides: Sequence[int],
    padding: Pairs,
    *,
    lhs_dilation: Sequence[int] = (1, 1),
    **others,
) -> Float[Array, "N P Q O"]:
    """The convolution of images with a kernel, as a Flax layer asks for it.

        out[n, p, q, o] = sum_ijc x[n, s p + i - low, s q + j - low, c] kernel[i, j, c, o]

    with s the stride, and x zero outside; `padding` is (low, high) of both axes. A
    `lhs_dilation` d above 1 spreads x by d first, with stride 1: the transposed
    convolution. Operands are rounded to `dtype`, sums are float32. Dumoulin & Visin (2016),
    arXiv:1603.07285, has the arithmetic of sizes.
    """
    del others  # groups and dilated kernels, which no layer here has
    pads = tuple(tuple(pair) for pair in padding)
    spread = max(lhs_dilation) > 1
    fast = partial(transposed if spread else gathered, pads=pads)
    steps = tuple(lhs_dilation if spread else strides)
    return lax.platform_dependent(
        *(x.astype(dtype), kernel.astype(dtype)),
        cpu=partial(fast, steps=steps),
        default=partial(
            lax.conv_general_dilated,
            window_strides=tuple(strides),
            padding=pads,
            lhs_dilation=tuple(lhs_dilation),
            dimension_numbers=AXES,
            preferred_element_type=jnp.float32,
        ),
    )


def gathered(x: Array, kernel: Array, pads: Pairs, steps: Sequence[int]) -> Array:
    """The convolution with strides `steps` as gathered slices and one product."""
    sizes = zip(x.shape[1:3], kernel.shape[:2], pads, steps)
    count = [(n + sum(pad) - k) // step + 1 for n, k, pad, step in sizes]
    low = [pad[0] for pad in pads]
    matrix = kernel.reshape(-1, kernel.shape[-1])

    def convolve(images: Array) -> Array:
        slices = windows(images, kernel.shape[:2], steps, low, count)
        return rows_times(slices, matrix)

    return piece_by_piece(convolve, x, math.prod(count) * matrix.shape[0])


def transposed(x: Array, kernel: Array, pads: Pairs, steps: Sequence[int]) -> Array:
    """The convolution of x spread by `steps`: a product, and its slices added in place.

    It is the transpose of gathering: output u is the sum of the slices that would read it.
    """
    height, width, inputs, outputs = kernel.shape
    sizes = zip(x.shape[1:3], kernel.shape[:2], pads, steps)
    size = [step * (n - 1) + 1 + sum(pad) - k + 1 for n, k, pad, step in sizes]
    low = [k - 1 - pad[0] for k, pad in zip(kernel.shape, pads)]
    turned = kernel[::-1, ::-1].transpose(2, 0, 1, 3).reshape(inputs, -1)
    gather = lambda image: windows(image, (height, width), steps, low, x.shape[1:3])

    def convolve(images: Array) -> Array:
        slices = rows_times(images, turned)
        result = jax.ShapeDtypeStruct((images.shape[0], *size, outputs), slices.dtype)
        return jax.linear_transpose(gather, result)(slices)[0]

    return piece_by_piece(convolve, x, math.prod(x.shape[1:3]) * turned.shape[1])


def piece_by_piece(
    convolve: Callable[[Array], Array], x: Float[Array, "N H W I"], of_an_image: int
) -> Float[Array, "N P Q O"]:
    """`convolve(x)`, some images after others where their slices outgrow the cache.

    `of_an_image` is how many numbers the slices of one image are. Those of a piece are
    computed anew in the backward pass, and never all of them are held.
    """
    images = x.shape[0]
    # An exported program may be of any number of images, which cannot be cut.
    if not isinstance(images, int) or images * of_an_image <= PIECE:
        return convolve(x)
    most = max(1, PIECE // of_an_image)
    size = next(n for n in range(most, 0, -1) if images % n == 0)
    pieces = x.reshape(images // size, size, *x.shape[1:])
    out = lax.map(jax.checkpoint(convolve), pieces)
    return out.reshape(images, *out.shape[2:])


def rows_times(x: Array, matrix: Array) -> Array:
    """The last axis of x times a matrix, summed in float32, as a product of matrices."""
    rows = x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
    out = lax.dot(rows, matrix, preferred_element_type=jnp.float32)
    return out.reshape(*x.shape[:-1], matrix.shape[-1])


def windows(
    x: Array,
    kernel: Sequence[int],
    steps: Sequence[int],
    low: Sequence[int],
    count: Sequence[int],
) -> Array:
    """Every window of the images x [N H W C], as rows: [N P Q h w C] with axes joined.

    Windows of size `kernel` begin at `-low`, and there are `count` of them, `steps` apart.
    Images are cut into blocks of `steps` by `steps` pixels first, so that a slice has no
    stride, and pixels that lie side by side in a block are copied together.
    """
    (down, across), (height, width) = steps, kernel
    blocks = [n + (k - 1) // step for n, k, step in zip(count, kernel, steps)]
    high = [
        n * step - size - first
        for n, step, size, first in zip(blocks, steps, x.shape[1:3], low)
    ]
    edges = [(first, last, 0) for first, last in zip(low, high)]
    x = lax.pad(x, jnp.zeros((), x.dtype), ((0, 0, 0), *edges, (0, 0, 0)))
    images, channels = x.shape[0], x.shape[-1]
    x = x.reshape(images, blocks[0], down, blocks[1], across * channels)
    slices = []
    for i in range(height):
        for j in range(0, width, across):
            rows = slice(i // down, i // down + count[0])
            columns = slice(j // across, j // across + count[1])
            used = min(across, width - j) * channels
            slices.append(x[:, rows, i % down, columns, :used])
    return jnp.concatenate(slices, axis=-1)
