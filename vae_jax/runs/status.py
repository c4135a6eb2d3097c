"""How a run stands, read beside whatever works on it: nothing is touched. No JAX."""

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from vae_jax.errors import UserError
from vae_jax.runs import directory, integrity, members
from vae_jax.storage import leases, logs

LEFTOVERS = (".saving", ".doomed", "damaged_*")  # of kills, and what was set aside


class Status(NamedTuple):
    """How a run stands, as its files say."""

    workdir: Path
    id: str
    state: str
    done: float  # share of all epochs of all members
    members: int
    diverged: list[int]
    disk: int  # bytes
    saved: float | None  # when the newest checkpoint was written, in seconds of the epoch


def status(workdir: Path) -> Status:
    """How the run in a directory stands; a `UserError` where there is none."""
    directory.require(workdir)
    record = directory.read_record(workdir)
    member_rows = (
        members.read_members(workdir) if (workdir / directory.MEMBERS).exists() else []
    )
    epochs, logged = record["config"]["epochs"], last_epochs(workdir)
    goals = [dict(row.member.static).get("epochs", epochs) for row in member_rows]
    reached = [
        logged.get(i, 0) if row.status == "training" else goal
        for i, (row, goal) in enumerate(zip(member_rows, goals))
    ]
    saved_checkpoints = [
        checkpoint for block in blocks(workdir) for checkpoint in checkpoints(block)
    ]
    times = [
        time_written
        for checkpoint in saved_checkpoints
        if (time_written := written(checkpoint)) is not None
    ]
    return Status(
        workdir,
        str(record.get("id")),
        state_of(workdir, record, member_rows),
        sum(reached) / max(sum(goals), 1),
        len(member_rows),
        [i for i, row in enumerate(member_rows) if row.status == "diverged"],
        size_of([workdir]),
        max(times, default=None),
    )


def state_of(workdir: Path, record: dict, member_rows: list[members.MemberRow]) -> str:
    """What is going on in a run: `training (process 12)`, `evaluating (...)`, ...

    Or, where nothing works on it, `finished`, `stopped` or `damaged`.
    """
    for lock, activity in (
        (directory.EVALUATION_LOCK, "evaluating"),
        (directory.LOCK, "training"),
    ):
        if holder := leases.holder(workdir / lock):
            return f"{activity} ({holder})"
    if not (workdir / directory.RESULTS).exists() or {row.status for row in member_rows} & {
        "training"
    }:
        return "stopped"
    return "damaged" if integrity.damaged(workdir, record) else "finished"


def last_epochs(workdir: Path) -> dict[int, int]:
    """The last epoch that the training log has of each member, by its number."""
    log = workdir / directory.TRAIN_LOG
    epochs: dict[int, int] = {}
    for line in logs.read_lines(log) if log.exists() else ():
        if isinstance(line.get("member"), int) and isinstance(line.get("epoch"), int):
            epochs[line["member"]] = max(line["epoch"], epochs.get(line["member"], 0))
    return epochs


def blocks(workdir: Path) -> list[Path]:
    """The directories of a run's blocks of members, in which their checkpoints are."""
    return sorted((workdir / directory.CHECKPOINTS).glob("program_*/block_*"))


def checkpoints(block: Path) -> list[Path]:
    """The checkpoints of a block of members, oldest first."""
    paths = (path for path in block.iterdir() if path.name.isdigit())
    return sorted(paths, key=lambda path: int(path.name))


def removable(workdir: Path, *, superseded: bool) -> list[Path]:
    """What of a run serves nothing: leftovers of kills, and what was set aside.

    With `superseded`, of a finished run, every checkpoint but the last of each block too.
    """
    paths = [
        path for block in blocks(workdir) for name in LEFTOVERS for path in block.glob(name)
    ]
    paths += sorted(workdir.rglob(".*.tmp"))
    if superseded:
        paths += [
            checkpoint
            for block in blocks(workdir)
            for checkpoint in checkpoints(block)[:-1]
        ]
    return paths


def written(path: Path) -> float | None:
    """When a file or directory was written, in seconds of the epoch; None if it is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def size_of(paths: Iterable[Path]) -> int:
    """Bytes of files, and of all files below directories; what vanishes meanwhile is 0."""
    total = 0
    for path in paths:
        below = [
            Path(parent) / name for parent, _, names in os.walk(path) for name in names
        ]
        for file in below if path.is_dir() else (path,):
            with contextlib.suppress(OSError):
                total += file.lstat().st_size
    return total


def find(directories: Iterable[Path], depth: int = 3) -> list[Path]:
    """The run directories among these and below them, at most `depth` levels deep."""
    run_dirs = []
    for candidate in directories:
        if (candidate / directory.CONFIG).is_file():
            run_dirs.append(candidate)
        elif depth and candidate.is_dir():
            below = sorted(path for path in candidate.iterdir() if not path.is_symlink())
            run_dirs += find([path for path in below if path.is_dir()], depth - 1)
    return run_dirs


def say(run: Status) -> str:
    """A run's status as one line for people."""
    checkpoint = "no checkpoint"
    if run.saved is not None:
        checkpoint = f"checkpoint {age(time.time() - run.saved)} ago"
    diverged = f", {len(run.diverged)} diverged" if run.diverged else ""
    return (
        f"{run.workdir}  {run.id}  {run.state}, {run.done:z.0%} of the epochs of "
        f"{run.members} members{diverged}, {run.disk / 1e6:z.1f} MB, {checkpoint}"
    )


def age(seconds: float) -> str:
    """A time in seconds as `40 s`, `12 min`, `3 h` or `5 d`.

    A clock that was set back makes none negative.
    """
    seconds = max(seconds, 0.0)
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:z.0f} {unit}"
    return f"{seconds:z.0f} s"


def line_of(workdir: Path) -> str:
    """A run's status as one line, or the line that says what is wrong with the run."""
    try:
        return say(status(workdir))
    except UserError as error:
        return str(error)
