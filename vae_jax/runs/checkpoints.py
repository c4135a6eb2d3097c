"""Checkpoints of a block of members: the only importer of Orbax.

One checkpoint, named after its epoch, holds all members of a block on a leading axis.
Orbax does not notice damaged weights, and prints pages about what it does notice, so a
checkpoint is sealed: the SHA-256 of every file is checked before Orbax opens one, that of
every leaf after. It is written and sealed under another name, then renamed: a name that
is a number is a whole checkpoint. A damaged one is set aside and the one before it used.
"""

import contextlib
import hashlib
import logging
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np
import orbax.checkpoint as ocp
from jaxtyping import PyTree

from vae_jax.errors import UserError
from vae_jax.runs.retention import Keep, doomed
from vae_jax.storage import seals
from vae_jax.types import TrainState

SPARE_BYTES = 2**20  # metadata, and what else the run is writing
SAVING, DOOMED = ".saving", ".doomed"


def epochs(directory: Path) -> list[int]:
    """The epochs of the checkpoints, whole or not, ascending."""
    found = directory.iterdir() if directory.exists() else ()
    return sorted(int(p.name) for p in found if p.name.isdigit())


def newest(directory: Path) -> int:
    """The epoch of the newest checkpoint, whole or not; 0 if there is none."""
    return max(epochs(directory), default=0)


def save(
    directory: Path, epoch: int, states: TrainState, keep: Keep, loss: float = math.inf
) -> None:
    """Writes the members' states, NumPy arrays `[M, ...]`; returns when they are down.

    `loss` is what the best checkpoints are told by, `keep` says which older ones stay. A
    disk without room is a `UserError` beforehand: Orbax would say so in pages.
    """
    directory.mkdir(parents=True, exist_ok=True)
    needed = sum(leaf.nbytes for leaf in jax.tree.leaves(states)) + SPARE_BYTES
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise UserError(
            f"{directory}: checkpoint {epoch} needs {needed / 1e6:.1f} MB and "
            f"{free / 1e6:.1f} are free; make room and give the same command again"
        )
    saving, place = directory / SAVING, directory / str(epoch)
    try:
        shutil.rmtree(saving, ignore_errors=True)  # what a kill may have left
        with checkpointer() as orbax:
            orbax.save(saving.resolve(), args=ocp.args.StandardSave(states))
        known = {"loss": loss if math.isfinite(loss) else None, "leaves": leaves_of(states)}
        seals.seal(saving, seals.files_below(saving), **known)
        remove(place)
        saving.rename(place)
        sync(directory)
        losses = {
            e: (seals.read(directory / str(e)) or {}).get("loss") for e in epochs(directory)
        }
        for old in doomed(losses, keep):
            remove(directory / str(old))
    except Exception as error:  # Orbax raises whatever its layers raise, on a full disk too
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"{directory}: checkpoint {epoch} cannot be written ({first}); "
            "the one before it is good"
        ) from None


def restore(
    directory: Path, template: TrainState, warn: Callable[[str], None]
) -> tuple[int, TrainState] | None:
    """The newest whole checkpoint, as (epochs, states), or None if there is none.

    `template` gives structure, shapes and types. Each damaged checkpoint met on the way is
    set aside and passed to `warn` in one line. One that is whole but of another model, or
    a machine that cannot open it, is a `UserError`: nothing is moved.
    """
    known = epochs(directory)
    for epoch in reversed(known):
        place = directory / str(epoch)
        try:
            found = read(place, template) if is_whole(place) else None
        except OSError as error:
            raise UserError(f"{place}: cannot be read ({error.strerror})") from None
        if found is not None:
            return epoch, found
        warn(f"{place}: damaged; set aside as {set_aside(place).name}")
    if known:
        warn(f"{directory}: no whole checkpoint is left; its members start again")
    return None


def peek(directory: Path, template: TrainState) -> tuple[int, TrainState] | None:
    """The newest whole checkpoint, as (epochs, states), touching nothing.

    For a reader beside the process that trains: what is being deleted is passed over.
    """
    for epoch in reversed(epochs(directory)):
        with contextlib.suppress(OSError):
            place = directory / str(epoch)
            found = read(place, template) if is_whole(place) else None
            if found is not None:
                return epoch, found
    return None


def read(place: Path, template: TrainState) -> TrainState | None:
    """The states of a checkpoint whose files are whole; None if their leaves are not.

    Those of another model are a `UserError`.
    """
    try:
        with checkpointer() as orbax:
            found = orbax.restore(place.resolve(), args=ocp.args.StandardRestore(template))
        fits = matches(found, template)
    except OSError:
        raise
    except Exception:  # Orbax raises whatever its layers raise when names or shapes differ
        fits = False
    if not fits:
        raise UserError(f"{place}: is whole, but holds the states of another model")
    known = seals.read(place)
    return found if known and known.get("leaves") == leaves_of(found) else None


def checkpointer() -> ocp.Checkpointer:
    """Orbax, writing before it returns; what it says of faults is said here in one line."""
    logging.getLogger("absl").setLevel(logging.CRITICAL)
    return ocp.Checkpointer(ocp.StandardCheckpointHandler())


def remove(place: Path) -> None:
    """Deletes a checkpoint; a reader finds it whole or not at all."""
    if place.exists():
        away = place.with_name(DOOMED)
        shutil.rmtree(away, ignore_errors=True)
        place.rename(away)
        shutil.rmtree(away)


def set_aside(place: Path) -> Path:
    """Renames a checkpoint so that its epoch can be saved again."""
    aside = place.with_name(f"damaged_{place.name}")
    shutil.rmtree(aside, ignore_errors=True)
    return place.rename(aside)


def sync(directory: Path) -> None:
    """Makes a renaming outlive a power failure."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def matches(states: TrainState, template: TrainState) -> bool:
    """Whether shapes and types agree: Orbax casts to another type without a word."""
    kind = lambda tree: [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(tree)]
    return kind(states) == kind(template)


def is_whole(place: Path) -> bool:
    """Whether a checkpoint's files are those that were written, bit for bit."""
    return seals.broken(place) == []


def leaves_of(tree: PyTree) -> dict[str, str]:
    """SHA-256 of each array, by its path in the tree."""
    found = jax.tree_util.tree_leaves_with_path(tree)
    return {jax.tree_util.keystr(path): digest_of_array(leaf) for path, leaf in found}


def digest_of_array(array: np.ndarray) -> str:
    """SHA-256 of an array's bytes, little-endian, with its type and shape."""
    kind = f"{array.dtype.str}{array.shape}".encode()
    return hashlib.sha256(kind + np.ascontiguousarray(array).tobytes()).hexdigest()
