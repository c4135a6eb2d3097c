"""Where decoded images are kept between runs: bounded, the longest unused go first. No JAX.

A folder for each set of images and settings, under `$VAE_JAX_CACHE`, or else the user's own
cache. Nothing in it is needed: what is missing or damaged is decoded anew.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vae_jax.errors import UserError
from vae_jax.storage import files

PLACE, MOST = "VAE_JAX_CACHE", "VAE_JAX_CACHE_GB"  # environment variables
MOST_GB = 50.0
INDEX = "index.json"
HOUR, DAY = 3_600.0, 86_400.0  # seconds between two marks of use; none is removed sooner


def root() -> Path:
    """The folder of all entries."""
    own = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get(PLACE) or Path(own) / "vae_jax").expanduser() / "images"


def entry_of(*parts: Any) -> Path:
    """The folder of the entry that some plain values are the key of."""
    text = json.dumps(parts, sort_keys=True)
    return root() / hashlib.sha256(text.encode()).hexdigest()[:24]


def most_bytes() -> float:
    """The bytes that all entries may take; a `UserError` if the variable is no number."""
    text = os.environ.get(MOST, str(MOST_GB))
    try:
        return 1e9 * float(text)
    except ValueError:
        raise UserError(f"{MOST}: {text!r} is not a number of gigabytes") from None


def index_of(entry: Path) -> dict[str, Any] | None:
    """What is known of an entry that is whole; None of another."""
    try:
        return files.read_json(entry / INDEX)
    except UserError:
        return None


def others() -> list[Path]:
    """The entries there are, the longest unused first."""
    if not root().is_dir():
        return []
    return sorted((p for p in root().iterdir() if p.is_dir()), key=used_at)


def used_at(entry: Path) -> float:
    """When an entry was last used or added to, in seconds of the epoch."""
    marks = [entry / INDEX, entry]
    return max((p.stat().st_mtime for p in marks if p.exists()), default=0.0)


def mark_used(entry: Path) -> Callable[[], None]:
    """A function that marks an entry as used, at most once an hour."""
    last = [0.0]

    def mark() -> None:
        if time.monotonic() - last[0] > HOUR or not last[0]:
            last[0] = time.monotonic()
            try:
                os.utime(entry / INDEX)
            except OSError:
                return

    return mark


def bytes_of(entry: Path) -> int:
    """The bytes that an entry takes on disk."""
    return sum(p.stat().st_size for p in entry.iterdir() if p.is_file())


def make_room(entry: Path, needed: int) -> None:
    """Removes entries, the longest unused first, until one of `needed` bytes has room.

    Those used within a day stay, since a run may be reading them. A `UserError` where that
    is not enough, or the cache cannot be written.
    """
    most = most_bytes()
    left = {other: bytes_of(other) for other in others() if other != entry}
    for other in list(left):
        if sum(left.values()) + needed <= most:
            break
        if time.time() - used_at(other) > DAY:
            shutil.rmtree(other, ignore_errors=True)
            del left[other]
    if sum(left.values()) + needed > most:
        raise UserError(
            f"{root()}: the decoded images need {needed / 1e9:z.2f} GB beside "
            f"{sum(left.values()) / 1e9:z.2f} GB in use, and {most / 1e9:z.2f} GB is the "
            f"most: set {MOST} to more, or {PLACE} to another place"
        )
    try:
        entry.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{entry}: cannot be made ({error.strerror}): set {PLACE} to a place for "
            "decoded images"
        ) from None
