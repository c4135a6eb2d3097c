"""Labels of images: whole numbers of up to 64 bits; -1 is no label. No JAX."""

import numpy as np

from vae_jax.errors import UserError

NO_LABEL = -1
LISTED = 5  # labels in a line


def checked(source: str, labels: np.ndarray, count: int) -> np.ndarray:
    """Labels `[count]` in a type that keeps them apart: int32, or else int64.

    `source` is what errors call them. Other shapes, and what is no whole number, are a
    `UserError`.
    """
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise UserError(
            f"{source}: labels are {labels.dtype} {list(labels.shape)}; expected integers "
            f"[{count}]"
        )
    low, high = int(labels.min()), int(labels.max())
    if high > np.iinfo(np.int64).max:
        raise UserError(f"{source}: labels up to {high}; expected less than 2^63")
    narrow = np.iinfo(np.int32)
    return labels.astype(np.int32 if narrow.min <= low <= high <= narrow.max else np.int64)


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


def notes(train: np.ndarray | None, test: np.ndarray | None) -> tuple[str, ...]:
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
        lines.append(
            f"labels: {count} of {len(test)} test images are of classes that no training "
            f"image has: {', '.join(map(str, unseen[:LISTED]))}{more}"
        )
    return tuple(lines)
