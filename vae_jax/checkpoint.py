"""Checkpoints of a program's members: the only importer of Orbax.

One checkpoint holds all members of a program on a leading axis. Orbax does not notice
damaged weights, and prints pages about what it does notice, so the SHA-256 of every file
lies beside them and is checked before Orbax opens one; a damaged checkpoint is set aside
and the one before it is used.
"""

import contextlib
import hashlib
import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import jax
import orbax.checkpoint as ocp

from vae_jax.errors import UserError
from vae_jax.types import TrainState

KEEP = 2
DIGESTS = "digests.json"
SPARE_BYTES = 2**20  # metadata, and what else the run is writing


def manager(directory: Path) -> ocp.CheckpointManager:
    """Keeps the last two checkpoints; a step is a number of finished epochs."""
    # What Orbax says of a full disk or a missing file is said here in one line.
    logging.getLogger("absl").setLevel(logging.CRITICAL)
    options = ocp.CheckpointManagerOptions(
        max_to_keep=KEEP, enable_async_checkpointing=False
    )
    return ocp.CheckpointManager(directory.resolve(), options=options)


def newest(directory: Path) -> int:
    """The epoch of the newest checkpoint, whole or not; 0 if there is none."""
    found = directory.iterdir() if directory.exists() else ()
    return max((int(p.name) for p in found if p.name.isdigit()), default=0)


def save(checkpoints: ocp.CheckpointManager, epoch: int, states: TrainState) -> None:
    """Writes the members' states, NumPy arrays `[M, ...]`; returns when they are down.

    A disk without room for them is a `UserError` beforehand: Orbax would say so in pages.
    """
    needed = sum(leaf.nbytes for leaf in jax.tree.leaves(states)) + SPARE_BYTES
    free = shutil.disk_usage(checkpoints.directory).free
    if free < needed:
        raise UserError(
            f"{checkpoints.directory}: checkpoint {epoch} needs {needed / 1e6:.1f} MB and "
            f"{free / 1e6:.1f} are free; make room and give the same command again"
        )
    place = Path(checkpoints.directory) / str(epoch)
    try:
        saved = checkpoints.save(epoch, args=ocp.args.StandardSave(states))
        checkpoints.wait_until_finished()
        (place / DIGESTS).write_text(json.dumps(digests(place), indent=2))
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
        try:
            whole = is_whole(place)
            found = read(checkpoints, epoch, template) if whole else None
        except OSError as error:
            raise UserError(f"{place}: cannot be read ({error.strerror})") from None
        if found is not None:
            return epoch, found
        aside = set_aside(place)
        checkpoints.reload()
        warn(f"{place}: damaged; set aside as {aside.name}")
    return None


def peek(directory: Path, template: TrainState) -> tuple[int, TrainState] | None:
    """The newest whole checkpoint, as (epochs, states), touching nothing.

    For a reader beside the process that trains: what is half written, or is being
    deleted, is passed over.
    """
    logging.getLogger("absl").setLevel(logging.CRITICAL)
    options = ocp.CheckpointManagerOptions(read_only=True)
    names = [p.name for p in directory.iterdir()] if directory.exists() else []
    with ocp.CheckpointManager(directory.resolve(), options=options) as checkpoints:
        for epoch in sorted((int(name) for name in names if name.isdigit()), reverse=True):
            with contextlib.suppress(OSError):
                if is_whole(directory / str(epoch)):
                    return epoch, read(checkpoints, epoch, template)
    return None


def read(
    checkpoints: ocp.CheckpointManager, epoch: int, template: TrainState
) -> TrainState:
    """The states of a whole checkpoint; those of another model are a `UserError`."""
    place = Path(checkpoints.directory) / str(epoch)
    try:
        found = checkpoints.restore(epoch, args=ocp.args.StandardRestore(template))
        fits = matches(found, template)
    except OSError:
        raise
    except Exception:  # Orbax raises whatever its layers raise when names or shapes differ
        fits = False
    if not fits:
        raise UserError(f"{place}: is whole, but holds the states of another model")
    return found


def set_aside(place: Path) -> Path:
    """Renames a checkpoint so that its epoch can be saved again."""
    aside = place.with_name(f"damaged_{place.name}")
    shutil.rmtree(aside, ignore_errors=True)
    return place.rename(aside)


def matches(states: TrainState, template: TrainState) -> bool:
    """Whether shapes and types agree: Orbax casts to another type without a word."""
    kind = lambda tree: [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(tree)]
    return kind(states) == kind(template)


def is_whole(place: Path) -> bool:
    """Whether a checkpoint's files are those that were written, bit for bit."""
    try:
        written = json.loads((place / DIGESTS).read_text())
    except (FileNotFoundError, ValueError):
        return False
    return written == digests(place)


def digests(place: Path) -> dict[str, str]:
    """SHA-256 of each file of a checkpoint, by its path there."""
    files = sorted(f for f in place.rglob("*") if f.is_file() and f.name != DIGESTS)
    return {str(f.relative_to(place)): digest(f) for f in files}


def digest(file: Path) -> str:
    """SHA-256 of one file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
