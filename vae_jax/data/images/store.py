"""Decoded images as shards in the cache. No JAX."""

import hashlib
import json
import shutil
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae_jax.data.images import cache, worker
from vae_jax.data.images.contents import Contents, contents_of
from vae_jax.data.images.decode import COLOUR, DEEP, GREY, Fitting, Unreadable, kind_of
from vae_jax.data.images.listing import printable
from vae_jax.data.images.workers import results
from vae_jax.data.shards import Shards
from vae_jax.errors import UserError
from vae_jax.storage import files

Tell = Callable[[str], None]

SHARD_BYTES = 2**23
PROBED = 200  # images, evenly among all, by which mode and size are found
EVERY = 5.0  # seconds between two lines on how far it is
LISTED = 3  # images named in a line


class Store(NamedTuple):
    """Decoded images, and what became of those that could not be."""

    rows: Shards  # [N, D] of all files, zeros for those that cannot be read
    shape: tuple[int, int, int]
    fitting: Fitting
    faults: dict[int, str]  # why a row cannot be read


def stored(
    contents: Contents, size: tuple[int, int] | None, filter: str, colour: Any, tell: Tell
) -> Store:
    """The decoded images, from the cache or decoded into it now.

    `colour` is True, False, or None: as the images are. `tell` hears how far it is. Images
    of several sizes without a `size` to bring them to are a `UserError`.
    """
    asked = [size, filter, colour]
    entry = cache.entry_of(contents.identity, asked)
    found = cache.index_of(entry) or same_content(contents, asked, entry)
    if found is not None and not is_whole(Path(found.get("at", entry)), found["crcs"]):
        tell(f"{entry}: damaged; decoding the images anew")
        shutil.rmtree(entry, ignore_errors=True)
        found = None
    if found is None:
        found = decode(contents, size, filter, colour, entry, tell)
        files.write_json(entry / cache.INDEX, {**found, "asked": asked})
    return opened(entry, found)


def opened(entry: Path, found: dict[str, Any]) -> Store:
    """The store of an entry and its index."""
    home = Path(found.get("at", entry))
    count, shape = found["images"], tuple(found["shape"])
    fitting = Fitting(**found["fitting"])
    fitting = fitting._replace(size=fitting.size and tuple(fitting.size))
    names = [worker.shard_file(home, i) for i in range(len(found["crcs"]))]
    width = int(np.prod(shape))
    rows = Shards(
        *(names, found["rows_of_a_file"], count, width, fitting.dtype),
        used=cache.mark_used(home),
    )
    faults = {int(row): why for row, why in found["faults"].items()}
    return Store(rows, shape, fitting, faults)


def is_whole(home: Path, crcs: list[int]) -> bool:
    """Whether the shards of an entry are there, and what was written."""
    try:
        shards = (
            np.load(worker.shard_file(home, i), mmap_mode="r") for i in range(len(crcs))
        )
        return all(zlib.crc32(rows.data) == crc for rows, crc in zip(shards, crcs))
    except (OSError, ValueError, EOFError):
        return False


def same_content(contents: Contents, asked: list, entry: Path) -> dict[str, Any] | None:
    """The index of an entry of the same bytes under another path or time; None without.

    Files are read for that only where an entry has as many of them, of as many bytes.
    """
    plain = json.loads(json.dumps(asked))
    digests: dict[int, str] = {}
    for other in cache.others():
        found = cache.index_of(other)
        if found is None or "at" in found or found["asked"] != plain:
            continue
        if (found["images"], found["bytes"]) != (len(contents.names), contents.bytes):
            continue
        rows = found["rows_of_a_file"]
        if rows not in digests:
            digests[rows] = content_of(contents, rows)
        if digests[rows] == found["content"]:
            entry.mkdir(parents=True, exist_ok=True)
            found = {**found, "at": str(other)}
            files.write_json(entry / cache.INDEX, found)
            return found
    return None


def content_of(contents: Contents, rows_of_a_file: int) -> str:
    """A hash over the bytes of all files, as the shards' descriptions have it."""
    whole, count = hashlib.sha256(), len(contents.names)
    for start in range(0, count, rows_of_a_file):
        part = hashlib.sha256()
        for content in contents_of(
            contents, range(start, min(start + rows_of_a_file, count))
        ):
            part.update(hashlib.sha256(content).digest())
        whole.update(part.hexdigest().encode())
    return whole.hexdigest()


