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
    """The epochs of the checkpoints in a directory, whole or not, ascending."""
    paths = directory.iterdir() if directory.exists() else ()
    return sorted(int(path.name) for path in paths if path.name.isdigit())


def newest(directory: Path) -> int:
    """The epoch of the newest checkpoint of a directory, whole or not; 0 without one."""
    return max(epochs(directory), default=0)


def save(
    directory: Path, epoch: int, states: TrainState, keep: Keep, loss: float = math.inf
) -> None:
    """Writes the members' states, NumPy arrays `[M, ...]`; returns when they are on disk.

    `loss` is what the best checkpoints are told by, `keep` says which older ones stay. A
    disk without room is a `UserError` beforehand: Orbax would say so in pages. What cannot
    be written is one too, and the checkpoint before it stays.
    """
    directory.mkdir(parents=True, exist_ok=True)
    needed = sum(leaf.nbytes for leaf in jax.tree.leaves(states)) + SPARE_BYTES
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise UserError(
            f"{directory}: checkpoint {epoch} needs {needed / 1e6:z.1f} MB and "
            f"{free / 1e6:z.1f} are free; make room and give the same command again"
        )
    saving, checkpoint = directory / SAVING, directory / str(epoch)
    try:
        shutil.rmtree(saving, ignore_errors=True)  # what a kill may have left
        with checkpointer() as orbax:
            orbax.save(saving.resolve(), args=ocp.args.StandardSave(states))
        facts = {"loss": loss if math.isfinite(loss) else None, "leaves": leaves_of(states)}
        seals.seal(saving, seals.files_below(saving), **facts)
        remove(checkpoint)
        saving.rename(checkpoint)
        sync(directory)
        losses = {
            saved_epoch: (seals.read(directory / str(saved_epoch)) or {}).get("loss")
            for saved_epoch in epochs(directory)
        }
        for doomed_epoch in doomed(losses, keep):
            remove(directory / str(doomed_epoch))
    except Exception as error:  # Orbax raises whatever its layers raise, on a full disk too
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"{directory}: checkpoint {epoch} cannot be written ({reason}); "
            "the one before it is good"
        ) from None


def restore(
    directory: Path, template: TrainState, warn: Callable[[str], None]
) -> tuple[int, TrainState] | None:
    """The newest whole checkpoint, as (epoch, states), or None if there is none.

    `template` gives structure, shapes and types. Each damaged checkpoint met on the way is
    set aside and passed to `warn` in one line. One that is whole but of another model, or
    a machine that cannot open it, is a `UserError`: nothing is moved.
    """
    saved_epochs = epochs(directory)
    for epoch in reversed(saved_epochs):
        checkpoint = directory / str(epoch)
        try:
            states = read(checkpoint, template) if is_whole(checkpoint) else None
        except OSError as error:
            raise UserError(f"{checkpoint}: cannot be read ({error.strerror})") from None
        if states is not None:
            return epoch, states
        warn(f"{checkpoint}: damaged; set aside as {set_aside(checkpoint).name}")
    if saved_epochs:
        warn(f"{directory}: no whole checkpoint is left; its members start again")
    return None


def peek(directory: Path, template: TrainState) -> tuple[int, TrainState] | None:
    """The newest whole checkpoint, as (epoch, states), or None; nothing is touched.

    For a reader beside the process that trains: what is being deleted is passed over.
    """
    for epoch in reversed(epochs(directory)):
        states = at(directory, epoch, template)
        if states is not None:
            return epoch, states
    return None


def at(directory: Path, epoch: int, template: TrainState) -> TrainState | None:
    """The states of an epoch's checkpoint; None where it is gone, or not whole."""
    with contextlib.suppress(OSError):
        checkpoint = directory / str(epoch)
        return read(checkpoint, template) if is_whole(checkpoint) else None
    return None


def read(checkpoint: Path, template: TrainState) -> TrainState | None:
    """The states of a checkpoint whose files are whole; None if their leaves are not.

    A checkpoint of another model is a `UserError`.
    """
    try:
        with checkpointer() as orbax:
            states = orbax.restore(
                checkpoint.resolve(), args=ocp.args.StandardRestore(template)
            )
        fits = matches(states, template)
    except OSError:
        raise
    except Exception:  # Orbax raises whatever its layers raise when names or shapes differ
        fits = False
    if not fits:
        raise UserError(f"{checkpoint}: is whole, but holds the states of another model")
    sealed = seals.read(checkpoint)
    return states if sealed and sealed.get("leaves") == leaves_of(states) else None


def checkpointer() -> ocp.Checkpointer:
    """An Orbax checkpointer that writes before it returns, its own log silenced.

    What it raises is said by the callers, in one line.
    """
    logging.getLogger("absl").setLevel(logging.CRITICAL)
    return ocp.Checkpointer(ocp.StandardCheckpointHandler())


def remove(checkpoint: Path) -> None:
    """Deletes a checkpoint if it is there; a reader finds it whole or not at all."""
    if checkpoint.exists():
        renamed = checkpoint.with_name(DOOMED)
        shutil.rmtree(renamed, ignore_errors=True)
        checkpoint.rename(renamed)
        shutil.rmtree(renamed)


def set_aside(checkpoint: Path) -> Path:
    """Renames a checkpoint to `damaged_EPOCH`, so that its epoch can be saved again.

    Returns its new path.
    """
    aside = checkpoint.with_name(f"damaged_{checkpoint.name}")
    shutil.rmtree(aside, ignore_errors=True)
    return checkpoint.rename(aside)


def sync(directory: Path) -> None:
    """Makes a renaming in a directory outlive a power failure."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def matches(states: TrainState, template: TrainState) -> bool:
    """Whether all shapes and types agree: Orbax casts to another type without a word."""
    shapes_and_types = lambda tree: [
        (leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(tree)
    ]
    return shapes_and_types(states) == shapes_and_types(template)


def is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint's files are those that were written, bit for bit."""
    return seals.broken(checkpoint) == []


def leaves_of(tree: PyTree) -> dict[str, str]:
    """SHA-256 of each array of a tree, by its path in the tree."""
    paths_and_leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {
        jax.tree_util.keystr(path): digest_of_array(leaf) for path, leaf in paths_and_leaves
    }


def digest_of_array(array: np.ndarray) -> str:
    """SHA-256 of an array's bytes, little-endian, with its type and shape."""
    type_and_shape = f"{array.dtype.str}{array.shape}".encode()
    return hashlib.sha256(
        type_and_shape + np.ascontiguousarray(array).tobytes()
    ).hexdigest()
