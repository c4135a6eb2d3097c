"""Folders in MNIST's own idx format, gzipped or not: MNIST, Fashion-MNIST, KMNIST, EMNIST.

Format: two zero bytes, a type (8: unsigned byte), the number of dimensions, each
dimension as a big-endian 32-bit integer, then the data (LeCun, Cortes & Burges, 1998).
"""

import gzip
import math
import re
import struct
import zlib
from collections.abc import Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae_jax.data.dataset import TEST_SHARE, Dataset
from vae_jax.data.display import INK
from vae_jax.data.found import Found, Reading, assembled
from vae_jax.errors import UserError

# As MNIST's are called, EMNIST's, and as unpackers spell them: `train-images.idx3-ubyte`.
NAME = re.compile(
    r"(?P<set>.*?)-?(?P<split>train|t10k|test)-(?P<what>images|labels)[-.]idx[13]-ubyte"
)
WITHIN = ("raw", "*/raw", "*/*/raw", "gzip", "*/gzip")  # as downloaders leave them
TRANSPOSED = "emnist"  # whose images lie on their side (Cohen et al., 2017)
UNSIGNED_BYTE = 8
GZIP = b"\x1f\x8b"
CHUNK = 2**24  # bytes


class Split(NamedTuple):
    """The files of one split."""

    images: Path | None = None
    labels: Path | None = None


def idx(
    path: str,
    prefix: str = "",
    levels: Any = None,
    test_share: Any = TEST_SHARE,
    split_seed: Any = 0,
) -> Dataset:
    """The folder's train and test images, with labels where it has them.

    The files lie in the folder, or in `MNIST/raw` and the like below it. `prefix` chooses
    among several sets, `emnist-letters`; `levels` - 1 is white, 1.0; unset, white is 255,
    or 1 where only 0 and 1 occur. Without test files `test_share` of the images test, by a
    permutation of `split_seed`.
    """
    folder = Path(str(path))
    if not folder.is_dir():
        raise UserError(f"dataset.path: {path} is not a folder of idx files")
    sets = sets_in(folder)
    splits = chosen(folder, sets, prefix)
    if "train" not in splits:
        raise UserError(f"dataset.path: no train-images-idx3-ubyte[.gz] in {folder}")
    train, labels = read_split(splits["train"])
    test, test_labels = read_split(splits["test"]) if "test" in splits else (None, None)
    lying = splits["train"].images.name.lower().startswith(TRANSPOSED)
    if lying:
        train, test = (None if x is None else x.transpose(0, 2, 1) for x in (train, test))
    if test is not None and train.shape[1:] != test.shape[1:]:
        raise UserError(
            f"dataset.path: {path}: training images are {train.shape[1:]}, "
            f"test images {test.shape[1:]}; they must have one size"
        )
    notes = [note for split in splits.values() for note in misnamed(split)]
    prepared = {"turned": "rows and columns exchanged"} if lying else {}
    found = Found(
        *(train, labels, test, test_labels), notes=tuple(notes), prepared=prepared
    )
    how = Reading(levels, test_share=test_share, split_seed=split_seed)
    name = prefix or folder.resolve().name
    return assembled(name, str(folder), found, how, INK)  # as MNIST and its kin have it


def sets_in(folder: Path) -> dict[str, dict[str, Split]]:
    """The sets of idx files in a folder, by what their names begin with, and splits."""
    found: dict[str, dict[str, dict[str, Path]]] = {}
    below = [place for within in WITHIN for place in sorted(folder.glob(within))]
    for place in (folder, *below):
        for file in sorted(place.iterdir()) if place.is_dir() else ():
            name = NAME.fullmatch(file.name.removesuffix(".gz"))
            if name is None:
                continue
            key = f"{place}/{name['set']}" if place != folder else name["set"]
            split = "train" if name["split"] == "train" else "test"
            files = found.setdefault(key, {}).setdefault(split, {})
            files.setdefault(name["what"], file)
    return {
        key: {split: Split(**files) for split, files in own.items()}
        for key, own in found.items()
    }


def chosen(
    folder: Path, sets: dict[str, dict[str, Split]], prefix: str
) -> dict[str, Split]:
    """The splits of the one set that is meant; a `UserError` where that is not clear."""
    fitting = {name: own for name, own in sets.items() if own and name.endswith(prefix)}
    if len(fitting) > 1 and folder.name in ("raw", "gzip"):
        fitting = {name: own for name, own in fitting.items() if "/" not in name}
    if len(fitting) > 1:
        names = ", ".join(sorted(name.rpartition("/")[2] or name for name in fitting))
        raise UserError(
            f"dataset.path: {folder} has several sets: {names}; name one with "
            "--config.dataset.prefix, or the folder with one of them"
        )
    if not fitting:
        raise UserError(f"dataset.path: no train-images-idx3-ubyte[.gz] in {folder}")
    return next(iter(fitting.values()))


def read_split(split: Split) -> tuple[np.ndarray, np.ndarray | None]:
    """Images `[N, H, W]` of one split, and its labels `[N]` if it has them.

    Labels without images, no image, and labels that are not as many as the images, are
    `UserError`s.
    """
    if split.images is None:
        raise UserError(f"{split.labels} has no images beside it")
    images = read_idx(split.images, dimensions=3)
    if not images.size:
        raise UserError(
            f"{split.images}: holds {len(images)} images of shape "
            f"{list(images.shape[1:])}; at least one is needed, of at least one pixel"
        )
    if split.labels is None:
        return images, None
    labels = read_idx(split.labels, dimensions=1).astype(np.int32)
    if len(labels) != len(images):
        raise UserError(
            f"{split.images}: {len(images)} images, but {len(labels)} labels in "
            f"{split.labels}"
        )
    return images, labels


def misnamed(split: Split) -> list[str]:
    """A line on files that may be a split's labels under another name; none without."""
    if split.labels is not None:
        return []
    folder, images = split.images.parent, split.images.name
    marks: Sequence[str] = ("train",) if "train" in images else ("t10k", "test")
    seen = sorted(file.name for file in folder.iterdir() if "label" in file.name.lower())
    own = [name for name in seen if any(mark in name.lower() for mark in marks)]
    if not own:
        return []
    right = images.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    return [
        f"{folder}: no labels: {', '.join(own)} not read; the name of labels is "
        f"{right}[.gz]"
    ]


def read_idx(file: Path, dimensions: int) -> np.ndarray:
    """The array of an idx file of unsigned bytes, with that many dimensions.

    A file of another kind, a truncated or a damaged one is a `UserError`.
    """
    try:
        with open(file, "rb") as stream:  # whatever it is called
            opener = gzip.open if stream.read(len(GZIP)) == GZIP else open
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
