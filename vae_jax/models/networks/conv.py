"""Convolutions of stride 2 on images, and transposed convolutions back.

The layout of Burgess et al. (2018), arXiv:1804.03599, with kernels of 3x3 and as many
layers as `features` names; `published.py` has the networks of papers, by name.
"""

import math
from collections.abc import Sequence
from typing import Any

from flax import linen as nn
from jaxtyping import Array, Float

from vae_jax.models.layers.pair import as_images, as_outputs, check_images, pair
from vae_jax.models.layers.style import Style, positive, style_of, widths
from vae_jax.types import Network

Shape = tuple[int, int, int]


class Encoder(nn.Module):
    """Convolutions, each of which halves the image, dense layers, a linear output."""

    shape: Shape
    features: tuple[int, ...]
    hidden: tuple[int, ...]
    outputs: int
    kernel: int
    style: Style
    first_style: Style  # of the first convolution

    @nn.compact
    def __call__(self, x: Float[Array, "*B D"]) -> Float[Array, "*B outputs"]:
        leading, x = x.shape[:-1], as_images(x, self.shape)
        for i, width in enumerate(self.features):
            name, style = f"conv_{i}", self.style if i else self.first_style
            x = style.conv(x, width, name, kernel=self.kernel, stride=2, bias=style.bias)
            x = style.finish(x, name)
        x = x.reshape(*leading, math.prod(x.shape[1:]))
        for i, width in enumerate(self.hidden):
            x = self.style.finish(self.style.dense(x, width, f"hidden_{i}"), f"hidden_{i}")
        return self.style.dense(x, self.outputs, "output")


class Decoder(nn.Module):
    """Dense layers to a small image, then transposed convolutions that double it.

    The last one makes the outputs; where `small` times the doublings are the size of the
    image already, it keeps the size.
    """

    shape: Shape
    small: Shape  # of the image that the dense layers make
    features: tuple[int, ...]  # of the convolutions but the last
    hidden: tuple[int, ...]
    channels: int  # outputs per value of the image
    kernel: int
    style: Style

    @nn.compact
    def __call__(self, z: Float[Array, "*B K"]) -> Float[Array, "*B C"]:
        style, x = self.style, z
        for i, width in enumerate(self.hidden):
            x = style.finish(style.dense(x, width, f"hidden_{i}"), f"hidden_{i}")
        x = style.dense(x, math.prod(self.small), "image", bias=style.bias)
        x = style.finish(as_images(x, self.small), "image")
        for i, width in enumerate(self.features):
            name = f"conv_{i}"
            x = style.conv(x, width, name, kernel=self.kernel, up=2, bias=style.bias)
            x = style.finish(x, name)
        outputs = self.channels * self.shape[2]
        is_small = x.shape[1] < self.shape[0] or x.shape[2] < self.shape[1]
        up = 2 if is_small else 1
        x = style.conv(x, outputs, "output", kernel=self.kernel, up=up, bias=style.bias)
        return as_outputs(x, self.shape, z.shape[:-1])

    @property
    def first(self) -> str:
        """The layer that reads z."""
        return "hidden_0" if self.hidden else "image"


def conv(
    data_shape: tuple[int, ...],
    latents: int,
    encoder_outputs: int,
    decoder_outputs: int,
    features: Sequence[int] = (32, 64),
    hidden: int | Sequence[int] = 256,
    kernel: Any = 3,
    activation: str = "relu",
    normalisation: str = "none",
    initialiser: str = "lecun",
    precision: str = "float32",
    remat: Any = False,
) -> Network:
    """A convolutional encoder of images [H W C], and a decoder that mirrors it.

    `features`: the width of each convolution, from the image on; `hidden`: of the dense
    layers between them and the latents, one or several; `kernel`: the side of the
    convolutions' kernels. A `UserError` for plain vectors, for widths that are not positive
    whole numbers, and for settings that are not known.
    """
    check_images("conv", data_shape)
    features = widths("features", features, least=1)
    dense = widths("hidden", hidden if isinstance(hidden, tuple | list) else (hidden,))
    kernel = positive("kernel", kernel)
    style = style_of(
        activation=activation,
        normalisation=normalisation,
        initialiser=initialiser,
        precision=precision,
        remat=remat,
    )
    small = [-(-size // 2 ** len(features)) for size in data_shape[:2]]
    channels = decoder_outputs // math.prod(data_shape)
    encoder = Encoder(data_shape, features, dense, encoder_outputs, kernel, style, style)
    decoder = Decoder(
        *(data_shape, (*small, features[-1]), features[-2::-1], dense[::-1], channels),
        *(kernel, style),
    )
    return pair(encoder, decoder, data_shape, latents, decoder.first)
