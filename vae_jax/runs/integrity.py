"""What of an evaluated run is missing, or not as it was written. No JAX."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vae_jax.errors import UserError
from vae_jax.runs import directory
from vae_jax.storage import seals

TABLES = (directory.MEMBERS, directory.HALVES, directory.SUMMARY, directory.RESULTS)
PAGES = (directory.REPORT, directory.EXPLORER)
SHARED = (directory.IMAGES, directory.DECODER)  # arrays of a program
KINDS = ("reconstructions", "samples", "interpolations", "codes", "weights", "fits")
OPTIONAL = ("snapshots",)  # kinds that only some runs have; a block's seal says so
WEIGHTS = ("weights", "snapshots")  # kinds that a run may have been shared without
REMEDY = "the sweep's own command writes it anew"


def damaged(workdir: Path, record: dict[str, Any]) -> list[Path]:
    """The files of a run that are missing or not as sealed: tables, references, arrays.

    The checkpoints can give all of them again.
    """
    paths = unsealed(workdir, TABLES)
    try:
        seals.read_record(workdir / directory.BASELINES)
    except UserError:
        paths.append(workdir / directory.BASELINES)
    for program, layout in record.get("layout", {}).items():
        program_dir = workdir / directory.ARRAYS / program
        paths += unsealed(program_dir, SHARED)
        for block in range(layout["blocks"]):
            block_dir = program_dir / f"block_{block}"
            paths += unsealed(block_dir, expected(block_dir, record))
    return paths


def expected(block_dir: Path, record: dict[str, Any]) -> list[str]:
    """The names of the files of arrays that a block of a run has to have."""
    sealed = (seals.read(block_dir) or {"files": {}})["files"]
    optional = [kind for kind in OPTIONAL if f"{kind}.npz" in sealed]
    left_out = record.get("left_out", ())
    return [f"{kind}.npz" for kind in (*KINDS, *optional) if kind not in left_out]


def unsealed(parent: Path, names: Iterable[str]) -> list[Path]:
    """The files of a directory that are not there as its seal says.

    The seal itself where that is not whole.
    """
    content = seals.read(parent)
    if content is None:
        return [parent / seals.SEAL]
    digests = content["files"]
    return [
        parent / name
        for name in names
        if name not in digests or not seals.same(parent, name, digests[name])
    ]


def check(workdir: Path, record: dict[str, Any]) -> None:
    """A `UserError` for an unfinished run, or naming its first file missing or damaged.

    What passes can be reported on.
    """
    if not seals.knows(workdir, directory.TRAIN_LOG):
        raise UserError(f"{workdir}: the run is not finished (its training has not ended)")
    for file in (*damaged(workdir, record), *unsealed(workdir, (directory.TRAIN_LOG,))):
        raise UserError(f"{file}: missing or damaged; {REMEDY}")


def check_log(workdir: Path) -> None:
    """A `UserError` if the log of finished training has changed: it cannot be had again."""
    sealed = (seals.read(workdir) or {"files": {}})["files"]
    log = workdir / directory.TRAIN_LOG
    if directory.TRAIN_LOG in sealed and not seals.same(
        workdir, log.name, sealed[log.name]
    ):
        raise UserError(
            f"{log}: missing or damaged since training ended; put it back, or delete "
            f"{workdir / directory.CHECKPOINTS} and {workdir / seals.SEAL} to train again"
        )
