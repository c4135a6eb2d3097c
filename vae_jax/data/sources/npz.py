"""A user's own images: one array of an .npz file. Nothing in it is ever unpickled."""

import zipfile
from pathlib import Path

import numpy as np

from vae_jax.data.dataset import Dataset, make_dataset, split_rows
from vae_jax.errors import UserError
from vae_jax.storage import arrays

MAX_LEVELS = 65_536


def npz(path: str, array: str = "", labels: str = "") -> Dataset:
    """Images [N, H, W] or [N, D], integers from 0 or floats in [0, 1]; a fifth tests.

    `array` and `labels` name arrays of the file; unset, they are `images` (or the only
    array) and `labels` (if there). The largest integer found is white, 1.0.
    """
    file = Path(str(path))
    images, all_labels = read_arrays(file, array, labels)
    levels = check_images(file, images)
    if all_labels is not None:
        if all_labels.shape != images.shape[:1] or all_labels.dtype.kind not in "iu":
            raise UserError(
                f"{file}: labels are {all_labels.dtype} {list(all_labels.shape)}; expected "
                f"integers [{len(images)}]"
            )
        all_labels = all_labels.astype(np.int32)
    train, test = split_rows(len(images))
    labels_of = lambda rows: None if all_labels is None else all_labels[rows]
    return make_dataset(
        file.stem, images[train], images[test], labels_of(train), labels_of(test), levels
    )


def read_arrays(
    file: Path, array: str, labels: str
) -> tuple[np.ndarray, np.ndarray | None]:
    """The images and, where there are any, the labels of an .npz file.

    `array` and `labels` name them, or are empty. A missing array and a damaged file are
    `UserError`s.
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
            return read(image_name), read(label_name)
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


def check_images(file: Path, images: np.ndarray) -> int:
    """The number of grey levels (0 for floats), or a `UserError` on a bad array."""
    if images.ndim not in (2, 3) or 0 in images.shape:
        raise UserError(
            f"{file}: images have shape {list(images.shape)}; expected [N, H, W] or [N, D]"
        )
    if images.dtype.kind not in "biuf":
        raise UserError(f"{file}: images are {images.dtype}; expected numbers")
    low, high = images.min(), images.max()
    if images.dtype.kind == "f":
        if not (low >= 0 and high <= 1):  # also false for NaN
            raise UserError(f"{file}: floats from {low} to {high}; expected 0 to 1")
        return 0
    if low < 0 or high >= MAX_LEVELS:
        raise UserError(
            f"{file}: integers from {low} to {high}; expected 0 to {MAX_LEVELS - 1} at most"
        )
    return max(int(high) + 1, 2)
