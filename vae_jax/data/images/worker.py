"""Decodes some shards of a folder's images: by itself, or as a process for another. No JAX.

    python -m vae_jax.data.images.worker    reads a task from its input, tells of each shard

A shard that is written whole has a description beside it, so that work that was stopped is
taken up where it was.
"""

import hashlib
import json
import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae_jax.data.images.decode import Fitting, InColour, Unreadable, decoded
from vae_jax.storage.files import write_json

Told = dict[str, Any]


class Task(NamedTuple):
    """Which files of a folder are decoded, how, and where to."""

    root: str
    paths: list[str]  # of all shards, below the root
    out: str
    rows_of_a_file: int
    shape: tuple[int, int, int]
    fitting: Fitting


def run(task: Task, shards: Iterable[int]) -> Iterator[Told]:
    """Decodes shards one after another, and tells of each; stops at what cannot be stored.

    Told are `shard` and `images`, or `colour` or `size` and the path of the image that has
    colours or another size.
    """
    for number in shards:
        start = number * task.rows_of_a_file
        paths = task.paths[start : start + task.rows_of_a_file]
        contents = (read(os.path.join(task.root, path)) for path in paths)
        told = decode_shard(task, number, paths, contents)
        yield told
        if "shard" not in told:
            return


def read(path: str) -> bytes:
    """The bytes of a file; none where it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""


def decode_shard(
    task: Task, number: int, names: list[str], contents: Iterable[bytes]
) -> Told:
    """Decodes the images of one shard from their files' bytes, and writes it."""
    rows = np.zeros((len(names), *task.shape), task.fitting.dtype)
    faults, digest = {}, hashlib.sha256()
    for i, (name, content) in enumerate(zip(names, contents, strict=True)):
        digest.update(hashlib.sha256(content).digest())
        try:
            image = decoded(content, task.fitting)
        except Unreadable as error:
            faults[str(number * task.rows_of_a_file + i)] = str(error)
            continue
        except InColour:
            return {"colour": name}
        if image.shape != tuple(task.shape):
            return {"size": list(image.shape[:2]), "path": name}
        rows[i] = image
    flat = rows.reshape(len(rows), -1)
    write_rows(Path(task.out), number, flat)
    about = {"images": len(flat), "faults": faults, "files": digest.hexdigest()}
    about["crc"] = zlib.crc32(flat.data)
    write_json(described(Path(task.out), number), about)
    return {"shard": number, "images": len(flat)}


def write_rows(out: Path, number: int, rows: np.ndarray) -> None:
    """Writes a shard whole or not at all, also where another process writes it too."""
    file = shard_file(out, number)
    temporary = file.with_name(f".{number:05d}.{os.getpid()}.npy")
    np.save(temporary, rows, allow_pickle=False)
    temporary.replace(file)


def shard_file(out: Path, number: int) -> Path:
    """The rows of a shard."""
    return out / f"{number:05d}.npy"


def described(out: Path, number: int) -> Path:
    """The file that describes a shard; it is there once the shard is whole."""
    return out / f"{number:05d}.json"


def main() -> None:
    """Reads a task and the numbers of its shards from the input, as one JSON object."""
    given = json.load(sys.stdin)
    fitting = Fitting(**given["task"].pop("fitting"))
    fitting = fitting._replace(size=fitting.size and tuple(fitting.size))
    task = Task(**given["task"], fitting=fitting)
    for told in run(task, given["shards"]):
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
