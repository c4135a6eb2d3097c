"""Whatever lies at a path: which source reads it is told by what is there, not by names."""

from pathlib import Path
from typing import Any

from vae_jax import registry
from vae_jax.data.dataset import Dataset
from vae_jax.data.images.decode import ENDINGS
from vae_jax.data.sources import cifar, idx, parquet
from vae_jax.errors import UserError

ARRAYS = (b"\x93NUMPY", b"PK\x03\x04")  # how .npy and .npz begin
DIGITS = "digits"


def path(path: str, **settings: Any) -> Dataset:
    """The data set at a path, by the source that reads what is there, with its settings.

    An .npy or .npz, a folder of idx files, of CIFAR's binary files, of Parquet or Arrow
    files, or of images, or one Parquet or Arrow file. Anything else is a `UserError`.
    """
    place = Path(str(path)).expanduser()
    return registry.build(
        "dataset", {"name": recognised(place), "path": str(place), **settings}
    )


def recognised(place: Path) -> str:
    """The name of the source that reads what lies at a path; a `UserError` without one."""
    if place.is_dir():
        return of_folder(place)
    try:
        with open(place, "rb") as stream:
            head = stream.read(8)
    except OSError as error:
        raise UserError(f"dataset.path: {place}: {error.strerror or error}") from None
    if head.startswith(parquet.MAGIC):
        return "parquet"
    if head.startswith(ARRAYS) or place.suffix in (".npz", ".npy"):
        return "npz"
    if place.suffix.lower() in ENDINGS:
        raise UserError(
            f"dataset.path: {place} is one image; name the folder with all of them"
        )
    raise UserError(
        f"dataset.path: {place} is none of .npy, .npz, Parquet and Arrow files, or a "
        "folder of images, idx files or CIFAR's binary files"
    )


def of_folder(folder: Path) -> str:
    """The name of the source that reads a folder."""
    if any(idx.sets_in(folder).values()):
        return "idx"
    names = (*cifar.PICKLES, *cifar.CIFAR_10.train[:1], *cifar.CIFAR_100.train)
    if any((folder / within / name).exists() for within in cifar.WITHIN for name in names):
        return "cifar"
    return "parquet" if parquet.files_in(folder) else "folder"
