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

import numpy as np

from vae_jax.data.dataset import Dataset, make_dataset
from vae_jax.errors import UserError

TRAIN, TEST = ("train",), ("t10k", "test")
UNSIGNED_BYTE = 8
CHUNK = 2**24  # bytes


def idx(path: str) -> Dataset:
    """The folder's train and test images (256 levels), with labels where it has them."""
    folder = Path(str(path))
    if not folder.is_dir():
        raise UserError(f"dataset.path: {path} is not a folder of idx files")
    train, train_labels = read_split(folder, TRAIN)
    test, test_labels = read_split(folder, TEST)
    if train.shape[1:] != test.shape[1:]:
        raise UserError(
            f"dataset.path: {path}: training images are {train.shape[1:]}, "
            f"test images {test.shape[1:]}; they must have one size"
        )
    name = folder.resolve().name
    return make_dataset(name, train, test, train_labels, test_labels, levels=256)


def read_split(
    folder: Path, prefixes: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray | None]:
    """Images `[N, H, W]` of one split and, where there is such a file, labels `[N]`.

    No images, and labels that are not as many as the images, are `UserError`s.
    """
    image_file = find(folder, prefixes, "images-idx3-ubyte")
    if image_file is None:
        names = " or ".join(f"{prefix}-images-idx3-ubyte[.gz]" for prefix in prefixes)
        raise UserError(f"dataset.path: no {names} in {folder}")
    images = read_idx(image_file, dimensions=3)
    if not len(images):
        raise UserError(f"{image_file}: holds no images")
    label_file = find(folder, prefixes, "labels-idx1-ubyte")
    if label_file is None:
        return images, None
    labels = read_idx(label_file, dimensions=1).astype(np.int32)
    if len(labels) != len(images):
        raise UserError(
            f"{image_file}: {len(images)} images, but {len(labels)} labels in {label_file}"
        )
    return images, labels


def find(folder: Path, prefixes: tuple[str, ...], ending: str) -> Path | None:
    """The first file of a split with that ending, plain before gzipped; None without."""
    for prefix in prefixes:
        for suffix in ("", ".gz"):
            file = folder / f"{prefix}-{ending}{suffix}"
            if file.exists():
                return file
    return None


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
