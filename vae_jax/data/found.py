"""What a source found, and how it becomes a data set: axes, white, labels, split."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from vae_jax.data import labels as label_rules
from vae_jax.data import white
from vae_jax.data.dataset import (
    CHANNELS,
    TEST_SHARE,
    Dataset,
    make_dataset,
    split_rows,
)
from vae_jax.errors import UserError


class Found(NamedTuple):
    """Arrays as they lie in a file; without `test` a share of the images tests."""

    images: np.ndarray  # all, or those for training
    labels: np.ndarray | None = None  # of any type
    test: np.ndarray | None = None
    test_labels: np.ndarray | None = None
    valid: np.ndarray | None = None
    names: tuple[str, ...] = ()  # of labels that are whole numbers
    notes: tuple[str, ...] = ()
    prepared: Mapping[str, Any] = {}  # what was done to the images, for the record


class Reading(NamedTuple):
    """How to read what was found: the settings of a data set of arrays."""

    levels: Any = None
    scale: Any = None
    channels: str = ""  # "first" or "last", where the shape alone does not say
    test_share: float = TEST_SHARE
    split_seed: int = 0


AS_FOUND = Reading()


def assembled(
    name: str, source: str, found: Found, how: Reading = AS_FOUND, display: str = ""
) -> Dataset:
    """The data set of what was found; `source` is what errors call it.

    What does not fit together, or cannot be read as images, is a `UserError`.
    """
    check_split(how)
    splits = [found.images, found.test, found.valid]
    splits = [None if x is None else arranged(source, x, how.channels) for x in splits]
    given = [x for x in splits if x is not None]
    if len({x.shape[1:] for x in given}) > 1:
        sizes = " and ".join(str(list(x.shape[1:])) for x in given)
        raise UserError(
            f"{source}: images of the splits are {sizes}; they must have one size"
        )
    decided = white.decide(source, given, how.levels, how.scale)
    train, test, valid = (None if x is None else decided.applied(x) for x in splits)
    counts = [len(train), 0 if test is None else len(test)]
    (labels, test_labels), names = label_rules.encoded(
        source, (found.labels, found.test_labels), counts
    )
    if test is None:
        kept, held = split_rows(len(train), how.test_share, how.split_seed)
        test, train = train[held], train[kept]
        if labels is not None:
            labels, test_labels = labels[kept], labels[held]
    return make_dataset(
        *(name, train, test, labels, test_labels),
        levels=decided.levels,
        white_by=decided.decided,
        notes=(*decided.notes, *found.notes),
        display=display,
        valid=valid,
        real=decided.real,
        scale=decided.scale,
        label_names=names or found.names,
        prepared={**found.prepared, "split": split_in_words(found, how)},
    )


def check_split(how: Reading) -> None:
    """Raises a `UserError` unless the share and the seed of a split are such."""
    share, seed = how.test_share, how.split_seed
    if not (white.is_number(share) and 0.0 < share < 1.0):
        raise UserError(f"config.dataset.test_share: {share!r} is not between 0 and 1")
    if not (isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed < 2**32):
        raise UserError(
            f"config.dataset.split_seed: {seed!r} is not a whole number from 0 on"
        )


def split_in_words(found: Found, how: Reading) -> str:
    """How the test images were chosen: `their own`, or a share and its seed."""
    if found.test is not None:
        return "the source's own"
    return f"{how.test_share:zg} for testing, a permutation of seed {how.split_seed}"


def arranged(source: str, images: np.ndarray, channels: str = "") -> np.ndarray:
    """Images [N, H, W, C], grey ones [N, H, W] and vectors [N, D] of any of their layouts.

    [N, C, H, W] is told by the axis of 1, 3 or 4 channels; where both ends have such a
    length, `channels` ("first", "last") has to say. Other shapes, empty ones, and what are
    no numbers are `UserError`s.
    """
    if channels not in ("", "first", "last"):
        raise UserError(f"config.dataset.channels: {channels!r} is neither first nor last")
    shape = images.shape
    if images.dtype.kind not in "biuf":
        raise UserError(f"{source}: images are {images.dtype}; expected numbers")
    if images.ndim not in (2, 3, 4) or math.prod(shape) == 0:
        raise UserError(
            f"{source}: images have shape {list(shape)}; expected [N, H, W, C], "
            "[N, C, H, W], [N, H, W] or [N, D]"
        )
    if images.ndim < 4:
        return images
    last, first = shape[3] in CHANNELS, shape[1] in CHANNELS
    if channels == "first" or (not channels and first and not last):
        return np.moveaxis(images, 1, 3)
    if not channels and first and last:
        raise UserError(
            f"{source}: images have shape {list(shape)}, and either end may be the "
            "colours: set --config.dataset.channels=last or =first"
        )
    if not last:
        raise UserError(
            f"{source}: images have shape {list(shape)}; expected 1, 3 or 4 channels, "
            "last [N, H, W, C] or first [N, C, H, W]"
        )
    return images
