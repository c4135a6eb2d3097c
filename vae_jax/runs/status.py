"""How a run stands, read beside whatever works on it: nothing is touched. No JAX."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from vae_jax.errors import UserError
from vae_jax.runs import directory, integrity, members
from vae_jax.storage import logs

LEFTOVERS = (".saving", ".doomed", "damaged_*")  # of kills, and what was set aside


class Status(NamedTuple):
    """Of one run."""

    workdir: Path
    id: str
    state: str
    done: float  # share of all epochs of all members
    members: int
    diverged: list[int]
    disk: int  # bytes
    saved: float | None  # when the newest checkpoint was written, in seconds of the epoch


def status(workdir: Path) -> Status:
    """What a run's files say; a `UserError` where there is none."""
    directory.require(workdir)
    record = directory.read_record(workdir)
    listed = members.read_members(workdir) if (workdir / directory.MEMBERS).exists() else []
    epochs, seen = record["config"]["epochs"], last_epochs(workdir)
    goals = [dict(found.member.static).get("epochs", epochs) for found in listed]
    reached = [
        seen.get(i, 0) if found.status == "training" else goal
        for i, (found, goal) in enumerate(zip(listed, goals))
    ]
    saved = [place for block in blocks(workdir) for place in checkpoints(block)]
    times = [at for place in saved if (at := written(place)) is not None]
    return Status(
        workdir,
        str(record.get("id")),
        state_of(workdir, record, listed),
        sum(reached) / max(sum(goals), 1),
        len(listed),
        [i for i, found in enumerate(listed) if found.status == "diverged"],
        size_of([workdir]),
        max(times, default=None),
    )


def state_of(workdir: Path, record: dict, listed: list[members.MemberRow]) -> str:
    """`training (process 12)`, `evaluating (...)`, `finished`, `stopped`, `damaged`."""
    for lock, doing in (
        (directory.EVALUATION_LOCK, "evaluating"),
        (directory.LOCK, "training"),
    ):
        holder = held_by(workdir / lock)
        if holder:
            return f"{doing} (process {holder})"
    if not (workdir / directory.RESULTS).exists() or {f.status for f in listed} & {
        "training"
    }:
        return "stopped"
    return "damaged" if integrity.damaged(workdir, record) else "finished"


def held_by(lock: Path) -> str | None:
    """The process that holds a lock; None if nobody does."""
    try:
        with open(lock) as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
    except BlockingIOError:
        return lock.read_text().strip() or "unknown"
    except OSError:
        return None


def last_epochs(workdir: Path) -> dict[int, int]:
    """The last epoch that is logged of each member."""
    log = workdir / directory.TRAIN_LOG
    found: dict[int, int] = {}
    for line in logs.read_lines(log) if log.exists() else ():
        if isinstance(line.get("member"), int) and isinstance(line.get("epoch"), int):
            found[line["member"]] = max(line["epoch"], found.get(line["member"], 0))
    return found


def blocks(workdir: Path) -> list[Path]:
    """Where the checkpoints of each block of members are."""
    return sorted((workdir / directory.CHECKPOINTS).glob("program_*/block_*"))


def checkpoints(block: Path) -> list[Path]:
    """The checkpoints of a block, oldest first."""
    found = (place for place in block.iterdir() if place.name.isdigit())
    return sorted(found, key=lambda place: int(place.name))


def removable(workdir: Path, *, superseded: bool) -> list[Path]:
    """Leftovers of kills and what was set aside; of a finished run, older checkpoints."""
    found = [p for block in blocks(workdir) for name in LEFTOVERS for p in block.glob(name)]
    found += sorted(workdir.rglob(".*.tmp"))
    if superseded:
        found += [place for block in blocks(workdir) for place in checkpoints(block)[:-1]]
    return found


def written(place: Path) -> float | None:
    """When a file or directory was written; None if it has vanished meanwhile."""
    try:
        return place.stat().st_mtime
    except OSError:
        return None


def size_of(places: Iterable[Path]) -> int:
    """Bytes of files, and of all files below directories; what vanishes meanwhile is 0."""
    total = 0
    for place in places:
        below = [Path(home) / name for home, _, names in os.walk(place) for name in names]
        for file in below if place.is_dir() else (place,):
            with contextlib.suppress(OSError):
                total += file.lstat().st_size
    return total


def find(directories: Iterable[Path], depth: int = 3) -> list[Path]:
    """The run directories there and below, at most so deep."""
    found = []
    for run_dir in directories:
        if (run_dir / directory.CONFIG).is_file():
            found.append(run_dir)
        elif depth and run_dir.is_dir():
            below = sorted(p for p in run_dir.iterdir() if not p.is_symlink())
            found += find([p for p in below if p.is_dir()], depth - 1)
    return found


def say(found: Status) -> str:
    """One line."""
    ago = "no checkpoint"
    if found.saved is not None:
        ago = f"checkpoint {age(time.time() - found.saved)} ago"
    diverged = f", {len(found.diverged)} diverged" if found.diverged else ""
    return (
        f"{found.workdir}  {found.id}  {found.state}, {found.done:.0%} of the epochs of "
        f"{found.members} members{diverged}, {found.disk / 1e6:.1f} MB, {ago}"
    )


def age(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h`, `5 d`; a clock that was set back makes none negative."""
    seconds = max(seconds, 0.0)
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def line_of(workdir: Path) -> str:
    """The same, or what is wrong with it."""
    try:
        return say(status(workdir))
    except UserError as error:
        return str(error)