def decode(
    contents: Contents, size, filter: str, colour: Any, entry: Path, tell: Tell
) -> dict[str, Any]:
    """Decodes all images into an entry of the cache; what its index says."""
    mode, first = probed(contents, size)
    if colour is not None:
        mode = COLOUR if colour else (DEEP if mode == DEEP else GREY)
    fitting = Fitting(mode, size, filter, forced=colour is False)
    while True:
        task = task_of(contents, fitting, size or first, entry)
        try:
            return carried_out(task, contents, entry, tell)
        except Recoloured:
            fitting = fitting._replace(mode=COLOUR)
            shutil.rmtree(entry, ignore_errors=True)


class Recoloured(Exception):
    """An image has colours, where all that were looked at first were grey."""


def probed(contents: Contents, size) -> tuple[str, tuple[int, int]]:
    """The mode that holds the images, and their height and width, by some of them.

    A `UserError` where none can be read, and where sizes differ and none is asked for.
    """
    count = len(contents.names)
    places = np.unique(np.linspace(0, count - 1, min(PROBED, count)).astype(int))
    kinds, sizes, why = set(), {}, ""
    for place in places.tolist():
        (content,) = contents_of(contents, range(place, place + 1))
        try:
            kind, own = kind_of(content)
        except Unreadable as error:
            why = why or f"{printable(contents.names[place])}: {error}"
            continue
        kinds.add(kind)
        sizes.setdefault(own, contents.names[place])
    if not kinds:
        raise UserError(f"dataset.path: {contents.place}: no image can be read ({why})")
    if size is None and len(sizes) > 1:
        raise several_sizes(contents, sizes)
    mode = kinds.pop() if len(kinds) == 1 else (COLOUR if COLOUR in kinds else GREY)
    return mode, next(iter(sizes))


def several_sizes(contents: Contents, sizes: dict[tuple[int, int], str]) -> UserError:
    """The error for images of several sizes, which names some of each."""
    named = [
        f"{height}x{width} ({printable(path)})"
        for (height, width), path in list(sizes.items())[:LISTED]
    ]
    least = min(min(size) for size in sizes)
    return UserError(
        f"dataset.path: {contents.place}: images of several sizes: {', '.join(named)}: set "
        f"--config.dataset.size={least}, or another, to crop and resize them"
    )


def task_of(contents: Contents, fitting: Fitting, size, entry: Path) -> worker.Task:
    """The task of decoding all images."""
    shape = (*size, fitting.channels)
    of_a_row = int(np.prod(shape)) * fitting.dtype.itemsize
    rows = max(1, SHARD_BYTES // of_a_row)
    cache.make_room(entry, of_a_row * len(contents.names))
    shape = tuple(map(int, shape))
    return worker.Task(contents.place, contents.names, str(entry), rows, shape, fitting)


def carried_out(
    task: worker.Task, contents: Contents, entry: Path, tell: Tell
) -> dict[str, Any]:
    """Decodes the shards that are missing; the index of the whole."""
    count = -(-len(task.paths) // task.rows_of_a_file)
    missing = [i for i in range(count) if not worker.described(entry, i).exists()]
    done = len(task.paths) - len(missing) * task.rows_of_a_file
    began = said = time.monotonic()
    for told in results(task, missing, contents.read):
        if "colour" in told:
            raise Recoloured
        if "size" in told:
            own = tuple(task.shape[:2]), tuple(told["size"])
            raise several_sizes(contents, {own[0]: task.paths[0], own[1]: told["path"]})
        done += told["images"]
        if time.monotonic() - said > EVERY:
            said = time.monotonic()
            left = (said - began) * (len(task.paths) - done) / max(done, 1)
            tell(
                f"decoding images into {entry.parent}: {max(done, 0):,} of "
                f"{len(task.paths):,}, {left:z.0f} s to go"
            )
    about = [files.read_json(worker.described(entry, i)) for i in range(count)]
    whole = hashlib.sha256()
    for one in about:
        whole.update(one["files"].encode())
    return {
        "images": len(task.paths),
        "bytes": contents.bytes,
        "content": whole.hexdigest(),
        "rows_of_a_file": task.rows_of_a_file,
        "shape": list(task.shape),
        "fitting": task.fitting._asdict(),
        "crcs": [one["crc"] for one in about],
        "faults": {row: why for one in about for row, why in one["faults"].items()},
    }
