"""Images as a user has them, to what a model is given, and back."""

import math

import numpy as np
from jaxtyping import Float

from vae_jax.data.dataset import Dataset
from vae_jax.data.pixels import BINARY, DEQUANTIZED, DYNAMIC, REAL, rule
from vae_jax.errors import UserError


def unit_rows(images: np.ndarray, dataset: Dataset) -> Float[np.ndarray, "n D"]:
    """Images [..., H, W, C] as rows of the values that the run presented to its models.

    Grey images may be [..., H, W]; plain vectors are [..., D]. Whole numbers are stored
    values, from 0 to the data's white; floats are taken as they are, and have to be in
    [0, 1], unless the data is of real values. What a run drew at random is drawn once:
    binary pixels from a fixed seed, unless they are 0 and 1 already, and dequantized ones
    at the middle of their level. Images of another shape, or with other values, are a
    `UserError`.
    """
    images = np.asarray(images)
    leading(images, dataset.shape)
    rows = images.reshape(-1, math.prod(dataset.shape))
    if not (np.issubdtype(rows.dtype, np.number) or rows.dtype == bool):
        raise UserError(f"images: of type {rows.dtype}, which is none of numbers")
    if dataset.pixels == REAL:
        if not np.isfinite(rows).all():
            raise UserError("images: some values are not finite")
        return rows.astype(np.float32)
    whole = np.issubdtype(rows.dtype, np.integer)
    low, high = 0, dataset.white if whole else 1
    if len(rows) and not (rows.min() >= low and rows.max() <= high):
        found = f"{float(rows.min()):zg} to {float(rows.max()):zg}"
        of_floats = "" if dataset.scale == (0.0, 1.0) else f", which is {rule(dataset)}"
        raise UserError(
            f"images: values from {found}; expected whole numbers from 0 to "
            f"{dataset.white}, which is white ({dataset.white_by}), or floats from 0 to 1"
            f"{of_floats}"
        )
    return presented(rows, dataset) if whole else rows.astype(np.float32)


def presented(rows: np.ndarray, dataset: Dataset) -> Float[np.ndarray, "n D"]:
    """Stored whole numbers as a model of this data is given them, in [0, 1]."""
    if dataset.pixels in (BINARY, DYNAMIC):
        if len(rows) and rows.max() <= 1:
            return rows.astype(np.float32)
        u = np.random.default_rng(0).random(rows.shape)
        return (u < rows / dataset.white).astype(np.float32)
    if dataset.pixels == DEQUANTIZED:
        return ((rows + 0.5) / dataset.levels).astype(np.float32)
    return (rows / np.float32(dataset.white)).astype(np.float32)


def leading(images: np.ndarray, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of an array of images in front of that of one of them.

    Grey images, [H, W, 1], may lack their last axis. A `UserError` for another shape.
    """
    found = np.shape(images)
    for own in (shape, shape[:2]) if shape[2:] == (1,) else (shape,):
        if found[max(len(found) - len(own), 0) :] == own:
            return found[: len(found) - len(own)]
    raise UserError(
        f"images: of shape {list(found)}; an image of this run is "
        f"{list(shape)}, and several are {['n', *shape]}"
    )
