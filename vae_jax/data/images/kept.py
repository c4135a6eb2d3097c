"""A data set of decoded images: which are kept, in which split, order and class. No JAX."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae_jax.data.dataset import TEST_SHARE, Dataset, make_dataset, split_rows
from vae_jax.data.found import Reading, check_split
from vae_jax.data.images.decode import LEVELS
from vae_jax.data.images.listing import Places, printable
from vae_jax.data.images.store import LISTED, Store
from vae_jax.data.labels import NO_LABEL
from vae_jax.data.shards import Rows
from vae_jax.data.white import check_setting, is_number
from vae_jax.errors import UserError


class Keeping(NamedTuple):
    """The settings of what is kept of decoded images, and where."""

    levels: int | None = None  # one more than the value that is white
    tolerated: float = 0.01  # the share that may be unreadable
    memory: float = 1_000.0  # megabytes; images of more stay on disk
    test_share: float = TEST_SHARE
    split_seed: int = 0


def check(how: Keeping, colour: Any) -> bool | None:
    """`colour` as true, false or None: unset. A `UserError` unless all settings can be."""
    check_split(Reading(test_share=how.test_share, split_seed=how.split_seed))
    check_setting(how.levels)
    if not (is_number(how.memory) and how.memory >= 0.0):
        raise UserError(
            f"config.dataset.memory: {how.memory!r} is not a number of megabytes"
        )
    if not (is_number(how.tolerated) and 0.0 <= how.tolerated <= 1.0):
        raise UserError(f"config.dataset.tolerated: {how.tolerated!r} is not a share")
    if colour not in (None, "", True, False):
        raise UserError(f"config.dataset.colour: {colour!r} is neither true nor false")
    return None if colour in (None, "") else bool(colour)


def kept(
    place: Path,
    names: Sequence[str],
    store: Store,
    where: Places,
    how: Keeping,
    notes: Sequence[str] = (),
) -> Dataset:
    """The data set of decoded images, which `names` call and `where` puts into splits.

    Training images beyond `how.memory` stay on disk; of those for testing and validation
    as many are kept as fit into it.
    """
    lost = unread(place, names, store, how.tolerated)
    rows = splits_of(place, where, store, how.test_share, how.split_seed)
    most = fitting_in(store, how.memory)
    few = {split: own[:most] for split, own in rows.items()}
    cut = [
        f"{place}: of {len(own):,} images for {purpose} the first {most:,} are kept, as "
        "fit into config.dataset.memory"
        for purpose, own in (("testing", rows["test"]), ("validation", rows["valid"]))
        if len(own) > most
    ]
    label_names, labels = numbered(where)
    of = lambda own: None if labels is None else labels[own]
    return make_dataset(
        printable(place.resolve().name),
        in_memory_or_not(store, rows["train"], most),
        store.rows[few["test"]],
        of(rows["train"]),
        of(few["test"]),
        levels=how.levels or LEVELS[store.fitting.mode],
        white_by="by setting" if how.levels else f"by type: {store.fitting.dtype}",
        notes=(*notes, *lost, *cut),
        shape=store.shape,
        valid=store.rows[few["valid"]],
        label_names=label_names,
        prepared={
            **store.fitting.in_words(),
            "split": in_words(where, how.test_share, how.split_seed),
        },
    )


def unread(place: Path, names: Sequence[str], store: Store, tolerated: float) -> list[str]:
    """A line on images that cannot be read; a `UserError` where they are too many."""
    if not store.faults:
        return []
    paths = [f"{printable(names[i])} ({why})" for i, why in store.faults.items()]
    named = ", ".join(paths[:LISTED]) + (", ..." if len(paths) > LISTED else "")
    line = f"{place}: {len(paths)} of {len(names)} images cannot be read: {named}"
    if len(paths) > tolerated * len(names):
        raise UserError(
            f"{line}; that is more than {tolerated:z.1%}: remove them, or set "
            "--config.dataset.tolerated"
        )
    return [f"{line}; they are left out"]


def splits_of(
    place: Path, where: Places, store: Store, share: float, seed: int
) -> Mapping[str, np.ndarray]:
    """The rows of each split, in an order of the seed; those of unreadable images in none.

    Without images for testing those for validation test; without either a share does.
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
        raise UserError(f"dataset.path: {place}: no image for training can be read")
    return found


def is_own(where: Places) -> bool:
    """Whether there are images for testing of their own."""
    return bool({"test", "valid"} & set(where.splits))


def in_words(where: Places, share: float, seed: int) -> str:
    """How images were split, for the record."""
    if is_own(where):
        return f"the source's own, each in the order of a permutation of seed {seed}"
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


def in_memory_or_not(store: Store, rows: np.ndarray, most: int) -> Rows:
    """Rows read into memory, where they are at most so many; else a view of them."""
    return store.rows[rows] if len(rows) <= most else store.rows.view(rows)
