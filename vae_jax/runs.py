"""The run directory: create, lock, write, append, read. No JAX.

Every file is written beside its place and renamed into it, so a reader (or a crash)
never meets half a file; `train.jsonl` alone is appended to, and may end in a torn line.
"""

import contextlib
import csv
import fcntl
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from vae_jax.errors import UserError

CONFIG, MEMBERS, RESULTS = "config.json", "members.csv", "results.csv"
SUMMARY, TRAIN_LOG, DECODER = "summary.csv", "train.jsonl", "decoder.json"
REPORT, EXPLORER, IMAGES = "report.html", "explorer.html", "images.npz"
BASELINES, EVALUATION, HALVES = "baselines.json", "evaluation.jsonl", "half_samples.csv"
CHECKPOINTS, ARRAYS, BOARD = "checkpoints", "arrays", "tensorboard"
LOCK, EVALUATION_LOCK = ".lock", ".evaluation.lock"


def block_name(program: int, block: int) -> Path:
    """Where a block of a program's members is kept, under `checkpoints` and `arrays`."""
    return Path(f"program_{program}") / f"block_{block}"


def check(workdir: Path, config: Mapping[str, Any]) -> bool:
    """Whether `workdir` holds this config's run already; touches nothing.

    One that holds another config's run, or something else altogether, is a `UserError`.
    """
    try:
        if workdir.exists() and not workdir.is_dir():
            raise UserError(f"--workdir: {workdir} is a file, not a directory")
        found = {p.name for p in workdir.iterdir()} if workdir.exists() else set()
    except OSError as error:
        raise UserError(f"--workdir: {workdir}: {error.strerror}") from None
    home = next(p for p in (workdir, *workdir.absolute().parents) if p.exists())
    if not os.access(home, os.W_OK | os.X_OK):
        raise UserError(f"--workdir: {workdir} cannot be written ({home} is read-only)")
    if CONFIG in found:
        check_same(workdir, "config", config)
        return True
    if any(not name.startswith(".") for name in found):  # but for what a kill may leave
        raise UserError(
            f"--workdir: {workdir} is not empty and holds no run; name a new directory"
        )
    return False


def create(workdir: Path, record: Mapping[str, Any]) -> IO[str]:
    """Opens `workdir` for writing; returns its lock, held while it is open.

    A new directory gets `record` as its `config.json`. A second process, or a run on
    other data under the same name, is a `UserError`.
    """
    held = lock(workdir, LOCK)
    try:
        if check(workdir, record["config"]):
            check_same(workdir, "data", record["data"])
        else:
            write_json(workdir / CONFIG, record)
    except BaseException:
        held.close()
        raise
    return held


def lock(workdir: Path, name: str, *, wait: Callable[[str], None] | None = None) -> IO[str]:
    """Takes a lock of a run, held while it is open; it falls when its holder ends.

    One that another process holds is a `UserError`, or is waited for, which `wait` is told
    in a line.
    """
    try:
        workdir.mkdir(parents=True, exist_ok=True)
        held = open(workdir / name, "a+")  # noqa: SIM115 (held as long as the caller likes)
    except OSError as error:
        raise UserError(
            f"--workdir: {workdir} cannot be written ({error.strerror})"
        ) from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.seek(0)
        holder = held.read().strip() or "unknown"
        if wait is None:
            held.close()
            raise UserError(
                f"--workdir: {workdir} is in use by process {holder}; wait or name another"
            ) from None
        wait(f"{workdir}: waiting for process {holder}, which is evaluating")
        fcntl.flock(held, fcntl.LOCK_EX)
    held.truncate(0)
    held.write(f"{os.getpid()}\n")
    held.flush()
    return held


def check_same(workdir: Path, part: str, mine: Mapping[str, Any]) -> None:
    """A `UserError` naming the first fields that differ from the run that is there."""
    found = read_json(workdir / CONFIG).get(part)
    if not isinstance(found, dict):
        raise UserError(f"{workdir / CONFIG}: damaged (it has no {part})")
    there = flatten(found)
    here = flatten(mine)
    differ = [
        f"{name} is {there.get(name)!r} there, {here.get(name)!r} here"
        for name in sorted(there.keys() | here.keys())
        if there.get(name) != here.get(name)
    ]
    if differ:
        more = f" and {len(differ) - 3} more" if len(differ) > 3 else ""
        raise UserError(
            f"--workdir: {workdir} holds a run of another {part} "
            f"({'; '.join(differ[:3])}{more}); name another directory"
        )


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"a": {"b": 1}}` to `{"a.b": 1}`; tuples become lists, as JSON has them."""
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
        return {name: as_json(v) for name, v in value.items()}
    return [as_json(v) for v in value] if isinstance(value, tuple | list) else value


def write_bytes(file: Path, content: bytes) -> None:
    """Writes a whole file or none of it: temporary file, fsync, rename.

    A full disk or a place that cannot be written is a `UserError`; what was there stays.
    """
    temporary = file.with_name(f".{file.name}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise UserError(f"{file}: cannot be written ({error.strerror})") from None


def write_text(file: Path, text: str) -> None:
    """Text in UTF-8; what a file system's odd names cannot say becomes a question mark."""
    write_bytes(file, text.encode(errors="replace"))


def write_json(file: Path, record: Mapping[str, Any]) -> None:
    """JSON, indented, with exact floats."""
    write_text(file, json.dumps(record, indent=2) + "\n")


def read_json(file: Path) -> dict[str, Any]:
    """A JSON object; a `UserError` names a file that is missing or damaged."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{file}: damaged ({error})") from None
    if not isinstance(record, dict):
        raise UserError(f"{file}: damaged (a JSON object is expected)")
    return record


def write_csv(file: Path, header: Sequence[str], rows: Iterable[Sequence]) -> None:
    """One line per row; None becomes an empty cell, floats keep every digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(file, text.getvalue())


def read_csv(file: Path) -> list[dict[str, str]]:
    """Rows as dictionaries of strings; a `UserError` names a missing file."""
    try:
        with open(file, newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def write_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """A compressed .npz of plain arrays."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    write_bytes(file, content.getvalue())


def read_arrays(file: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz, never unpickled."""
    try:
        with open(file, "rb") as stream, np.load(stream, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except Exception as error:  # zip, zlib and NumPy raise as they like on damaged files
        raise UserError(f"{file}: cannot be read ({error})") from None


def append_lines(file: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Appends one JSON object per line."""
    try:
        with open(file, "a", encoding="utf-8") as stream:
            stream.writelines(json.dumps(record) + "\n" for record in records)
    except OSError as error:
        raise UserError(f"{file}: cannot be written ({error.strerror})") from None


def keep_lines(file: Path, keep) -> None:
    """Drops the lines of a log that `keep(record)` rejects, and a torn last line.

    On resuming, what was logged after the checkpoint will be logged again.
    """
    if not file.exists():
        return
    kept = [record for record in read_lines(file) if keep(record)]
    text = "".join(json.dumps(record) + "\n" for record in kept)
    write_text(file, text)


def read_lines(file: Path) -> list[dict[str, Any]]:
    """The records of a log, leaving out a torn last line and any that is damaged."""
    records = []
    for line in file.read_bytes().split(b"\n")[:-1]:
        with contextlib.suppress(ValueError, RecursionError):
            records.append(json.loads(line))
    return [record for record in records if isinstance(record, dict)]
