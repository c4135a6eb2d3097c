"""The record that every dataset loader returns. No JAX: bad data answers at once."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from vae_jax.data import display as displays
from vae_jax.data import labels as label_rules
from vae_jax.data.shards import Rows, Shards
from vae_jax.errors import UserError

TEST_SHARE = 0.2
VALID_SHARE = 0.1
MOST_VALID = 10_000  # validation images of data that memory does not hold
MIN_IMAGES = 10
CHANNELS = (1, 3, 4)  # grey; red, green, blue; and how opaque they are
LOOKED_AT = 2_000  # images, the first ones, by which it is decided how pictures draw them
HASHED = 8_192  # rows that are hashed at once
REAL = "real"  # pixels of any value, for likelihoods of real numbers


class Augment(NamedTuple):
    """Random changes of training images, anew at every step; none by default."""

    crop: int = 0  # pixels by which an image is moved at most
    flip: bool = False  # whether every second is mirrored, left to right


class Dataset(NamedTuple):
    """Images as rows, in the smallest type that holds them, and their labels."""

    train: Rows  # [N, D], integer levels, or float32 in [0, 1] or of any values
    valid: np.ndarray  # the source's own, or taken from `train`; empty where unneeded
    test: np.ndarray
    train_labels: np.ndarray | None  # [N] integers; -1: no label
    test_labels: np.ndarray | None
    shape: tuple[int, ...]  # (H, W, C) of an image, grey C = 1; (D,) of a plain vector
    levels: int  # number of grey levels; 0 for floats
    name: str
    sha256: str
    pixels: str = "grey"  # how they are presented: see `data/pixels.py`
    white: int = 1  # the stored value that is 1.0 to a model, before it is presented
    white_by: str = ""  # how that was decided: "by type: uint8"
    notes: tuple[str, ...] = ()  # what the user has to be told; a line each
    display: str = displays.LIGHT  # how pictures draw them: see `data/display.py`
    span: tuple[float, float] = (0.0, 1.0)  # values that pictures draw as 0 and 1
    scale: tuple[float, float] = (0.0, 1.0)  # values of the source that are 0 and 1 here
    label_names: tuple[str, ...] = ()  # of the labels 0, 1, ...; empty: their numbers
    prepared: Mapping[str, Any] = {}  # what the source did: crop, size, split, ...
    augment: Augment = Augment()

    @property
    def look(self) -> displays.Look:
        """How rows of this data become pictures."""
        return displays.Look(self.shape, self.display, self.span)


def make_dataset(
    name: str,
    train: Rows,
    test: np.ndarray,
    train_labels: np.ndarray | None,
    test_labels: np.ndarray | None,
    levels: int,
    white_by: str = "by the data set",
    notes: tuple[str, ...] = (),
    display: str = "",
    *,
    shape: tuple[int, ...] | None = None,
    valid: np.ndarray | None = None,
    real: bool = False,
    scale: tuple[float, float] = (0.0, 1.0),
    label_names: Sequence[str] = (),
    prepared: Mapping[str, Any] = {},
) -> Dataset:
    """The data set of images, as rows `[N, D]`, with its hash.

    Images are [N, H, W, C] with 1, 3 or 4 channels, or grey [N, H, W]; plain vectors are
    [N, D]. `levels` is the number of levels of whole values, 0 for floats; it picks the
    storage type, and white, which is levels - 1; `white_by` says how it was decided.
    Floats are in [0, 1]; `real` ones may have any value. `notes` are lines to tell the
    user, to which those on labels are added. `display` is how pictures draw images: "ink",
    1.0 is black, "light", 1.0 is white, or "": guessed from their border. `valid` are
    validation images, where the source has its own; `shape` that of an image, where images
    come as rows. `scale`: the source's values that became 0 and 1; `label_names`: of the
    labels 0, 1, ...; `prepared`: what else was done, by name, for the record. Another
    display or shape, fewer than one training or two test images, and images without a
    pixel are `UserError`s.
    """
    displays.check(display)
    shape = shape_of(train) if shape is None else shape
    if 0 in shape or not len(train) or len(test) < 2:
        raise UserError(
            f"dataset: {len(train)} training and {len(test)} test images of shape "
            f"{list(shape)}; at least one and two are needed, of at least one pixel"
        )
    train, test = (as_rows(images, shape, levels) for images in (train, test))
    valid = train[:0] if valid is None else as_rows(valid, shape, levels)
    white = levels - 1 if levels else 1
    own = (valid,) if len(valid) else ()
    sha256 = content_hash(train, test, train_labels, test_labels, *own)
    return Dataset(
        *(train, valid, test, train_labels, test_labels),
        *(shape, levels, name, sha256),
        pixels=REAL if real else "grey",
        white=white,
        white_by=white_by,
        notes=(*notes, *label_rules.notes(train_labels, test_labels, label_names)),
        display=display_of(train, shape, white, real=real, asked=display),
        span=span_of(train) if real else (0.0, 1.0),
        scale=scale,
        label_names=tuple(label_names),
        prepared=dict(prepared),
    )


def as_rows(images: Rows, shape: tuple[int, ...], levels: int) -> Rows:
    """Images as rows [N, D], in the smallest type that holds so many levels, or float32."""
    if isinstance(images, Shards):
        return images
    dtype = np.min_scalar_type(levels - 1) if levels else np.dtype(np.float32)
    return np.ascontiguousarray(images.reshape(len(images), math.prod(shape)), dtype)


def display_of(
    train: Rows, shape: tuple[int, ...], white: int, *, real: bool, asked: str
) -> str:
    """How pictures draw images of a shape: as asked, or guessed; vectors as profiles."""
    if len(shape) == 1:
        return displays.PROFILE
    if asked:
        return asked
    few = train[:LOOKED_AT].reshape(-1, *shape) / np.float32(white)
    return displays.LIGHT if real else displays.guessed(few)


def shape_of(images: np.ndarray) -> tuple[int, ...]:
    """The shape (H, W, C) or (D,) of images [N, H, W, C], [N, H, W] or [N, D].

    A `UserError` where they have another number of axes or of channels.
    """
    shape = images.shape[1:]
    if len(shape) == 2:
        return (*shape, 1)
    if len(shape) == 1 or (len(shape) == 3 and shape[2] in CHANNELS):
        return shape
    raise UserError(
        f"dataset: images of shape {list(images.shape)}; expected [N, H, W, C] with "
        f"{' or '.join(map(str, CHANNELS))} channels, [N, H, W] or [N, D]"
    )


def size_in_words(shape: tuple[int, ...]) -> str:
    """The shape of an image in words: `28x28`, `32x32 in colour`, `5 values`."""
    if len(shape) == 1:
        return f"{shape[0]} value{'s' * (shape[0] != 1)}"
    colours = {1: "", 3: " in colour", 4: " in colour with alpha"}[shape[2]]
    return f"{shape[0]}x{shape[1]}{colours}"


def span_of(rows: np.ndarray) -> tuple[float, float]:
    """The values that pictures of real numbers draw as 0 and 1: nearly their ends."""
    low, high = np.percentile(rows[:LOOKED_AT], (0.1, 99.9)).tolist()
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def with_validation(dataset: Dataset) -> Dataset:
    """The data set with validation images: its own, or a tenth of the training images."""
    if len(dataset.valid):
        return dataset
    count = len(dataset.train)
    order = np.random.RandomState(0).permutation(count)
    cut = count - math.ceil(VALID_SHARE * count)
    kept, held = np.sort(order[:cut]), np.sort(order[cut:])
    labels, train = dataset.train_labels, dataset.train
    if isinstance(train, Shards):
        held = held[:MOST_VALID]
    return dataset._replace(
        train=train.view(kept) if isinstance(train, Shards) else train[kept],
        valid=dataset.train[held],
        train_labels=labels if labels is None else labels[kept],
    )


def content_hash(*arrays: Rows | None) -> str:
    """SHA-256 over the type, shape and bytes of each array, as hexadecimal digits."""
    digest = hashlib.sha256()
    for array in arrays:
        if array is None:
            digest.update(b"none")
            continue
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        cuts = array.pieces(HASHED) if isinstance(array, Shards) else (slice(None),)
        for cut in cuts:
            digest.update(np.ascontiguousarray(array[cut]).data)
    return digest.hexdigest()


def split_rows(
    count: int, share: float = TEST_SHARE, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of the train and test splits: a fixed shuffle, a fifth for testing.

    On the 1,797 digits: 1,437 train, 360 test. The permutation is `RandomState(seed)`'s,
    whose stream NumPy has promised never to change. Fewer than 10 images are a `UserError`.
    """
    if count < MIN_IMAGES:
        raise UserError(
            f"dataset: {count} images are too few to split; {MIN_IMAGES} at least"
        )
    order = np.random.RandomState(seed).permutation(count)
    cut = count - math.ceil(share * count)
    return order[:cut], order[cut:]
