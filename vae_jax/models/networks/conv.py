"""Convolutions of stride 2 on images, and transposed convolutions back.

As in Burgess et al. (2018), arXiv:1804.03599, with kernels of 3x3 and as many layers as
`features` names.
"""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from vae_jax.errors import UserError
from vae_jax.types import Network, Params, PRNGKey

KERNEL, STRIDE = (3, 3), (2, 2)


class Encoder(nn.Module):
    """Convolutions, each of which halves the image, a hidden layer, a linear output."""

    shape: tuple[int, int, int]
    features: tuple[int, ...]
    hidden: int
    outputs: int

    @nn.compact
    def __call__(self, x: Float[Array, "*B D"]) -> Float[Array, "*B outputs"]:
        leading = x.shape[:-1]
        x = x.reshape(math.prod(leading), *self.shape)
        for i, width in enumerate(self.features):
            x = nn.relu(nn.Conv(width, KERNEL, STRIDE, name=f"conv_{i}")(x))
        x = x.reshape(x.shape[0], math.prod(x.shape[1:]))
        x = nn.relu(nn.Dense(self.hidden, name="hidden")(x))
        return nn.Dense(self.outputs, name="output")(x).reshape(*leading, self.outputs)


class Decoder(nn.Module):
    """A hidden layer, then transposed convolutions, each of which doubles the image."""

    shape: tuple[int, int, int]
    features: tuple[int, ...]
    hidden: int
    channels: int

    @nn.compact
    def __call__(self, z: Float[Array, "*B K"]) -> Float[Array, "*B C"]:
        height, width, colours = self.shape
        small = [-(-size // 2 ** len(self.features)) for size in (height, width)]
        *inner, first = self.features
        x = nn.relu(nn.Dense(self.hidden, name="hidden_0")(z))
        x = nn.relu(nn.Dense(math.prod(small) * first, name="hidden_1")(x))
        x = x.reshape(math.prod(z.shape[:-1]), *small, first)
        for i, wide in enumerate(inner[::-1]):
            x = nn.relu(nn.ConvTranspose(wide, KERNEL, STRIDE, name=f"conv_{i}")(x))
        outputs = self.channels * colours
        x = nn.ConvTranspose(outputs, KERNEL, STRIDE, name="output")(x)[:, :height, :width]
        x = x.reshape(x.shape[0], height, width, self.channels, colours)
        x = jnp.moveaxis(x, 3, 1)  # an output for every value of the image, then the next
        return x.reshape(*z.shape[:-1], outputs * height * width)


def conv(
    data_shape: tuple[int, ...],
    latents: int,
    encoder_outputs: int,
    decoder_outputs: int,
    features: Sequence[int] = (32, 64),
    hidden: int = 256,
) -> Network:
    """A convolutional encoder of images [H W C], and a decoder that mirrors it.

    `features`: the width of each convolution, from the image on; `hidden`: of the dense
    layer between them and the latents. A `UserError` for plain vectors, and for
    widths that are not positive whole numbers.
    """
    if len(data_shape) != 3:
        raise UserError(f"config.network: conv needs images [H, W, C], not {data_shape}")
    numbers = [*features, hidden] if isinstance(features, tuple | list) else []
    if not features or not all(isinstance(n, int) and n > 0 for n in numbers):
        raise UserError(
            f"config.network: features {features} and hidden {hidden} are not a list of "
            "positive widths and one more"
        )
    features, channels = tuple(features), decoder_outputs // math.prod(data_shape)
    encoder = Encoder(data_shape, features, hidden, encoder_outputs)
    decoder = Decoder(data_shape, features, hidden, channels)

    def init(key: PRNGKey) -> Params:
        encoder_key, decoder_key = jax.random.split(key)
        images = jnp.zeros((1, math.prod(data_shape)))
        return {
            "encoder": encoder.init(encoder_key, images)["params"],
            "decoder": decoder.init(decoder_key, jnp.zeros((1, latents)))["params"],
        }

    def encode(params: Params, x: Float[Array, "*B D"]) -> Float[Array, "*B P"]:
        return encoder.apply({"params": params["encoder"]}, x)

    def decode(params: Params, z: Float[Array, "*B K"]) -> Float[Array, "*B C"]:
        return decoder.apply({"params": params["decoder"]}, z)

    return Network(init, encode, decode, first_kernel=("hidden_0", "kernel"))
