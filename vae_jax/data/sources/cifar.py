"""CIFAR-10 and CIFAR-100 in their binary version: 32x32 in colour (Krizhevsky, 2009).

Each image is its labels, a byte each, then 1,024 bytes of red, of green and of blue. The
other version of these files is Python's pickles, which are programs, and are not read.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from vae_jax.data.dataset import Dataset
from vae_jax.data.display import LIGHT
from vae_jax.data.found import Found, assembled
from vae_jax.errors import UserError

SIDE, PIXELS = 32, 3 * 32 * 32


class Version(NamedTuple):
    """The files of one of the two, and what stands before an image."""

    name: str
    train: tuple[str, ...]
    test: str
    names: str  # the file of the labels' names
    label_bytes: int  # the last of which is the label


CIFAR_10 = Version(
    "cifar10",
    tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    "test_batch.bin",
    "batches.meta.txt",
    1,
)
CIFAR_100 = Version("cifar100", ("train.bin",), "test.bin", "fine_label_names.txt", 2)
WITHIN = (".", "cifar-10-batches-bin", "cifar-100-binary")
PICKLES = ("cifar-10-batches-py", "cifar-100-python", "batches.meta", "data_batch_1")


def cifar(path: str) -> Dataset:
    """The training and test images of CIFAR-10 or CIFAR-100, by what lies in the folder.

    Labels are the ten classes, or the hundred fine ones, with their names where the file of
    names is there. Missing, truncated and foreign files are `UserError`s.
    """
    folder, version = located(Path(str(path)))
    parts = [read(folder / name, version.label_bytes) for name in version.train]
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts))
    test, test_labels = read(folder / version.test, version.label_bytes)
    found = Found(images, labels, test, test_labels, names=names_of(folder / version.names))
    return assembled(version.name, str(folder), found, display=LIGHT)


def located(folder: Path) -> tuple[Path, Version]:
    """Where the files lie, in a folder or below it, and which of the two they are."""
    for place in (folder / within for within in WITHIN):
        for version in (CIFAR_10, CIFAR_100):
            if (place / version.train[0]).is_file():
                return place, version
    if any((folder / name).exists() for name in PICKLES):
        raise UserError(
            f"dataset.path: {folder} has Python's pickles, which are programs and are not "
            "read: take the binary version of CIFAR"
        )
    raise UserError(
        f"dataset.path: no {CIFAR_10.train[0]} or {CIFAR_100.train[0]} in {folder}"
    )


def read(file: Path, label_bytes: int) -> tuple[np.ndarray, np.ndarray]:
    """Images [N, 32, 32, 3] and labels [N] of a file; a `UserError` if it is not whole."""
    try:
        content = np.fromfile(file, np.uint8)
    except OSError as error:
        raise UserError(f"{file}: {error.strerror or error}") from None
    size = label_bytes + PIXELS
    if not len(content) or len(content) % size:
        raise UserError(f"{file}: {len(content):,} bytes are no whole number of images")
    rows = content.reshape(-1, size)
    images = rows[:, label_bytes:].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    return images, rows[:, label_bytes - 1].astype(np.int32)


def names_of(file: Path) -> tuple[str, ...]:
    """The names of the labels, a line each; none where there is no such file."""
    try:
        return tuple(file.read_text("utf-8", "replace").split())
    except OSError:
        return ()
