"""An encoder and a decoder, two Flax modules, as a `Network` of pure functions."""

import math
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from vae_jax.errors import UserError
from vae_jax.types import Network, Params, PRNGKey


def pair(
    encoder: nn.Module,
    decoder: nn.Module,
    data_shape: tuple[int, ...],
    latents: int,
    first: str,
) -> Network:
    """The network of two modules: `x [*B D] -> [*B P]` and `z [*B K] -> [*B C D]`.

    `first` is the layer of the decoder that reads z.
    """

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

    return Network(init, encode, decode, first_kernel=(first, "kernel"))


def as_images(
    x: Float[Array, "*B D"], shape: tuple[int, int, int]
) -> Float[Array, "N H W C"]:
    """Rows of pixels as images, whatever axes lie before them."""
    return x.reshape(math.prod(x.shape[:-1]), *shape)


def as_outputs(
    x: Float[Array, "N P Q CC"], shape: tuple[int, int, int], leading: tuple[Any, ...]
) -> Float[Array, "*B C"]:
    """Images of C outputs per value, larger than `shape` if need be, as rows [*B, C D].

    First one output of every value of the image, then the next. `leading` sizes are whole
    numbers, or symbols where a program is exported for any number of images.
    """
    height, width, colours = shape
    x = x[:, :height, :width]
    x = x.reshape(x.shape[0], height, width, x.shape[-1] // colours, colours)
    x = jnp.moveaxis(x, 3, 1)
    return x.reshape(*leading, math.prod(x.shape[1:]))


def check_images(name: str, data_shape: tuple[int, ...]) -> None:
    """A `UserError` unless the data are images [H W C], which network `name` needs."""
    if len(data_shape) != 3:
        raise UserError(f"config.network: {name} needs images [H, W, C], not {data_shape}")
