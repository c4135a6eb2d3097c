"""A user's own images: one array of an .npz file. Nothing in it is ever unpickled."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from vae_jax.data import white
from vae_jax.data.dataset import Dataset, make_dataset, split_rows
from vae_jax.data.labels import checked
from vae_jax.errors import UserError
from vae_jax.storage import arrays


def npz(path: str, array: str = "", labels: str = "", levels: Any = None) -> Dataset:
    """Images [N, H, W] or [N, D], integers from 0 or floats in [0, 1]; a fifth tests.

    `array` and `labels` name arrays of the file; unset, they are `images` (or the only
    array) and `labels` (if there). `levels` - 1 is white, 1.0; unset, see `data/white.py`.
    """
    file = Path(str(path))
    images, all_labels, notes = read_arrays(file, array, labels)
    check_images(file, images)
    found = white.decide(str(file), (images,), levels)
    if all_labels is not None:
        all_labels = checked(str(file), all_labels, len(images))
    train, test = split_rows(len(images))
    labels_of = lambda rows: None if all_labels is None else all_labels[rows]
    return make_dataset(
        file.stem,
        images[train],
        images[test],
        labels_of(train),
        labels_of(test),
        found.levels,
        found.decided,
        (*found.notes, *notes),
    )


def read_arrays(
    file: Path, array: str, labels: str
) -> tuple[np.ndarray, np.ndarray | None, list[str]]:
    """The images and, where there are any, the labels of an .npz file; lines to tell.

    `array` and `labels` name them, or are empty. A missing array and a damaged file are
    `UserError`s. Where there are no `labels`, a line names what may be them.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            infos = {i.filename.removesuffix(".npy"): i for i in archive.infolist()}
            names = list(infos)
            label_name = labels or ("labels" if "labels" in names else "")
            image_name = array or default_array(file, names, label_name)
            for name in filter(None, (image_name, label_name)):
                if name not in names:
                    raise UserError(
                        f"{file}: no array {name!r}; there are: {', '.join(names)}"
                    )
            arrays.check_sizes(archive)
            read = lambda name: arrays.read_array(archive, infos[name]) if name else None
            others = [name for name in names if name != image_name]
            note = (
                f"{file}: no labels; if one of {', '.join(others)} has them, set "
                "--config.dataset.labels"
            )
            notes = [note] if others and not label_name else []
            return read(image_name), read(label_name), notes
    except OSError as error:
        raise UserError(f"{file}: {error.strerror or error}") from None
    except zipfile.BadZipFile:
        raise UserError(f"{file}: not an .npz file; numpy.savez writes one") from None
    except UserError:
        raise
    except Exception as error:  # zip, zlib and NumPy raise as they like on damaged files
        raise UserError(f"{file}: damaged ({error})") from None


def default_array(file: Path, names: list[str], label_name: str) -> str:
    """The name of the images: `images`, or the one array that is not the labels.

    A `UserError` where there are several or none.
    """
    others = [name for name in names if name != label_name]
    if "images" in others:
        return "images"
    if len(others) == 1:
        return others[0]
    raise UserError(
        f"{file}: say which array with --config.dataset.array; "
        f"there are: {', '.join(names) or 'none'}"
    )


def check_images(file: Path, images: np.ndarray) -> None:
    """Raises a `UserError` unless an array is of images: its shape, and numbers."""
    if images.ndim not in (2, 3) or 0 in images.shape:
        raise UserError(
            f"{file}: images have shape {list(images.shape)}; expected [N, H, W] or [N, D]"
        )
    if images.dtype.kind not in "biuf":
        raise UserError(f"{file}: images are {images.dtype}; expected numbers")
