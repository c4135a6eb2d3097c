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
REMEDY = "the sweep's own command writes it anew"


def damaged(workdir: Path, record: dict[str, Any]) -> list[Path]:
    """Tables, references and arrays: everything that the checkpoints can give again."""
    found = unsealed(workdir, TABLES)
    try:
        seals.read_record(workdir / directory.BASELINES)
    except UserError:
        found.append(workdir / directory.BASELINES)
    for program, layout in record.get("layout", {}).items():
        place = workdir / directory.ARRAYS / program
        found += unsealed(place, SHARED)
        for block in range(layout["blocks"]):
            found += unsealed(place / f"block_{block}", [f"{kind}.npz" for kind in KINDS])
    return found


def unsealed(place: Path, names: Iterable[str]) -> list[Path]:
    """Files that are not there as the seal of their directory says."""
    content = seals.read(place)
    if content is None:
        return [place / seals.SEAL]
    known = content["files"]
    return [
        place / name
        for name in names
        if name not in known or not seals.same(place, name, known[name])
    ]


def check(workdir: Path, record: dict[str, Any]) -> None:
    """A `UserError` that names the first file a report cannot be made of."""
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
