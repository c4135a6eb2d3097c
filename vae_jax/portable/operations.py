"""What a graph may be made of, with its meaning in NumPy. No JAX.

Elementwise operations broadcast as NumPy does. `dot` is a product of matrices, or of
batches of them. `largest` and `sum` are over axes. `conv` is a
cross-correlation of [N H W C] with [h w C O], stride 1, over an input that is first
spread out by `spread` (zeros between pixels) and padded by `low` and `high`; `stride`
then thins the result out. A transposed convolution is a `conv` with a spread.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import expit

Settings = dict[str, Any]


def conv(settings: Settings, x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """A cross-correlation of x [N H W C] with a kernel [h w C O], spread and padded."""
    n, height, width, channels = x.shape
    down, across = settings["spread"]
    spread = np.zeros(
        (n, (height - 1) * down + 1, (width - 1) * across + 1, channels), x.dtype
    )
    spread[:, ::down, ::across] = x
    (top, left), (bottom, right) = settings["low"], settings["high"]
    padded = np.pad(spread, ((0, 0), (top, bottom), (left, right), (0, 0)))
    windows = sliding_window_view(padded, kernel.shape[:2], axis=(1, 2))
    rows, columns = settings["stride"]
    return np.einsum("nhwcij,ijco->nhwo", windows[:, ::rows, ::columns], kernel)


def cut(settings: Settings, x: np.ndarray) -> np.ndarray:
    """A part of an array: x[start:stop] along every axis."""
    return x[tuple(map(slice, settings["start"], settings["stop"]))]


def elementwise(function: Callable[..., np.ndarray]):
    """An operation that has no settings, from a NumPy function."""
    return lambda settings, *inputs: function(*inputs)


ELEMENTWISE: dict[str, Callable[..., np.ndarray]] = {
    name: elementwise(function)
    for name, function in {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "div": np.divide,
        "max": np.maximum,
        "min": np.minimum,
        "pow": np.power,
        "neg": np.negative,
        "abs": np.abs,
        "exp": np.exp,
        "expm1": np.expm1,
        "log": np.log,
        "log1p": np.log1p,
        "sqrt": np.sqrt,
        "tanh": np.tanh,
        "logistic": expit,
        "lt": np.less,
        "gt": np.greater,
        "le": np.less_equal,
        "ge": np.greater_equal,
        "select": lambda which, no, yes: np.where(which, yes, no),
    }.items()
}
OPERATIONS: dict[str, Callable[..., np.ndarray]] = {
    **ELEMENTWISE,
    "dot": elementwise(np.matmul),
    "conv": conv,
    "cut": cut,
    "reshape": lambda settings, x: x.reshape(settings["shape"]),
    "transpose": lambda settings, x: x.transpose(settings["axes"]),
    "join": lambda settings, *parts: np.concatenate(parts, settings["axis"]),
    "sum": lambda settings, x: x.sum(tuple(settings["axes"])),
    "largest": lambda settings, x: x.max(tuple(settings["axes"])),
}
