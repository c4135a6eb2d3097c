"""The image files of a folder: which are read, of which split and class. No JAX.

Nothing outside of the folder is read, and nothing hidden. A folder that has `train` has
its own splits; folders inside of a split are classes, by the first of their names.
"""

import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from vae_jax.data.images.decode import ENDINGS
from vae_jax.errors import UserError

SPLITS = {
    "train": ("train", "training"),
    "valid": ("valid", "validation", "val"),
    "test": ("test", "testing"),
}
LISTED = 3  # names in a line


class File(NamedTuple):
    """An image file: its path below the folder, and what tells that it was changed."""

    path: str
    size: int
    changed: int  # nanoseconds


class Listing(NamedTuple):
    """The image files of a folder, in the order of their paths."""

    root: Path
    files: tuple[File, ...]
    notes: tuple[str, ...]  # on what is not read; a line each


def listed(root: Path) -> Listing:
    """The image files below a folder; without any, or where it cannot be read, an error.

    Hidden files, files of other kinds and links that lead out of the folder are left out,
    which the notes say. The error is a `UserError`.
    """
    try:
        base = os.path.realpath(root)
        found, other, links = walked(os.fsencode(root), os.fsencode(base))
    except OSError as error:
        raise UserError(f"{error.filename or root}: {error.strerror}") from None
    if not found:
        kinds = ", ".join(
            f"{count} {ending}" for ending, count in other.most_common(LISTED)
        )
        raise UserError(
            f"dataset.path: no images in {printable(str(root))}"
            + (f", but files of other kinds: {kinds}" if other else "")
            + f"; the names of images end in {', '.join(ENDINGS)}"
        )
    notes = []
    if other:
        kinds = ", ".join(
            f"{count} {ending}" for ending, count in other.most_common(LISTED)
        )
        notes.append(f"{root}: not read, being of other kinds: {kinds}")
    if links:
        notes.append(f"{root}: {links} links that lead out of the folder are not followed")
    return Listing(root, tuple(sorted(found)), tuple(map(printable, notes)))


def walked(root: bytes, base: bytes) -> tuple[list[File], Counter, int]:
    """Image files below a folder, others by their ending, and how many links lead out."""
    found, other, links = [], Counter(), 0
    waiting = [root]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.name.startswith(b"."):
                    continue
                if entry.is_symlink():
                    real = os.path.realpath(entry.path)
                    if os.path.isdir(real) or not real.startswith(base + b"/"):
                        links += 1
                        continue
                if entry.is_dir():
                    waiting.append(entry.path)
                elif entry.is_file():
                    name = os.fsdecode(entry.path[len(root) :].lstrip(b"/"))
                    ending = os.path.splitext(name)[1].lower()
                    if ending in ENDINGS:
                        about = entry.stat()
                        found.append(File(name, about.st_size, about.st_mtime_ns))
                    else:
                        other[ending or "without an ending"] += 1
    return found, other, links


class Places(NamedTuple):
    """Where files belong: their split, and the name of their class; "" is none."""

    splits: list[str]
    classes: list[str]


def places(files: tuple[File, ...]) -> Places:
    """The split and class of each file, by the folders it lies in."""
    parts = [file.path.split(os.sep)[:-1] for file in files]
    split_of = {name: split for split, names in SPLITS.items() for name in names}
    tops = {folders[0].lower() for folders in parts if folders}
    if not tops & set(SPLITS["train"]):
        return Places(
            ["" for _ in parts], [folders[0] if folders else "" for folders in parts]
        )
    splits = [split_of.get(folders[0].lower(), "") if folders else "" for folders in parts]
    return Places(splits, [folders[1] if len(folders) > 1 else "" for folders in parts])


def printable(text: str) -> str:
    """A name as it can be shown: what is no UTF-8 in it is written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
