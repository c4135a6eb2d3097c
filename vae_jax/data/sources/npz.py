"""A user's own arrays, .npz or .npy files. Nothing in them is ever unpickled."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae_jax.data.dataset import TEST_SHARE, Dataset
from vae_jax.data.found import Found, Reading, assembled
from vae_jax.errors import UserError
from vae_jax.storage import arrays
from vae_jax.storage.files import MAX_ARRAY_BYTES

MAGIC = b"\x93NUMPY"


class Layout(NamedTuple):
    """The names that the arrays of an .npz have, where they are well known."""

    images: str
    labels: str
    test: str = ""
    test_labels: str = ""
    valid: str = ""


LAYOUTS = (
    Layout("images", "labels"),
    Layout("imgs", "latents_classes:1"),  # dSprites (Matthey et al., 2017), by their shape
    Layout("x_train", "y_train", "x_test", "y_test"),  # Keras
    Layout(  # MedMNIST: Yang et al. (2023), arXiv:2110.14795
        *("train_images", "train_labels", "test_images", "test_labels", "val_images")
    ),
)


def npz(
    path: str,
    array: str = "",
    labels: str = "",
    test: str = "",
    test_labels: str = "",
    levels: Any = None,
    scale: Any = None,
    channels: str = "",
    test_share: Any = TEST_SHARE,
    split_seed: Any = 0,
) -> Dataset:
    """Images [N, H, W, C], [N, C, H, W] or [N, H, W], or vectors [N, D], of a file.

    `array`, `labels`, `test` and `test_labels` name arrays of an .npz; unset, they are
    `images` and `labels`, or those of Keras (`x_train`, ...) or MedMNIST (`train_images`,
    ...), or the only array. `NAME:2` is the column 2 of labels; `test` may also be an
    array with a mark for each image (true, 1 or "test"), or another file. Beside an .npy,
    `labels`, `test` and `test_labels` are files. Without `test`, `test_share` of the images
    are, by a permutation of `split_seed`. `levels`, `scale`: see `data/white.py`;
    `channels`: "first" or "last", where the shape does not say.
    """
    file = Path(str(path))
    named = Layout(array, labels, test, test_labels)
    found = of_array(file, named) if is_npy(file) else of_archive(file, named)
    how = Reading(levels, scale, channels, test_share, split_seed)
    return assembled(file.stem, str(file), with_test(found), how)


def is_npy(file: Path) -> bool:
    """Whether a file holds one array, whatever its name; a `UserError` if unreadable."""
    if file.is_dir():
        raise UserError(f"{file}: a folder; --config.dataset.name=path reads what is in it")
    try:
        with open(file, "rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise UserError(f"{file}: {error.strerror or error}") from None


def of_array(file: Path, named: Layout) -> Found:
    """What an .npy holds, and the files beside it that the settings name."""
    beside = lambda name: read_npy(file.parent / name) if name else None
    return Found(
        read_npy(file), beside(named.labels), beside(named.test), beside(named.test_labels)
    )


def read_npy(file: Path) -> np.ndarray:
    """The array of an .npy; damaged, larger than 8 GiB or of objects is a `UserError`."""
    try:
        if file.stat().st_size > MAX_ARRAY_BYTES:
            raise ValueError(f"larger than {MAX_ARRAY_BYTES:,} bytes")
        return np.lib.format.read_array(io.BytesIO(file.read_bytes()), allow_pickle=False)
    except OSError as error:
        raise UserError(f"{file}: {error.strerror or error}") from None
    except Exception as error:  # NumPy raises as it likes on damaged files
        raise UserError(f"{file}: not an array, or damaged ({error})") from None


def of_archive(file: Path, named: Layout) -> Found:
    """What an .npz holds: a missing array and a damaged file are `UserError`s."""
    try:
        with zipfile.ZipFile(file) as archive:
            infos = {i.filename.removesuffix(".npy"): i for i in archive.infolist()}
            arrays.check_sizes(archive)
            layout = layout_of(file, list(infos), named)
            read = lambda name: column_of(file, archive, infos, name)
            if is_file(file, layout.test, infos):
                other = of_archive(file.parent / layout.test, named._replace(test=""))
                return Found(
                    read(layout.images),
                    *(read(layout.labels), other.images, other.labels),
                )
            own = [read(name) for name in layout[:5]]
            notes = () if layout.labels else unread_labels(file, list(infos), layout)
            return Found(*own, notes=notes)
    except OSError as error:
        raise UserError(f"{file}: {error.strerror or error}") from None
    except zipfile.BadZipFile:
        raise UserError(f"{file}: not an .npz file; numpy.savez writes one") from None
    except UserError:
        raise
    except Exception as error:  # zip, zlib and NumPy raise as they like on damaged files
        raise UserError(f"{file}: damaged ({error})") from None


def layout_of(file: Path, names: list[str], named: Layout) -> Layout:
    """The arrays to read: those that are named, or those of a layout that is there.

    A `UserError` where it is not clear which has the images.
    """
    if named.images:
        of_labels = named.labels or ("labels" if "labels" in names else "")
        return named._replace(labels=of_labels)
    for known in LAYOUTS:
        if known.images in names:
            has = lambda name: name.partition(":")[0] in names
            there = Layout(*(name if has(name) else "" for name in known))
            return Layout(*(mine or theirs for mine, theirs in zip(named, there)))
    label_name = named.labels or ("labels" if "labels" in names else "")
    used = {label_name.partition(":")[0], named.test, named.test_labels}
    others = [name for name in names if name not in used]
    if len(others) == 1:
        return named._replace(images=others[0], labels=label_name)
    raise UserError(
        f"{file}: say which array with --config.dataset.array; "
        f"there are: {', '.join(names) or 'none'}"
    )


def is_file(file: Path, name: str, infos: Mapping[str, Any]) -> bool:
    """Whether a name is not that of an array, but of a file beside the archive."""
    return bool(name) and name not in infos and (file.parent / name).is_file()


def column_of(
    file: Path,
    archive: zipfile.ZipFile,
    infos: Mapping[str, zipfile.ZipInfo],
    name: str,
) -> np.ndarray | None:
    """An array by its name, or a column of it, `NAME:2`; None without a name."""
    if not name:
        return None
    own, colon, column = (name, "", "") if name in infos else name.partition(":")
    if own not in infos:
        raise UserError(f"{file}: no array {own!r}; there are: {', '.join(infos)}")
    found = arrays.read_array(archive, infos[own])
    if not colon:
        return found
    if found.ndim != 2 or not column.isdecimal() or int(column) >= found.shape[1]:
        raise UserError(f"{file}: {own!r} of shape {list(found.shape)} has no {column!r}")
    return found[:, int(column)]


def unread_labels(file: Path, names: list[str], layout: Layout) -> tuple[str, ...]:
    """A line on arrays that may be the labels; none without any."""
    others = [name for name in names if name not in layout]
    if not others:
        return ()
    return (
        f"{file}: no labels; if one of {', '.join(others)} has them, set "
        "--config.dataset.labels",
    )


def with_test(found: Found) -> Found:
    """What was found, cut where `test` is not images but a mark for each image."""
    marks = found.test
    if marks is None or marks.shape != found.images.shape[:1]:
        return found
    is_test = marks.astype(str) == "test" if marks.dtype.kind in "US" else marks == 1
    rows = lambda a, where: None if a is None else a[where]
    return found._replace(
        images=found.images[~is_test],
        labels=rows(found.labels, ~is_test),
        test=found.images[is_test],
        test_labels=rows(found.labels, is_test),
    )
