"""How pictures show pixel values: as ink on paper, as light, or as a profile. No JAX.

A scan of handwriting stores how much ink there is, a photograph how much light: drawn by
the other's rule, each is a negative. A vector that is no image is drawn as its profile, a
filled curve over its places. Models see the same numbers either way.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from vae_jax.errors import UserError

INK, LIGHT, PROFILE = "ink", "light", "profile"  # 1.0 is black; 1.0 is white; a curve
CHOICES = (INK, LIGHT)  # of images; vectors are profiles
PAPER, MOSTLY = 0.05, 0.5  # the most that paper holds; how much of a scan's border is it
WIDEST, SLIMMEST = 64, 32  # pixels of a profile
PAPER_WHITE = 255


class Look(NamedTuple):
    """How the rows of a data set become pictures."""

    shape: tuple[int, ...]  # (H, W, C) of an image, C 1, 3 or 4; (D,) of a vector
    display: str  # "ink", "light" or "profile"
    span: tuple[float, float] = (0.0, 1.0)  # the values that are drawn as 0 and 1

    @property
    def frame(self) -> tuple[int, int]:
        """Height and width of a picture, in pixels."""
        if len(self.shape) == 3:
            return self.shape[:2]
        width = self.shape[0] * max(1, -(-SLIMMEST // self.shape[0]))
        return min(max(width // 2, SLIMMEST // 2), WIDEST), width


def check(display: object) -> None:
    """A `UserError` unless `display` is "ink", "light", or "": as the source has it."""
    if display not in ("", *CHOICES):
        raise UserError(
            f"config.dataset.display: {display!r} is not known; "
            f"there are: {', '.join(CHOICES)}"
        )


def guessed(images: Float[np.ndarray, "N H W C"]) -> str:
    """Ink or light, by the border of images in [0, 1].

    Ink where they are grey, more than half of all their borders is paper, at most 0.05,
    and holds less than half of what their insides do on average. Photographs have edges
    like their middle, and colour is light.
    """
    if images.shape[-1] != 1 or min(images.shape[1:3]) < 3:
        return LIGHT
    is_border = np.ones(images.shape[1:3], bool)
    is_border[1:-1, 1:-1] = False
    border, inside = images[:, is_border], images[:, ~is_border]
    is_paper = (border <= PAPER).mean() > MOSTLY
    return INK if is_paper and 2.0 * border.mean() < inside.mean() else LIGHT


def raster(rows: Float[np.ndarray, "*N D"], look: Look) -> UInt8[np.ndarray, "*N h w 3"]:
    """Rows of values as pictures, red, green and blue from 0 to 255.

    Values outside of the look's span are drawn as its ends; what is not finite is paper.
    """
    low, high = look.span
    values = (np.asarray(rows, np.float32) - low) / (high - low)
    if look.display == PROFILE:
        return profiles(values, look)
    pixels = values.reshape(*values.shape[:-1], *look.shape)
    is_paper = ~np.isfinite(pixels).all(axis=-1, keepdims=True)
    levels = np.round(255.0 * np.clip(np.nan_to_num(pixels), 0.0, 1.0)).astype(np.uint8)
    if look.display == INK:
        levels = 255 - levels
    if levels.shape[-1] == 4:  # upon white
        alpha = levels[..., 3:] / np.float32(255.0)
        levels = np.round(alpha * levels[..., :3] + 255.0 * (1.0 - alpha)).astype(np.uint8)
    levels = np.where(is_paper, np.uint8(PAPER_WHITE), levels)
    return np.broadcast_to(levels, (*levels.shape[:-1], 3))


def profiles(
    values: Float[np.ndarray, "*N D"], look: Look
) -> UInt8[np.ndarray, "*N h w 3"]:
    """Vectors, 0 to 1 across their span, as filled curves: dark between value and zero.

    A line is dark at the value itself, so that zeros are seen too.
    """
    height, width = look.frame
    wide = values.repeat(width // values.shape[-1], axis=-1)[..., None, :]
    low, high = look.span
    zero = np.clip((0.0 - low) / (high - low), 0.0, 1.0)
    middle = (np.arange(height, 0, -1)[:, None] - 0.5) / height  # of each line of pixels
    value = np.clip(wide, 0.0, 1.0)
    is_filled = (middle <= np.maximum(value, zero)) & (middle >= np.minimum(value, zero))
    line_of = lambda share: np.floor(np.minimum(share * height, height - 1))
    is_filled |= line_of(middle) == line_of(value)
    drawn = np.where(is_filled & np.isfinite(wide), 40, PAPER_WHITE).astype(np.uint8)
    return np.broadcast_to(drawn[..., None], (*drawn.shape, 3))
