"""What a graph keeps of the parameters that JAX gives its operations. No JAX."""

from collections.abc import Callable
from typing import Any

from vae_jax.errors import UserError

Settings = dict[str, Any]


def of_conv(params: Settings) -> Settings:
    """The settings of a convolution of Flax: spread, stride, and padding low and high.

    One that is not of images [N H W C] and kernels [h w C O] in one group, or whose kernel
    is dilated, is a `UserError`.
    """
    axes = params["dimension_numbers"]
    layout = axes.lhs_spec, axes.rhs_spec, axes.out_spec
    plain = params["feature_group_count"] == 1 and set(params["rhs_dilation"]) == {1}
    if layout != ((0, 3, 1, 2), (3, 2, 0, 1), (0, 3, 1, 2)) or not plain:
        raise UserError("the decoder has a convolution that an exported graph cannot hold")
    low, high = zip(*params["padding"])
    return {
        "spread": list(params["lhs_dilation"]),
        "stride": list(params["window_strides"]),
        "low": list(low),
        "high": list(high),
    }


def of_cut(params: Settings) -> Settings:
    """The settings of a slice: start and stop by axis.

    A slice with steps is a `UserError`.
    """
    if params["strides"] is not None and set(params["strides"]) != {1}:
        raise UserError("the decoder has a slice with steps: an exported graph cannot")
    return {"start": list(params["start_indices"]), "stop": list(params["limit_indices"])}


SETTINGS: dict[str, Callable[[Settings], Settings]] = {
    "sum": lambda params: {"axes": list(params["axes"])},
    "largest": lambda params: {"axes": list(params["axes"])},
    "transpose": lambda params: {"axes": list(params["permutation"])},
}
