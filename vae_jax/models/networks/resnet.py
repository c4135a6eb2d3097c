"""Residual networks on images: blocks that add to what they are given.

Blocks as in He et al. (2016), "Identity mappings", arXiv:1603.05027, with group
normalisation (Wu & He, 2018, arXiv:1803.08494) and SiLU, as in the autoencoders of
diffusion models (Rombach et al., 2022, arXiv:2112.10752); attention at the lowest size as
there.
"""

import math
from collections.abc import Sequence
from typing import Any

import jax
from flax import linen as nn
from jaxtyping import Array, Float

from vae_jax.errors import UserError
from vae_jax.models.layers.pair import as_images, as_outputs, check_images, pair
from vae_jax.models.layers.style import Style, positive, style_of, widths
from vae_jax.types import Network

Shape = tuple[int, int, int]


class Block(nn.Module):
    """x + conv(act(norm(conv(act(norm(x)))))); x goes through a 1x1 where widths differ."""

    width: int
    style: Style

    @nn.compact
    def __call__(self, x: Float[Array, "N H W I"]) -> Float[Array, "N H W O"]:
        style, width = self.style, self.width
        inner = style.conv(style.finish(x, "first"), width, "first")
        inner = style.conv(style.finish(inner, "second"), width, "second")
        if x.shape[-1] != width:
            x = style.conv(x, width, "shortcut", kernel=1)
        return x + inner


class Attention(nn.Module):
    """x + every pixel's mean of the values of all pixels, weighted by what they share.

    One head: softmax(q k^T / sqrt(C)) v of the normalised x. Vaswani et al. (2017),
    arXiv:1706.03762.
    """

    style: Style

    @nn.compact
    def __call__(self, x: Float[Array, "N H W C"]) -> Float[Array, "N H W C"]:
        images, height, width, channels = x.shape
        pixels = self.style.norm(x, "norm").reshape(images, height * width, channels)
        read = lambda name: self.style.dense(pixels, channels, name)
        queries, keys, values = read("queries"), read("keys"), read("values")
        shared = jax.numpy.einsum("nqc,nkc->nqk", queries, keys) / math.sqrt(channels)
        mixed = jax.numpy.einsum("nqk,nkc->nqc", nn.softmax(shared), values)
        return x + self.style.dense(mixed, channels, "output").reshape(x.shape)


class Trunk(nn.Module):
    """The blocks of one size of image, with attention behind the first where asked."""

    width: int
    blocks: int
    attends: bool
    style: Style

    @nn.compact
    def __call__(self, x: Float[Array, "N H W I"]) -> Float[Array, "N H W O"]:
        block = nn.remat(Block) if self.style.remat else Block
        inner = self.style._replace(remat=False)  # the block is computed anew as a whole
        for i in range(self.blocks):
            x = block(self.width, inner, name=f"block_{i}")(x)
            if self.attends and i == 0:
                x = Attention(inner, name="attention")(x)
        return x


class Encoder(nn.Module):
    """Blocks at the image's size, at half of it, and so on; then a linear output."""

    shape: Shape
    features: tuple[int, ...]
    blocks: int
    attention: bool
    outputs: int
    style: Style

    @nn.compact
    def __call__(self, x: Float[Array, "*B D"]) -> Float[Array, "*B outputs"]:
        leading, style = x.shape[:-1], self.style
        x = style.conv(as_images(x, self.shape), self.features[0], "input")
        for i, width in enumerate(self.features):
            if i:
                x = style.conv(x, width, f"down_{i}", kernel=4, stride=2)
            attends = self.attention and i == len(self.features) - 1
            x = Trunk(width, self.blocks, attends, style, name=f"size_{i}")(x)
        x = style.finish(x, "last")
        return style.dense(
            x.reshape(*leading, math.prod(x.shape[1:])), self.outputs, "output"
        )


class Decoder(nn.Module):
    """A small image from z, blocks at its size, at the double, and so on, and outputs."""

    shape: Shape
    features: tuple[int, ...]  # of the encoder, from the image on
    blocks: int
    attention: bool
    channels: int  # outputs per value of the image
    style: Style

    @nn.compact
    def __call__(self, z: Float[Array, "*B K"]) -> Float[Array, "*B C"]:
        style, halvings = self.style, len(self.features) - 1
        small = [-(-size // 2**halvings) for size in self.shape[:2]]
        x = style.dense(z, math.prod(small) * self.features[-1], "image")
        x = as_images(x, (*small, self.features[-1]))
        for i, width in enumerate(self.features[::-1]):
            if i:
                x = style.conv(x, width, f"up_{i}", kernel=4, up=2)
            attends = self.attention and i == 0
            x = Trunk(width, self.blocks, attends, style, name=f"size_{i}")(x)
        x = style.conv(style.finish(x, "last"), self.channels * self.shape[2], "output")
        return as_outputs(x, self.shape, z.shape[:-1])


def resnet(
    data_shape: tuple[int, ...],
    latents: int,
    encoder_outputs: int,
    decoder_outputs: int,
    features: Sequence[int] = (32, 64, 64),
    blocks: Any = 1,
    attention: Any = False,
    activation: str = "silu",
    normalisation: str = "group",
    initialiser: str = "lecun",
    precision: str = "float32",
    remat: Any = False,
) -> Network:
    """Residual blocks on images [H W C], and a decoder that mirrors them.

    `features`: the channels at the image's size, at half of it, and so on; `blocks`: how
    many at each size; `attention`: whether pixels attend to one another at the lowest. A
    `UserError` for plain vectors, for widths that are not positive whole numbers, and for
    settings that are not known.
    """
    check_images("resnet", data_shape)
    features, blocks = widths("features", features, least=1), positive("blocks", blocks)
    if not isinstance(attention, bool):
        raise UserError(f"config.network.attention: {attention!r} is not True or False")
    style = style_of(
        activation=activation,
        normalisation=normalisation,
        initialiser=initialiser,
        precision=precision,
        remat=remat,
    )
    channels = decoder_outputs // math.prod(data_shape)
    return pair(
        Encoder(data_shape, features, blocks, attention, encoder_outputs, style),
        Decoder(data_shape, features, blocks, attention, channels, style),
        *(data_shape, latents, "image"),
    )
