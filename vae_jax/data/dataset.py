"""The record that every dataset loader returns. No JAX: bad data answers at once."""

import hashlib
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from vae_jax.data import labels as label_rules
from vae_jax.data import shown as ways_to_show
from vae_jax.errors import UserError

TEST_SHARE = 0.2
VALID_SHARE = 0.1
MIN_IMAGES = 10


class Dataset(NamedTuple):
    """Images as rows, in the smallest type that holds them, and their labels."""

    train: np.ndarray  # [N, D], integer levels, or float32 in [0, 1]
    valid: np.ndarray  # taken from `train`; empty where nothing needs it
    test: np.ndarray
    train_labels: np.ndarray | None  # [N] integers; -1: no label
    test_labels: np.ndarray | None
    shape: tuple[int, ...]  # of one image; its product is D
    levels: int  # number of grey levels; 0 for floats
    name: str
    sha256: str
    pixels: str = "grey"  # how they are presented: see `data/pixels.py`
    white: int = 1  # the stored value that is 1.0 to a model, before it is presented
    white_by: str = ""  # how that was decided: "by type: uint8"
    notes: tuple[str, ...] = ()  # what the user has to be told; a line each
    shown: str = ways_to_show.LIGHT  # how pictures draw them: see `data/shown.py`


def make_dataset(
    name: str,
    train: np.ndarray,
    test: np.ndarray,
    train_labels: np.ndarray | None,
    test_labels: np.ndarray | None,
    levels: int,
    white_by: str = "by the data set",
    notes: tuple[str, ...] = (),
    shown: str = ways_to_show.LIGHT,
) -> Dataset:
    """The data set of images `[N, *shape]`, flattened to rows `[N, D]`, with its hash.

    `levels` is the number of grey levels, 0 for floats; it picks the storage type, and
    white, which is levels - 1; `white_by` says how it was decided. `notes` are lines to
    tell the user, to which those on labels are added. `shown` is how pictures draw pixels:
    "ink", 1.0 is black, or "light", 1.0 is white. Anything else, fewer than one training or
    two test images, and images without a pixel are `UserError`s.
    """
    ways_to_show.check(shown)
    shape = train.shape[1:]
    if 0 in shape or not len(train) or len(test) < 2:
        raise UserError(
            f"dataset: {len(train)} training and {len(test)} test images of shape "
            f"{list(shape)}; at least one and two are needed, of at least one pixel"
        )
    dtype = np.min_scalar_type(levels - 1) if levels else np.dtype(np.float32)
    as_rows = lambda images: np.ascontiguousarray(
        images.reshape(len(images), math.prod(shape)), dtype
    )
    train, test = as_rows(train), as_rows(test)
    sha256 = content_hash(train, test, train_labels, test_labels)
    return Dataset(
        train,
        train[:0],
        test,
        train_labels,
        test_labels,
        shape,
        levels,
        name,
        sha256,
        white=levels - 1 if levels else 1,
        white_by=white_by,
        notes=(*notes, *label_rules.notes(train_labels, test_labels)),
        shown=shown or ways_to_show.LIGHT,
    )


def with_validation(dataset: Dataset) -> Dataset:
    """The data set with a tenth of its training images, a fixed choice, as `valid`."""
    count = len(dataset.train)
    order = np.random.RandomState(0).permutation(count)
    cut = count - math.ceil(VALID_SHARE * count)
    kept, held = np.sort(order[:cut]), np.sort(order[cut:])
    labels = dataset.train_labels
    return dataset._replace(
        train=dataset.train[kept],
        valid=dataset.train[held],
        train_labels=labels if labels is None else labels[kept],
    )


def content_hash(*arrays: np.ndarray | None) -> str:
    """SHA-256 over the type, shape and bytes of each array, as hexadecimal digits."""
    digest = hashlib.sha256()
    for array in arrays:
        if array is None:
            digest.update(b"none")
        else:
            array = np.ascontiguousarray(array)
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()


def split_rows(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of the train and test splits: a fixed shuffle, a fifth for testing.

    On the 1,797 digits: 1,437 train, 360 test. The permutation is `RandomState(0)`'s,
    whose stream NumPy has promised never to change. Fewer than 10 images are a `UserError`.
    """
    if count < MIN_IMAGES:
        raise UserError(
            f"dataset: {count} images are too few to split; {MIN_IMAGES} at least"
        )
    order = np.random.RandomState(0).permutation(count)
    cut = count - math.ceil(TEST_SHARE * count)
    return order[:cut], order[cut:]


def without_images(facts: Mapping[str, Any]) -> Dataset:
    """The data set of a run's record, for what needs its facts and no image of it."""
    none = np.empty((0, math.prod(facts["shape"])), np.float32)
    told = ("levels", "name", "sha256", "pixels", "white", "white_by")
    return Dataset(
        *(none, none, none, None, None),
        shape=tuple(facts["shape"]),
        **{name: facts[name] for name in told},
        shown=recorded_shown(facts),
    )


def describe(dataset: Dataset) -> dict[str, Any]:
    """The facts of a data set that a run's record keeps: name, hash, sizes, white, ..."""
    return {
        "name": dataset.name,
        "sha256": dataset.sha256,
        "train": len(dataset.train),
        "valid": len(dataset.valid),
        "test": len(dataset.test),
        "shape": list(dataset.shape),
        "levels": dataset.levels,
        "pixels": dataset.pixels,
        "white": dataset.white,
        "white_by": dataset.white_by,
        "shown": dataset.shown,
    }


def recorded_shown(facts: Mapping[str, Any]) -> str:
    """How pictures draw the data of a run's record: "ink" or "light".

    Ink where an old record does not say: then all data was drawn so.
    """
    return str(facts.get("shown", ways_to_show.INK))
