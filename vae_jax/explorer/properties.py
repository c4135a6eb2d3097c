"""What can be measured of an image in a number, where it means something.

Ink is measured as strokes; photographs by their light and colour, and by where what stands
out from their border lies. Plain vectors have no such properties. No JAX.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from vae_jax.data.display import INK, LIGHT

LUMA = (0.2126, 0.7152, 0.0722)  # of red, green and blue: Rec. ITU-R BT.709
LEAST = 1e-6  # of a sum that something is divided by

Images = Float[np.ndarray, "N H W C"]
Numbers = Float[np.ndarray, "N"]


class Property(NamedTuple):
    """A measured property, and the images of which it is offered."""

    name: str
    measure: Callable[[Images], Numbers]
    displays: tuple[str, ...]  # "ink", "light"
    colour: bool = False  # only of images in colour


def measured(images: Images, display: str) -> dict[str, Numbers]:
    """The properties of images in [0, 1] that are offered for them, by name.

    Those that are not finite, or the same of all images, are left out; so are all of images
    that are one pixel high or wide.
    """
    if min(images.shape[1:3]) < 2:
        return {}
    in_colour = images.shape[3] >= 3
    offered = [p for p in PROPERTIES if display in p.displays and in_colour >= p.colour]
    found = {p.name: p.measure(images) for p in offered}
    varies = lambda y: np.isfinite(y).all() and np.ptp(y) > LEAST
    return {name: y for name, y in found.items() if varies(y)}


def luma(images: Images) -> Float[np.ndarray, "N H W"]:
    """The light of each pixel: .2126 R + .7152 G + .0722 B; of grey images the grey."""
    return images[..., :3] @ np.array(LUMA) if images.shape[3] >= 3 else images[..., 0]


def thickness(images: Images) -> Numbers:
    """Twice the ink over its outline, in pixels: the width of a long stroke."""
    padded = np.pad(luma(images), ((0, 0), (1, 1), (1, 1)))
    across, down = (np.abs(np.diff(padded, axis=a)).sum(axis=(1, 2)) for a in (2, 1))
    ink = luma(images).sum(axis=(1, 2))
    return 2.0 * ink / np.maximum(np.hypot(across, down), LEAST)


def slant(images: Images) -> Numbers:
    """Pixels to the right per pixel upwards: the slope of the ink's second moments."""
    ink = shares(luma(images))
    rows, columns = np.mgrid[: images.shape[1], : images.shape[2]]
    mean = lambda weights: (ink * weights).sum(axis=(1, 2))
    y, x = mean(rows), mean(columns)
    covariance = mean(rows * columns) - y * x
    return -covariance / np.maximum(mean(np.square(rows)) - np.square(y), LEAST)


def brightness(images: Images) -> Numbers:
    """Mean luma, 0 to 1."""
    return luma(images).mean(axis=(1, 2))


def contrast(images: Images) -> Numbers:
    """Standard deviation of the luma over the pixels, 0 to 1/2."""
    return luma(images).std(axis=(1, 2))


def warmth(images: Images) -> Numbers:
    """Mean red less mean blue, -1 to 1."""
    return (images[..., 0] - images[..., 2]).mean(axis=(1, 2))


def saturation(images: Images) -> Numbers:
    """Mean over the pixels of max - min of red, green and blue, 0 to 1."""
    return np.ptp(images[..., :3], axis=-1).mean(axis=(1, 2))


def across(images: Images) -> Numbers:
    """How far right what stands out lies from the middle, in pixels: its centre."""
    columns = np.arange(images.shape[2]) - (images.shape[2] - 1) / 2.0
    return (standing_out(images) * columns).sum(axis=(1, 2))


def height(images: Images) -> Numbers:
    """How far up what stands out lies from the middle, in pixels: its centre."""
    rows = (images.shape[1] - 1) / 2.0 - np.arange(images.shape[1])
    return (standing_out(images) * rows[:, None]).sum(axis=(1, 2))


def size(images: Images) -> Numbers:
    """Root mean square distance, in pixels, of what stands out from its centre."""
    weights = standing_out(images)
    rows, columns = np.mgrid[: images.shape[1], : images.shape[2]]
    mean = lambda values: (weights * values).sum(axis=(1, 2))
    spread = mean(np.square(rows) + np.square(columns))
    return np.sqrt(np.maximum(spread - mean(rows) ** 2 - mean(columns) ** 2, 0.0))


def standing_out(images: Images) -> Float[np.ndarray, "N H W"]:
    """How much each pixel differs from the median of its image's border, as shares of 1."""
    light = luma(images)
    is_border = np.ones(light.shape[1:], bool)
    is_border[1:-1, 1:-1] = False
    ground = np.median(light[:, is_border], axis=1)
    return shares(np.abs(light - ground[:, None, None]))


def shares(weights: Float[np.ndarray, "N H W"]) -> Float[np.ndarray, "N H W"]:
    """Weights as shares of each image's sum; 0 of an image that has none."""
    return weights / np.maximum(weights.sum(axis=(1, 2), keepdims=True), LEAST)


PROPERTIES = (
    Property("stroke thickness", thickness, (INK,)),
    Property("slant", slant, (INK,)),
    Property("size", size, (INK, LIGHT)),
    Property("brightness", brightness, (LIGHT,)),
    Property("contrast", contrast, (LIGHT,)),
    Property("left to right", across, (LIGHT,)),
    Property("down to up", height, (LIGHT,)),
    Property("warmth", warmth, (LIGHT,), colour=True),
    Property("saturation", saturation, (LIGHT,), colour=True),
)
