"""The convolutional networks of papers, by name, with their layers as published.

Where a paper normalises over the batch, these normalise every image by itself (groups of
channels): a code must not depend on the images beside it. Numbers of parameters are equal.
"""

import math
from collections.abc import Sequence
from typing import Any

from vae_jax.errors import UserError
from vae_jax.models.layers.pair import check_images, pair
from vae_jax.models.layers.style import Style, positive, style_of
from vae_jax.models.networks.conv import Decoder, Encoder, Shape, conv
from vae_jax.types import Network


def burgess(
    data_shape: tuple[int, ...],
    latents: int,
    encoder_outputs: int,
    decoder_outputs: int,
    initialiser: str = "lecun",
    precision: str = "float32",
    remat: Any = False,
) -> Network:
    """Four convolutions of 32 channels and two dense layers of 256, for 64x64 pixels.

    Kernels 4x4, stride 2, ReLU; the decoder mirrors it. Burgess et al. (2018), appendix A,
    arXiv:1804.03599, with 10 latents and Adam at 5e-4. A `UserError` for other images.
    """
    check_size("burgess", data_shape, (64,))
    return conv(
        *(data_shape, latents, encoder_outputs, decoder_outputs),
        **{"features": (32, 32, 32, 32), "hidden": (256, 256), "kernel": 4},
        **{"initialiser": initialiser, "precision": precision, "remat": remat},
    )


def higgins(
    data_shape: tuple[int, ...],
    latents: int,
    encoder_outputs: int,
    decoder_outputs: int,
    initialiser: str = "lecun",
    precision: str = "float32",
    remat: Any = False,
) -> Network:
    """Convolutions of 32, 32, 64 and 64 channels and a dense layer of 256, for 64x64.

    Kernels 4x4, stride 2, ReLU; the decoder mirrors it. Higgins et al. (2017), "beta-VAE",
    table 1, the network of CelebA, with 32 latents and Adam at 1e-4. A `UserError` for
    other images.
    """
    check_size("higgins", data_shape, (64,))
    return conv(
        *(data_shape, latents, encoder_outputs, decoder_outputs),
        **{"features": (32, 32, 64, 64), "hidden": (256,), "kernel": 4},
        **{"initialiser": initialiser, "precision": precision, "remat": remat},
    )


def rae(
    data_shape: tuple[int, ...],
    latents: int,
    encoder_outputs: int,
    decoder_outputs: int,
    width: Any = 128,
    normalisation: str = "group",
    initialiser: str = "glorot",
    precision: str = "float32",
    remat: Any = False,
) -> Network:
    """Convolutions of 128 to 1024 channels, for 32x32 pixels and for 64x64.

    1, 2, 4 and 8 times `width`, stride 2, each normalised, ReLU; kernels 4x4 at 32 pixels
    and 5x5 at 64. The decoder begins with an image of 8x8x1024 and ends with a convolution
    that keeps the size. Ghosh et al. (2020), appendix, arXiv:1903.12436, with 16 latents at
    32 pixels and 64 at 64. A `UserError` for other images.
    """
    size = check_size("rae", data_shape, (32, 64))
    one, two, four, eight = multiples(width)
    style = style_of(
        normalisation=normalisation,
        initialiser=initialiser,
        precision=precision,
        remat=remat,
    )
    return of_layers(
        *(data_shape, latents, encoder_outputs, decoder_outputs),
        kernel=4 if size == 32 else 5,
        encoder=((one, two, four, eight), style, style),
        decoder=((8, 8, eight), (four, two) if size == 32 else (four, two, one), style),
    )


def dcgan(
    data_shape: tuple[int, ...],
    latents: int,
    encoder_outputs: int,
    decoder_outputs: int,
    width: Any = 64,
    normalisation: str = "group",
    initialiser: str = "lecun",
    precision: str = "float32",
    remat: Any = False,
) -> Network:
    """DCGAN's discriminator as the encoder and its generator as the decoder, for 64x64.

    Convolutions of 1, 2, 4 and 8 times `width` channels, kernels 4x4, stride 2, no biases,
    normalised but for the encoder's first; leaky ReLU of slope 0.2 in the encoder, ReLU in
    the decoder. Radford et al. (2016), arXiv:1511.06434, with the kernels of PyTorch's
    example of it, in which `width` is 64 and the generator has 100 latents. A `UserError`
    for other images.
    """
    check_size("dcgan", data_shape, (64,))
    one, two, four, eight = multiples(width)
    style = style_of(
        normalisation=normalisation,
        initialiser=initialiser,
        precision=precision,
        remat=remat,
    )
    down, up = (
        style._replace(bias=False, activation=name) for name in ("leaky_relu", "relu")
    )
    return of_layers(
        *(data_shape, latents, encoder_outputs, decoder_outputs),
        kernel=4,
        encoder=((one, two, four, eight), down, down._replace(normalisation="none")),
        decoder=((4, 4, eight), (four, two, one), up),
    )


def of_layers(
    data_shape: Shape,
    latents: int,
    encoder_outputs: int,
    decoder_outputs: int,
    *,
    kernel: int,
    encoder: tuple[tuple[int, ...], Style, Style],
    decoder: tuple[Shape, tuple[int, ...], Style],
) -> Network:
    """A network of convolutions without dense layers of its own.

    `encoder`: its channels, the style of its layers and of the first; `decoder`: the image
    that it begins with, the channels of what follows, and their style.
    """
    features, style, first_style = encoder
    channels = decoder_outputs // math.prod(data_shape)
    small, back, back_style = decoder
    return pair(
        Encoder(data_shape, features, (), encoder_outputs, kernel, style, first_style),
        Decoder(data_shape, small, back, (), channels, kernel, back_style),
        *(data_shape, latents, "image"),
    )


def multiples(width: Any) -> tuple[int, int, int, int]:
    """1, 2, 4 and 8 times a width, which is checked."""
    width = positive("width", width)
    return width, 2 * width, 4 * width, 8 * width


def check_size(name: str, data_shape: tuple[int, ...], sizes: Sequence[int]) -> int:
    """The side of square images, if it is one of `sizes`; else a `UserError`."""
    check_images(name, data_shape)
    height, width, _ = data_shape
    if height != width or height not in sizes:
        fitting = " or ".join(f"{size}x{size}" for size in sizes)
        raise UserError(
            f"config.network: {name} is for images of {fitting} pixels, not "
            f"{height}x{width}; set config.dataset.size, or take conv or resnet"
        )
    return height
