"""Where -log p(x|z) is a likelihood of the stored pixels, and in what units. No JAX."""

import math

from vae_jax.data.pixels import BINARY, DEQUANTIZED, DYNAMIC
from vae_jax.scores.metric_key import CROSS_ENTROPY, NEG_LOG_DENSITY

MASSES = ("binary", "levels")


def why_not_a_likelihood(support: str, levels: int, pixels: str) -> str:
    """Why -log p(x|z) is not a likelihood of these pixels; empty if it is one.

    A mass on {0, 1} does not sum to 1 over grey levels: sum_x p^x (1-p)^(1-x) > 1. A
    density of pixels that only take whole levels has no bound, and no likelihood: narrow
    enough, it is as large at them as one likes (Theis et al., 2016, arXiv:1511.01844).
    """
    whole = levels > 0 or pixels in (BINARY, DYNAMIC)
    if support not in MASSES and whole and pixels != DEQUANTIZED:
        return (
            "the pixels are whole levels, at which a density can be as large as one likes "
            "(config.dataset.pixels: dequantized mends that)"
        )
    if support == "binary" and levels != 2 and pixels != DYNAMIC:
        return "the pixels are grey, and a Bernoulli of grey levels does not sum to 1"
    if support == "levels" and pixels == DEQUANTIZED:
        return "the pixels are dequantised, and the mass is one of whole levels"
    return ""


def named_instead(support: str) -> str:
    """The quantity that an estimate of -log p(x) is where it is no likelihood."""
    return CROSS_ENTROPY if support in MASSES else NEG_LOG_DENSITY


def bits_per_dim(nats: float, dims: int, support: str, levels: int, pixels: str) -> float:
    """Bits per dimension, nats / (D ln 2), of -log p(x) in nats per image.

    Of a density of dequantised pixels it bounds the bits of their mass:

    Theis, van den Oord & Bethge (2016), arXiv:1511.01844: x = (k + u) / levels has
    -log P(k) <= -log p(x) + D log levels.
    """
    if pixels == DEQUANTIZED and support not in MASSES:
        nats += dims * math.log(levels)
    return nats / (dims * math.log(2.0))
