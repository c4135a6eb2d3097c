"""Labels of images: whole numbers of up to 64 bits; some have names; -1 is none. No JAX."""

from collections.abc import Sequence

import numpy as np

from vae_jax.errors import UserError

NO_LABEL = -1
LISTED = 5  # labels in a line


def encoded(
    source: str, splits: Sequence[np.ndarray | None], counts: Sequence[int]
) -> tuple[list[np.ndarray | None], tuple[str, ...]]:
    """Labels of each split as whole numbers `[N]`, and the names of the labels 0, 1, ...

    Whole numbers stay as they are, and -1 is none; so do floats that are whole, of which
    NaN is none. Texts are numbered in their order, "" being none; False and True are 0 and
    1. A column [N, 1] is read as [N]; rows of one 1 among zeros are one-hot. `source` is
    what errors call them: others are `UserError`s. No names: numbers are their own.
    """
    flat = [None if a is None else flattened(source, a, n) for a, n in zip(splits, counts)]
    given = [a for a in flat if a is not None]
    if given and any(a.dtype.kind in "US" for a in given):
        texts = [None if a is None else as_text(a) for a in flat]
        named = np.unique(np.concatenate([a for a in texts if a is not None]))
        names = tuple(str(name) for name in named if name)
        place = {name: i for i, name in enumerate(names)} | {"": NO_LABEL}
        number = lambda a: np.array([place[str(text)] for text in a], np.int32)
        return [None if a is None else number(a) for a in texts], names
    is_bool = bool(given) and all(a.dtype.kind == "b" for a in given)
    whole = [None if a is None else checked(source, a) for a in flat]
    return whole, ("False", "True") if is_bool else ()


def flattened(source: str, labels: np.ndarray, count: int) -> np.ndarray:
    """Labels `[N]`: of a column [N, 1], of one-hot rows [N, classes], or as they are."""
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.dtype.kind in "biuf" and len(labels) == count:
        ones = labels == 1
        if ((labels == 0) | ones).all() and (ones.sum(axis=1) <= 1).all():
            return np.where(ones.any(axis=1), ones.argmax(axis=1), NO_LABEL)
        columns = labels.shape[1]
        raise UserError(
            f"{source}: labels have {columns} columns, 0 to {columns - 1}; "
            "say which one after a colon: --config.dataset.labels=NAME:COLUMN"
        )
    if labels.shape != (count,):
        raise UserError(
            f"{source}: labels are {labels.dtype} {list(labels.shape)}; expected integers, "
            f"texts, or floats that are whole, [{count}]"
        )
    return labels


def as_text(labels: np.ndarray) -> np.ndarray:
    """Labels of any type as texts; bytes are read as UTF-8."""
    if labels.dtype.kind == "S":
        return np.char.decode(labels, "utf-8", "backslashreplace")
    return labels.astype(str)


def checked(source: str, labels: np.ndarray) -> np.ndarray:
    """Labels `[N]` in a type that keeps them apart: int32, or else int64.

    Floats have to be whole, or NaN, which is none. Others are a `UserError`.
    """
    if labels.dtype.kind == "f":
        missing = np.isnan(labels)
        labels = np.where(missing, NO_LABEL, labels)
        if not (np.isfinite(labels).all() and (labels == np.round(labels)).all()):
            raise UserError(f"{source}: labels are floats, and not all are whole numbers")
        labels = labels.astype(np.int64)
    if labels.dtype.kind not in "biu":
        raise UserError(
            f"{source}: labels are {labels.dtype} {list(labels.shape)}; expected integers, "
            f"texts, or floats that are whole, [{len(labels)}]"
        )
    if not len(labels):
        return labels.astype(np.int32)
    low, high = int(labels.min()), int(labels.max())
    if high > np.iinfo(np.int64).max:
        raise UserError(f"{source}: labels up to {high}; expected less than 2^63")
    narrow = np.iinfo(np.int32)
    return labels.astype(np.int32 if narrow.min <= low <= high <= narrow.max else np.int64)


def name_of(label: int, names: Sequence[str]) -> str:
    """What a label is called: its name, or its number where it has none."""
    return names[label] if 0 <= label < len(names) else str(label)


def known(labels: np.ndarray) -> np.ndarray:
    """Which images have a label, `[N]`."""
    return labels != NO_LABEL


def classes(labels: np.ndarray | None) -> np.ndarray:
    """The different labels that occur, ascending; none without labels."""
    return np.unique(labels[known(labels)]) if labels is not None else np.array([], int)


def said(train: np.ndarray | None, test: np.ndarray | None) -> str:
    """How many different labels both splits have: `10 labels`, `no labels`."""
    count = len(np.union1d(classes(train), classes(test)))
    return f"{count or 'no'} label{'s' * (count != 1)}"


def notes(
    train: np.ndarray | None, test: np.ndarray | None, names: Sequence[str] = ()
) -> tuple[str, ...]:
    """A line for each thing to know of the labels: missing ones, classes only in test."""
    lines = []
    splits = {"training": train, "test": test}
    for name, labels in splits.items():
        if labels is not None and not known(labels).all():
            missing = int((~known(labels)).sum())
            lines.append(
                f"labels: {missing} of {len(labels)} {name} images have none "
                f"({NO_LABEL}); they train and test no classifier"
            )
    without = [name for name, labels in splits.items() if labels is None]
    if len(without) == 1:
        lines.append(f"labels: the {without[0]} images have none, so none are used")
    if not without and len(unseen := np.setdiff1d(classes(test), classes(train))):
        more = f" and {len(unseen) - LISTED} more" if len(unseen) > LISTED else ""
        count = int(np.isin(test, unseen).sum())
        listed = ", ".join(name_of(int(label), names) for label in unseen[:LISTED])
        lines.append(
            f"labels: {count} of {len(test)} test images are of classes that no training "
            f"image has: {listed}{more}"
        )
    return tuple(lines)
