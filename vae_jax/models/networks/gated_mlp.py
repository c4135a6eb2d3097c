"""Perceptrons of gated layers, the network of Tomczak & Welling's VAEs.

Tomczak & Welling (2018), section 4.2, arXiv:1705.07120: two gated layers of 300 units on
either side. Gates: Dauphin et al. (2017), arXiv:1612.08083.
"""

from collections.abc import Sequence

from flax import linen as nn
from jaxtyping import Array, Float

from vae_jax.models.layers.pair import pair
from vae_jax.models.layers.style import Style, style_of, widths
from vae_jax.types import Network


class GatedMLP(nn.Module):
    """Gated layers of the given widths, then a linear output.

    layer(x) = (A x + a) * sigmoid(B x + b)
    """

    hidden: tuple[int, ...]
    outputs: int
    style: Style

    @nn.compact
    def __call__(self, x: Float[Array, "*B inputs"]) -> Float[Array, "*B outputs"]:
        for i, width in enumerate(self.hidden):
            # Both halves as one product, which is faster than two.
            value_and_gate = self.style.dense(x, 2 * width, f"hidden_{i}")
            x = value_and_gate[..., :width] * nn.sigmoid(value_and_gate[..., width:])
        return self.style.dense(x, self.outputs, "output")


def gated_mlp(
    data_shape: tuple[int, ...],
    latents: int,
    encoder_outputs: int,
    decoder_outputs: int,
    hidden: Sequence[int] = (300, 300),
    initialiser: str = "lecun",
    precision: str = "float32",
) -> Network:
    """An encoder of gated layers of the given widths, and a decoder of the reverse.

    A `UserError` for widths that are not positive whole numbers, and for settings that
    are not known.
    """
    hidden = widths("hidden", hidden)
    style = style_of(initialiser=initialiser, precision=precision)
    encoder = GatedMLP(hidden, encoder_outputs, style)
    decoder = GatedMLP(hidden[::-1], decoder_outputs, style)
    return pair(encoder, decoder, data_shape, latents, "hidden_0" if hidden else "output")
