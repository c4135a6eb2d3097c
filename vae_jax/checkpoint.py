"""Checkpoints of a program's members: the only importer of Orbax.

One checkpoint holds all members of a program on a leading axis. Orbax does not notice
damaged weights, so a SHA-256 of every leaf travels in the checkpoint's JSON and is checked
on the way back; a damaged checkpoint is set aside and the one before it is used.
"""

import errno
import hashlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np
import orbax.checkpoint as ocp

from vae_jax.errors import UserError
from vae_jax.types import TrainState

KEEP = 2
THE_MACHINES_FAULT = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EACCES)


def manager(directory: Path) -> ocp.CheckpointManager:
    """Keeps the last two checkpoints; a step is a number of finished epochs."""
    # Orbax prints pages about a failed restore, which is answered here in one line.
    logging.getLogger("absl").setLevel(logging.CRITICAL)
    options = ocp.CheckpointManagerOptions(
        max_to_keep=KEEP, enable_async_checkpointing=False
    )
    return ocp.CheckpointManager(
        directory.resolve(), options=options, item_names=("state", "digests")
    )


def save(checkpoints: ocp.CheckpointManager, epoch: int, states: TrainState) -> None:
    """Writes the members' states, NumPy arrays `[M, ...]`; returns when they are down."""
    items = ocp.args.Composite(
        state=ocp.args.StandardSave(states),
        digests=ocp.args.JsonSave(digests(states)),
    )
    try:
        saved = checkpoints.save(epoch, args=items)
        checkpoints.wait_until_finished()
    except Exception as error:  # Orbax raises whatever its layers raise, on a full disk too
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"{checkpoints.directory}: checkpoint {epoch} cannot be written ({first}); "
            "the one before it is good"
        ) from None
    if not saved:
        raise UserError(f"{checkpoints.directory}: checkpoint {epoch} was not saved")


def restore(
    checkpoints: ocp.CheckpointManager, template: TrainState, warn: Callable[[str], None]
) -> tuple[int, TrainState] | None:
    """The newest whole checkpoint, as (epochs, states), or None if there is none.

    `template` gives structure, shapes and types. Each damaged checkpoint met on the way is
    set aside and passed to `warn` in one line. One that is whole but of another model, or
    a machine that cannot open it, is a `UserError`: nothing is moved.
    """
    for epoch in sorted(checkpoints.all_steps(), reverse=True):
        place = Path(checkpoints.directory) / str(epoch)
        items = ocp.args.Composite(
            state=ocp.args.StandardRestore(template), digests=ocp.args.JsonRestore()
        )
        try:
            found = checkpoints.restore(epoch, args=items)
            whole = found["digests"] == digests(found["state"])
        except OSError as error:
            if error.errno in THE_MACHINES_FAULT:
                raise UserError(f"{place}: cannot be read ({error.strerror})") from None
            whole = False
        except Exception:  # Orbax raises whatever its layers raise on damaged files
            whole = False
        if whole and not matches(found["state"], template):
            raise UserError(f"{place}: is whole, but holds the states of another model")
        if whole:
            return epoch, found["state"]
        aside = set_aside(place)
        checkpoints.reload()
        warn(f"{place}: damaged; set aside as {aside.name}")
    return None


def set_aside(place: Path) -> Path:
    """Renames a checkpoint so that its epoch can be saved again."""
    aside = place.with_name(f"damaged_{place.name}")
    shutil.rmtree(aside, ignore_errors=True)
    return place.rename(aside)


def matches(states: TrainState, template: TrainState) -> bool:
    """Whether shapes and types agree: Orbax casts to another type without a word."""
    kind = lambda tree: [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(tree)]
    return kind(states) == kind(template)


def digests(states: TrainState) -> dict[str, str]:
    """SHA-256 of each leaf's type, shape and bytes, by its path."""
    leaves, _ = jax.tree.flatten_with_path(states)
    return {jax.tree_util.keystr(path): digest(np.asarray(leaf)) for path, leaf in leaves}


def digest(leaf: np.ndarray) -> str:
    """SHA-256 of one array."""
    header = f"{leaf.dtype.str}{leaf.shape}".encode()
    return hashlib.sha256(header + np.ascontiguousarray(leaf).tobytes()).hexdigest()
