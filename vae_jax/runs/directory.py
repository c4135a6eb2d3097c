"""The run directory: what is in it, who may write it, whose config it holds. No JAX."""

import itertools
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vae_jax.errors import UserError
from vae_jax.storage import leases, seals
from vae_jax.storage.leases import Lease
from vae_jax.studies.fields import WORDS

CONFIG, MEMBERS, RESULTS = "config.json", "members.csv", "results.csv"
SUMMARY, TRAIN_LOG, DECODER = "summary.csv", "train.jsonl", "decoder.json"
REPORT, EXPLORER, IMAGES = "report.html", "explorer.html", "images.npz"
BASELINES, EVALUATION, HALVES = "baselines.json", "evaluation.jsonl", "half_samples.csv"
CHECKPOINTS, ARRAYS, BOARD = "checkpoints", "arrays", "tensorboard"
FAILURES, TIMES, SNAPSHOTS = "failures.log", "times.jsonl", "snapshots.npz"
FORMAT = 1  # of a run directory
LOCK, EVALUATION_LOCK = ".lock", ".evaluation.lock"
SECONDS_BETWEEN_TRIES = 0.5


def block_name(program: int, block: int) -> Path:
    """Where a block of a program's members is kept, under `checkpoints` and `arrays`."""
    return Path(f"program_{program}") / f"block_{block}"


def check(workdir: Path, config: Mapping[str, Any]) -> bool:
    """Whether `workdir` holds this config's run already; touches nothing.

    A directory that holds another config's run or something else altogether, or that
    cannot be written, is a `UserError`.
    """
    try:
        if workdir.exists() and not workdir.is_dir():
            raise UserError(f"--workdir: {workdir} is a file, not a directory")
        names = {path.name for path in workdir.iterdir()} if workdir.exists() else set()
    except OSError as error:
        raise UserError(f"--workdir: {workdir}: {error.strerror}") from None
    existing = next(
        path for path in (workdir, *workdir.absolute().parents) if path.exists()
    )
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UserError(f"--workdir: {workdir} cannot be written ({existing} is read-only)")
    if CONFIG in names:
        check_same(workdir, "config", config)
        return True
    if any(not name.startswith(".") for name in names):  # but for what a kill may leave
        raise UserError(
            f"--workdir: {workdir} is not empty and holds no run ({CONFIG} is missing); "
            "name a new directory"
        )
    return False


def create(workdir: Path, record: Mapping[str, Any]) -> Lease:
    """Opens `workdir` for writing; returns its lock, held while it is open.

    A new directory gets `record` as its `config.json`. A second process, or a run on
    other data under the same name, is a `UserError`.
    """
    held = lock(workdir, LOCK)
    try:
        if check(workdir, record["config"]):
            check_same(workdir, "data", record["data"])
            remember_places(workdir, record.get("places", {}))
        else:
            write_record(workdir, record)
    except BaseException:
        held.close()
        raise
    return held


def fresh(workdir: Path) -> Path:
    """The first of `workdir`, `workdir-2`, `workdir-3`, ... where nothing lies."""
    beside = (Path(f"{workdir}-{i}") for i in itertools.count(2))
    return next(p for p in itertools.chain([workdir], beside) if not os.path.lexists(p))


def lock(workdir: Path, name: str, *, wait: Callable[[str], None] | None = None) -> Lease:
    """Takes a lock of a run, held until it is closed or its process ends.

    One that another process holds is a `UserError`, or is waited for, which `wait` is told
    in a line.
    """
    file = workdir / name
    try:
        workdir.mkdir(parents=True, exist_ok=True)
        held = leases.take(file)
        if held is None and wait is not None:
            wait(f"{workdir}: waiting for {holder(file)}, which is evaluating")
        while held is None and wait is not None:
            time.sleep(SECONDS_BETWEEN_TRIES)
            held = leases.take(file)
    except OSError as error:
        raise UserError(
            f"--workdir: {workdir} cannot be written ({error.strerror})"
        ) from None
    if held is None:
        raise UserError(
            f"--workdir: {workdir} is in use by {holder(file)}; wait or name another"
        )
    return held


