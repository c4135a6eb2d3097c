"""What the layers of a network have in common, as a config names it."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array

from vae_jax.errors import UserError
from vae_jax.models.layers.products import convolution, dot_general

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": nn.relu,
    "silu": nn.silu,
    "gelu": nn.gelu,
    "elu": nn.elu,
    "leaky_relu": partial(nn.leaky_relu, negative_slope=0.2),
    "tanh": jnp.tanh,
}
NORMALISATIONS = ("none", "group", "layer")
INITIALISERS = ("lecun", "he", "glorot", "orthogonal", "pytorch")
PRECISIONS = ("float32", "bfloat16")
CHOICES = {
    "activation": tuple(ACTIVATIONS),
    "normalisation": NORMALISATIONS,
    "initialiser": INITIALISERS,
    "precision": PRECISIONS,
}
MAX_GROUPS, CHANNELS_OF_A_GROUP = 32, 4  # of group normalisation: at most, and at least


class Style(NamedTuple):
    """How the layers of a network are made; its methods are used inside a Flax module."""

    activation: str = "relu"
    normalisation: str = "none"
    initialiser: str = "lecun"
    precision: str = "float32"
    remat: bool = False  # whether convolutions are computed anew in the backward pass
    bias: bool = True  # of layers that are normalised

    def act(self, x: Array) -> Array:
        """The activation, of every number."""
        return ACTIVATIONS[self.activation](x)

    def finish(self, x: Array, name: str) -> Array:
        """What follows a hidden layer: its normalisation, if any, and the activation."""
        return self.act(self.norm(x, f"{name}_norm"))

    def norm(self, x: Array, name: str) -> Array:
        """Normalises every image by itself, so that bits do not depend on the batch.

        "group": groups of channels to mean 0 and variance 1, with a scale and a shift for
        each channel; "layer" is one group. Wu & He (2018), arXiv:1803.08494.
        """
        if self.normalisation == "none":
            return x
        groups = 1 if self.normalisation == "layer" else groups_of(x.shape[-1])
        return nn.GroupNorm(num_groups=groups, name=name)(x)

    def dense(self, x: Array, width: int, name: str, bias: bool = True) -> Array:
        """A dense layer of the last axis."""
        layer = nn.Dense(
            width,
            use_bias=bias,
            kernel_init=kernel_init(self.initialiser),
            bias_init=bias_init(self.initialiser, x.shape[-1]),
            dot_general=partial(dot_general, self.precision),
            name=name,
        )
        return layer(x)

    def conv(
        self,
        x: Array,
        width: int,
        name: str,
        *,
        kernel: int = 3,
        stride: int = 1,
        up: int = 1,
        bias: bool = True,
    ) -> Array:
        """A convolution of images [N H W C] that keeps, divides or multiplies their size.

        `stride` divides it, rounded up; `up` multiplies it, by a transposed convolution.
        Their paddings are one another's transpose.
        """
        if up > 1:
            low = kernel - 1 - max(kernel - up, 0) // 2
            padding: Any = ((low, kernel + up - 2 - low),) * 2
            fan_in = kernel**2 * (width if self.initialiser == "pytorch" else x.shape[-1])
        else:
            padding = tuple(same(size, kernel, stride) for size in x.shape[1:3])
            fan_in = kernel**2 * x.shape[-1]
        layer = (nn.remat(nn.Conv) if self.remat else nn.Conv)(
            width,
            (kernel, kernel),
            (stride, stride),
            padding=padding,
            input_dilation=(up, up),
            use_bias=bias,
            kernel_init=kernel_init(self.initialiser, up > 1),
            bias_init=bias_init(self.initialiser, fan_in),
            conv_general_dilated=partial(convolution, self.precision),
            name=name,
        )
        return layer(x)


def style_of(**settings: Any) -> Style:
    """The style that the settings of a network select; a wrong one is a `UserError`."""
    for name, choices in CHOICES.items():
        value = settings.get(name, choices[0])
        if value not in choices:
            raise UserError(
                f"config.network.{name}: {value!r} is not known; there are: "
                f"{', '.join(choices)}"
            )
    remat = settings.get("remat", False)
    if not isinstance(remat, bool):
        raise UserError(f"config.network.remat: {remat!r} is not True or False")
    return Style(**settings)


def groups_of(width: int) -> int:
    """The groups that so many channels are normalised in: the most that divide them."""
    most = min(MAX_GROUPS, max(1, width // CHANNELS_OF_A_GROUP))
    return next(n for n in range(most, 0, -1) if width % n == 0)


def same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """The padding with which a convolution divides a size by its stride, rounded up."""
    needed = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return needed // 2, needed - needed // 2


def kernel_init(name: str, is_transposed: bool = False) -> Callable[..., Array]:
    """The initialiser of a kernel, by its name.

    `lecun`: normal of variance 1 / inputs (LeCun et al., 1998); `he`: 2 / inputs (He et
    al., 2015, arXiv:1502.01852); `glorot`: uniform of variance 2 / (inputs + outputs)
    (Glorot & Bengio, 2010); `orthogonal` (Saxe et al., 2014, arXiv:1312.6120); `pytorch`:
    uniform within 1 / sqrt(inputs), as PyTorch's layers start, which of a transposed
    convolution count the outputs as inputs.
    """
    initialisers = nn.initializers
    if name == "pytorch":
        inputs, outputs = (-1, -2) if is_transposed else (-2, -1)
        axes = {"in_axis": inputs, "out_axis": outputs}
        return initialisers.variance_scaling(1 / 3, "fan_in", "uniform", **axes)
    return {
        "lecun": initialisers.lecun_normal(),
        "he": initialisers.he_normal(),
        "glorot": initialisers.glorot_uniform(),
        "orthogonal": initialisers.orthogonal(),
    }[name]


def bias_init(name: str, inputs: int) -> Callable[..., Array]:
    """The initialiser of a bias: 0, but uniform within 1 / sqrt(inputs) for `pytorch`."""
    if name != "pytorch":
        return nn.initializers.zeros_init()
    bound = 1.0 / math.sqrt(inputs)

    def init(key, shape, dtype=jnp.float32):
        return jax.random.uniform(key, shape, dtype, -bound, bound)

    return init


def widths(name: str, value: Any, least: int = 0) -> tuple[int, ...]:
    """A network's list of widths, checked: positive whole numbers, at least so many."""
    is_list = isinstance(value, tuple | list) and len(value) >= least
    if not is_list or not all(is_positive(width) for width in value):
        raise UserError(f"config.network.{name}: {value} is not a list of positive widths")
    return tuple(value)


def positive(name: str, value: Any) -> int:
    """A network's positive whole number, checked."""
    if not is_positive(value):
        raise UserError(f"config.network.{name}: {value!r} is not a positive whole number")
    return value


def is_positive(value: Any) -> bool:
    """Whether a value is a positive whole number; True is none."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
