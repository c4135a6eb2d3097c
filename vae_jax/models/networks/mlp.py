"""Multilayer perceptrons with ReLU: 64-256-2 for the digits, 784-256-2 for MNIST.

Kingma & Welling (2014), appendix C, arXiv:1312.6114, with ReLU for tanh.
"""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from vae_jax.errors import UserError
from vae_jax.types import Network, Params, PRNGKey


class MLP(nn.Module):
    """A perceptron: hidden ReLU layers of the given widths, then a linear output."""

    hidden: tuple[int, ...]
    outputs: int

    @nn.compact
    def __call__(self, x: Float[Array, "*B inputs"]) -> Float[Array, "*B outputs"]:
        for i, width in enumerate(self.hidden):
            x = nn.relu(nn.Dense(width, name=f"hidden_{i}")(x))
        return nn.Dense(self.outputs, name="output")(x)


def mlp(
    data_shape: tuple[int, ...],
    latents: int,
    encoder_outputs: int,
    decoder_outputs: int,
    hidden: Sequence[int] = (256,),
) -> Network:
    """An encoder of hidden layers of the given widths, and a decoder of the reverse.

    Mean and log-variance come from one matrix product, as the encoder's one output: on
    CPU it is a quarter faster than two products of half the width. A `UserError` for
    widths that are not positive whole numbers.
    """
    if not isinstance(hidden, tuple | list) or not all(
        isinstance(width, int) and width > 0 for width in hidden
    ):
        raise UserError(f"config.network.hidden: {hidden} is not a list of positive widths")
    hidden = tuple(hidden)
    encoder, decoder = MLP(hidden, encoder_outputs), MLP(hidden[::-1], decoder_outputs)

    def init(key: PRNGKey) -> Params:
        encoder_key, decoder_key = jax.random.split(key)
        return {
            "encoder": encoder.init(encoder_key, jnp.zeros((1, math.prod(data_shape))))[
                "params"
            ],
            "decoder": decoder.init(decoder_key, jnp.zeros((1, latents)))["params"],
        }

    def encode(params: Params, x: Float[Array, "*B D"]) -> Float[Array, "*B P"]:
        return encoder.apply({"params": params["encoder"]}, x)

    def decode(params: Params, z: Float[Array, "*B K"]) -> Float[Array, "*B C"]:
        return decoder.apply({"params": params["decoder"]}, z)

    first = "hidden_0" if hidden else "output"
    return Network(init, encode, decode, first_kernel=(first, "kernel"))
