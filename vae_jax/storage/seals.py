"""Seals: the SHA-256 of a directory's files, in a file beside them. No JAX.

What is read later is compared with its seal first, so nothing that changed on the disk
passes for a result. The seal has a SHA-256 of its own; it is written last, so that files
without a whole seal are files whose writing was cut short.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vae_jax.errors import UserError
from vae_jax.storage import files

SEAL = "sha256.json"


def digest(file: Path) -> str:
    """SHA-256 of one file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def digest_of(record: Any) -> str:
    """SHA-256 of what JSON can say, whatever the order of its names."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def write_record(file: Path, record: Mapping[str, Any]) -> None:
    """JSON with the SHA-256 of itself."""
    files.write_json(file, {**record, "sha256": digest_of(record)})


def read_record(file: Path) -> dict[str, Any]:
    """The record again; a `UserError` if it is damaged, or was edited."""
    record = files.read_json(file)
    if record.pop("sha256", None) != digest_of(record):
        raise UserError(f"{file}: damaged, or edited since it was written")
    return record


def files_below(place: Path) -> list[str]:
    """The files of a directory and of those in it, but for its seal; links too."""
    found = (p for p in place.rglob("*") if p.is_symlink() or p.is_file())
    return sorted(str(p.relative_to(place)) for p in found if p != place / SEAL)


def seal(place: Path, names: Iterable[str], **more: Any) -> None:
    """Writes the seal of these files, and whatever else it is to keep."""
    content = {"files": {name: digest(place / name) for name in sorted(names)}, **more}
    write_record(place / SEAL, content)


def renew(place: Path, names: Iterable[str]) -> None:
    """Seals files that were written again; of the others the seal stays as it is."""
    before = (read(place) or {"files": {}})["files"]
    new = {name: digest(place / name) for name in names}
    write_record(place / SEAL, {"files": dict(sorted({**before, **new}.items()))})


def read(place: Path) -> dict[str, Any] | None:
    """What a seal says; None where there is none, or none that is whole."""
    try:
        content = read_record(place / SEAL)
    except UserError:
        return None
    files = content.get("files")
    known = isinstance(files, dict) and all(isinstance(v, str) for v in files.values())
    return content if known else None


def knows(place: Path, name: str) -> bool:
    """Whether such a file was sealed once; also where the seal itself is damaged."""
    content = read(place)
    return (place / SEAL).exists() if content is None else name in content["files"]


def broken(place: Path) -> list[str] | None:
    """The sealed files that are missing or changed; None without a whole seal."""
    content = read(place)
    if content is None:
        return None
    return [name for name, sha in content["files"].items() if not same(place, name, sha)]


def same(place: Path, name: str, sha: str) -> bool:
    """Whether a file is the one that was sealed; links, and ways out, are not."""
    file = place / name
    try:
        inside = file.resolve().is_relative_to(place.resolve()) and not file.is_symlink()
        return inside and file.is_file() and digest(file) == sha
    except (OSError, ValueError):  # no name that a file can have
        return False
