"""Folders in MNIST's own idx format, gzipped or not: MNIST, Fashion-MNIST, KMNIST, ...

Format: two zero bytes, a type (8: unsigned byte), the number of dimensions, each
dimension as a big-endian 32-bit integer, then the data (LeCun, Cortes & Burges, 1998).
"""

import gzip
import math
import struct
import zlib
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import numpy as np

from vae_jax.data import white
from vae_jax.data.dataset import Dataset, make_dataset
from vae_jax.data.display import INK
from vae_jax.errors import UserError

TRAIN, TEST = ("train",), ("t10k", "test")
IMAGES, LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"
UNSIGNED_BYTE = 8
CHUNK = 2**24  # bytes


def idx(path: str, levels: Any = None) -> Dataset:
    """The folder's train and test images, with labels where it has them.

    `levels` - 1 is white, 1.0; unset, white is 255, or 1 where only 0 and 1 occur.
    """
    folder = Path(str(path))
    if not folder.is_dir():
        raise UserError(f"dataset.path: {path} is not a folder of idx files")
    train, train_labels, train_notes = read_split(folder, TRAIN)
    test, test_labels, test_notes = read_split(folder, TEST)
    if train.shape[1:] != test.shape[1:]:
        raise UserError(
            f"dataset.path: {path}: training images are {train.shape[1:]}, "
            f"test images {test.shape[1:]}; they must have one size"
        )
    found = white.decide(str(folder), (train, test), levels)
    return make_dataset(
        folder.resolve().name,
        train,
        test,
        train_labels,
        test_labels,
        found.levels,
        found.decided,
        (*found.notes, *train_notes, *test_notes),
        display=INK,  # as MNIST and its kin have it
    )


def read_split(
    folder: Path, prefixes: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray | None, list[str]]:
    """Images `[N, H, W]` of one split, its labels `[N]` if it has them, lines to tell.

    No images, and labels that are not as many as the images, are `UserError`s. Where there
    are no labels, a line names the files that may be them.
    """
    image_file = find(folder, prefixes, IMAGES)
    if image_file is None:
        names = " or ".join(f"{prefix}-{IMAGES}[.gz]" for prefix in prefixes)
        raise UserError(f"dataset.path: no {names} in {folder}")
    images = read_idx(image_file, dimensions=3)
    if not images.size:
        raise UserError(
            f"{image_file}: holds {len(images)} images of shape {list(images.shape[1:])}; "
            "at least one is needed, of at least one pixel"
        )
    label_file = find(folder, prefixes, LABELS)
    if label_file is None:
        return images, None, misnamed(folder, prefixes)
    labels = read_idx(label_file, dimensions=1).astype(np.int32)
    if len(labels) != len(images):
        raise UserError(
            f"{image_file}: {len(images)} images, but {len(labels)} labels in {label_file}"
        )
    return images, labels, []


def find(folder: Path, prefixes: tuple[str, ...], ending: str) -> Path | None:
    """The first file of a split with that ending, plain before gzipped; None without.

    `train-images.idx3-ubyte` is another spelling of `train-images-idx3-ubyte`.
    """
    for prefix in prefixes:
        for spelling in (ending, ending.replace("-idx", ".idx")):
            for suffix in ("", ".gz"):
                file = folder / f"{prefix}-{spelling}{suffix}"
                if file.exists():
                    return file
    return None


def misnamed(folder: Path, prefixes: tuple[str, ...]) -> list[str]:
    """A line on files that may be a split's labels under another name; none without."""
    seen = sorted(file.name for file in folder.iterdir() if "label" in file.name.lower())
    own = [name for name in seen if any(prefix in name.lower() for prefix in prefixes)]
    if not own:
        return []
    return [
        f"{folder}: no labels: {', '.join(own)} not read; the name of labels is "
        f"{prefixes[0]}-{LABELS}[.gz]"
    ]


def read_idx(file: Path, dimensions: int) -> np.ndarray:
    """The array of an idx file of unsigned bytes, with that many dimensions.

    A file of another kind, a truncated or a damaged one is a `UserError`.
    """
    opener = gzip.open if file.suffix == ".gz" else open
    try:
        with opener(file, "rb") as stream:
            header = stream.read(4 + 4 * dimensions)
            if len(header) < 4 + 4 * dimensions:
                raise UserError(f"{file}: truncated in its header")
            zero, type_code, rank, *shape = struct.unpack(f">HBB{dimensions}I", header)
            if (zero, type_code, rank) != (0, UNSIGNED_BYTE, dimensions):
                raise UserError(
                    f"{file}: not an idx file of unsigned bytes in {dimensions} dimensions"
                )
            size = math.prod(shape)
            data = read_at_most(stream, size + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{file}: truncated or damaged gzip file ({error})") from None
    except OSError as error:
        raise UserError(f"{file}: {error.strerror or error}") from None
    if len(data) != size:
        fault = "truncated" if len(data) < size else "longer than its header says"
        raise UserError(f"{file}: {fault}; {size} bytes of data are promised")
    return np.frombuffer(data, np.uint8).reshape(shape)


def read_at_most(stream: BufferedIOBase, size: int) -> bytes:
    """Up to `size` bytes, allocated as they come: a header may promise anything."""
    chunks = []
    while size > 0 and (chunk := stream.read(min(size, CHUNK))):
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)