def holder(file: Path) -> str:
    """Who holds a lock that could not be taken, which may have been given back since."""
    return leases.holder(file) or "another process"


def write_record(workdir: Path, record: Mapping[str, Any]) -> None:
    """Writes what a run says of itself to its `config.json`, sealed."""
    seals.write_record(workdir / CONFIG, {"format": FORMAT, **record})


def places(workdir: Path) -> dict[str, str]:
    """Where a run's data lay when it was last needed, by the paths of its config."""
    return dict(read_record(workdir).get("places", {}))


def remember_places(workdir: Path, now: Mapping[str, str]) -> None:
    """Notes in a run's record where its data lies now, by the paths of its config."""
    record = read_record(workdir)
    if record.get("places") != dict(now):
        write_record(workdir, {**record, "places": dict(now)})


def remember_kept(workdir: Path, every: int) -> None:
    """Notes in a run's record that the checkpoints of every so many epochs stay.

    Nothing where `every` is 0: what an earlier command kept may still be there.
    """
    record = read_record(workdir)
    if every and record.get("kept_every") != every:
        write_record(workdir, {**record, "kept_every": every})


def kept_every(workdir: Path) -> int:
    """The epochs between the checkpoints that a run keeps for good; 0 where it does not."""
    return int(read_record(workdir).get("kept_every", 0))


def rename(workdir: Path, config: Mapping[str, Any]) -> bool:
    """Notes a run's title and notes as its config has them now; whether they are others."""
    record = read_record(workdir)
    words = {word: config[word] for word in WORDS}
    if words.items() <= record["config"].items():
        return False
    write_record(workdir, {**record, "config": {**record["config"], **words}})
    return True


def require(workdir: Path) -> None:
    """Raises a `UserError` where a directory holds no run."""
    if not (workdir / CONFIG).exists():
        raise UserError(f"{workdir}: no run here ({CONFIG} is missing)")


def read_record(workdir: Path) -> dict[str, Any]:
    """What a run says of itself, from its `config.json`.

    A record that was edited, or written by another version's format, is a `UserError`.
    """
    file = workdir / CONFIG
    record = seals.read_record(file)
    if record.get("format") != FORMAT:
        raise UserError(
            f"{file}: format {record.get('format')!r}, written by another version of "
            f"vae_jax; this one reads format {FORMAT}"
        )
    return record


def id_of(workdir: Path) -> str:
    """The short name of a run's result, ten characters; "" if it has none."""
    return str(read_record(workdir).get("id", ""))


def check_same(workdir: Path, part: str, mine: Mapping[str, Any]) -> None:
    """A `UserError` naming the first fields that differ from the run in `workdir`.

    `part` is the part of its record to compare, `mine` that part of the new run. A field
    left empty is one not given. The name of data comes from its file, which may be called
    otherwise now; how it is shown is the config's, or its source's.
    """
    recorded = read_record(workdir).get(part)
    if not isinstance(recorded, dict):
        raise UserError(f"{workdir / CONFIG}: damaged (it has no {part})")
    there = flatten(recorded)
    here = flatten(mine)
    differ = [
        f"{name} is {there.get(name)!r} there, {here.get(name)!r} here"
        for name in sorted(there.keys() | here.keys())
        if there.get(name, "") != here.get(name, "")
        and (part, name.rpartition(".")[2]) not in (("data", "name"), ("data", "display"))
        and (part, name) not in (("config", word) for word in WORDS)
    ]
    if differ:
        more = f" and {len(differ) - 3} more" if len(differ) > 3 else ""
        or_data = ", or its own data: --data=PATH" if part == "data" else ""
        raise UserError(
            f"--workdir: {workdir} holds a run of another {part} "
            f"({'; '.join(differ[:3])}{more}); name another directory{or_data}"
        )


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested groups as one, by dotted names: `{"a": {"b": 1}}` to `{"a.b": 1}`.

    Tuples become lists, as JSON has them.
    """
    flat = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = as_json(value)
    return flat


def as_json(value: Any) -> Any:
    """A value as it comes back from JSON: tuples, however deep, are lists."""
    if isinstance(value, Mapping):
        return {name: as_json(item) for name, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, tuple | list) else value
