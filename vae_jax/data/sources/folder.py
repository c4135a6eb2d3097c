"""A folder of image files: class folders are labels; `train` and `test` are splits."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vae_jax.data.dataset import TEST_SHARE, Dataset, make_dataset, split_rows
from vae_jax.data.found import Reading, check_split
from vae_jax.data.images.decode import LEVELS, fitting_of
from vae_jax.data.images.listing import Listing, Places, listed, places, printable
from vae_jax.data.images.store import LISTED, Store, stored
from vae_jax.data.labels import NO_LABEL
from vae_jax.data.shards import Rows
from vae_jax.data.white import check_setting, is_number
from vae_jax.errors import UserError


def folder(
    path: str,
    size: Any = None,
    filter: str = "lanczos",
    colour: bool | None = None,
    levels: int | None = None,
    tolerated: float = 0.01,
    memory: float = 1_000.0,
    test_share: float = TEST_SHARE,
    split_seed: int = 0,
    tell: Callable[[str], None] = lambda line: None,
) -> Dataset:
    """PNG, JPEG, BMP, WebP and TIFF files below a folder, decoded once into a cache.

    `size` (pixels, or height and width) crops images about their centre and resizes them by
    `filter`; without it all have one size. `colour` true or false makes them so; unset,
    they are in colour if any is. `levels` - 1 is white; unset, 255, or 65535 of 16 bits. A
    share `tolerated` may be unreadable. Images of more than `memory` MB stay on disk, and
    are trained from in pieces. Without a folder `test`, `test_share` of them are for
    testing; every split is in an order of `split_seed`.
    """
    root = Path(str(path)).expanduser()
    if not root.is_dir():
        raise UserError(f"dataset.path: {path} is not a folder of images")
    check_split(Reading(test_share=test_share, split_seed=split_seed))
    check_setting(levels)
    if not (is_number(memory) and memory >= 0.0):
        raise UserError(f"config.dataset.memory: {memory!r} is not a number of megabytes")
    if colour not in (None, "", True, False):
        raise UserError(f"config.dataset.colour: {colour!r} is neither true nor false")
    listing = listed(root)
    colour = None if colour in (None, "") else bool(colour)
    store = stored(listing, *fitting_of(size, filter), colour, tell)
    notes = [*listing.notes, *unread(root, listing, store, tolerated)]
    where = places(listing.files)
    rows = splits_of(root, where, store, test_share, split_seed)
    names, labels = numbered(where)
    cut = lambda split: None if labels is None else labels[rows[split]]
    return make_dataset(
        printable(root.resolve().name),
        in_memory_or_not(store, rows["train"], memory),
        store.rows[rows["test"][: fitting_in(store, memory)]],
        cut("train"),
        None if labels is None else cut("test")[: fitting_in(store, memory)],
        levels=levels or LEVELS[store.fitting.mode],
        white_by="by setting" if levels else f"by type: {store.fitting.dtype}",
        notes=tuple(notes),
        shape=store.shape,
        valid=store.rows[rows["valid"][: fitting_in(store, memory)]],
        label_names=names,
        prepared={
            **store.fitting.in_words(),
            "split": in_words(where, test_share, split_seed),
        },
    )


def unread(root: Path, listing: Listing, store: Store, tolerated: float) -> list[str]:
    """A line on files that cannot be read; a `UserError` where they are too many."""
    if not store.faults:
        return []
    paths = [
        f"{printable(listing.files[i].path)} ({why})" for i, why in store.faults.items()
    ]
    named = ", ".join(paths[:LISTED]) + (", ..." if len(paths) > LISTED else "")
    line = f"{root}: {len(paths)} of {len(listing.files)} images cannot be read: {named}"
    if len(paths) > tolerated * len(listing.files):
        raise UserError(
            f"{line}; that is more than {tolerated:.1%}: remove them, or set "
            "--config.dataset.tolerated"
        )
    return [f"{line}; they are left out"]


def splits_of(
    root: Path, where: Places, store: Store, share: float, seed: int
) -> Mapping[str, np.ndarray]:
    """The rows of each split, in an order of the seed; those of unreadable images in none.

    Without a folder for testing the validation images test; without either a share does.
    """
    splits = np.array(where.splits)
    is_read = np.ones(len(splits), bool)
    is_read[list(store.faults)] = False
    if not splits.any() or not is_own(where):
        rows = np.flatnonzero(is_read & (np.isin(splits, ("", "train"))))
        kept, held = split_rows(len(rows), share, seed)
        return {"train": rows[kept], "valid": rows[:0], "test": rows[held]}
    shuffled = lambda rows: rows[np.random.RandomState(seed).permutation(len(rows))]
    found = {
        split: shuffled(np.flatnonzero(is_read & (splits == split)))
        for split in ("train", "valid", "test")
    }
    if not len(found["test"]):
        found |= {"test": found["valid"], "valid": found["valid"][:0]}
    if not len(found["train"]):
        raise UserError(f"dataset.path: {root}: no image can be read in its folder train")
    return found


def is_own(where: Places) -> bool:
    """Whether a folder has images for testing of its own."""
    return bool({"test", "valid"} & set(where.splits))


def in_words(where: Places, share: float, seed: int) -> str:
    """How images were split, for the record."""
    if is_own(where):
        return f"the folder's own, each in the order of a permutation of seed {seed}"
    return f"{share:zg} for testing, a permutation of seed {seed}"


def numbered(where: Places) -> tuple[tuple[str, ...], np.ndarray | None]:
    """The names of the classes, and the number of each file's; None without any."""
    names = sorted({name for name in where.classes if name})
    if not names:
        return (), None
    number = {name: i for i, name in enumerate(names)} | {"": NO_LABEL}
    labels = np.array([number[name] for name in where.classes], np.int32)
    return tuple(map(printable, names)), labels


def fitting_in(store: Store, memory: float) -> int:
    """How many rows fit into so many megabytes, two at least."""
    of_a_row = store.rows.shape[1] * store.rows.dtype.itemsize
    return max(2, int(1e6 * memory / of_a_row))


def in_memory_or_not(store: Store, rows: np.ndarray, memory: float) -> Rows:
    """Rows read into memory, where they fit; else a view of them."""
    return (
        store.rows[rows]
        if len(rows) <= fitting_in(store, memory)
        else store.rows.view(rows)
    )
