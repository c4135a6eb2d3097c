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
    """SHA-256 of a file's bytes, as hexadecimal digits."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def digest_of(record: Any) -> str:
    """SHA-256 of a record as JSON, as hexadecimal digits, whatever the order of names."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def write_record(file: Path, record: Mapping[str, Any]) -> None:
    """Writes a record as JSON with its own SHA-256, which `read_record` checks."""
    files.write_json(file, {**record, "sha256": digest_of(record)})


def read_record(file: Path) -> dict[str, Any]:
    """A record that `write_record` wrote; a `UserError` if it is damaged or was edited."""
    record = files.read_json(file)
    if record.pop("sha256", None) != digest_of(record):
        raise UserError(f"{file}: damaged, or edited since it was written")
    return record


def files_below(directory: Path) -> list[str]:
    """The files and links below a directory, by relative path, sorted.

    The seal of the directory itself is left out.
    """
    paths = (path for path in directory.rglob("*") if path.is_symlink() or path.is_file())
    return sorted(
        str(path.relative_to(directory)) for path in paths if path != directory / SEAL
    )


def seal(directory: Path, names: Iterable[str], **more: Any) -> None:
    """Seals files of a directory: writes the SHA-256 of each into `sha256.json`.

    `more` is kept beside them under its own names.
    """
    content = {"files": {name: digest(directory / name) for name in sorted(names)}, **more}
    write_record(directory / SEAL, content)


def renew(directory: Path, names: Iterable[str]) -> None:
    """Seals files of a directory that were written again; the other seals stay."""
    before = (read(directory) or {"files": {}})["files"]
    renewed = {name: digest(directory / name) for name in names}
    write_record(directory / SEAL, {"files": dict(sorted({**before, **renewed}.items()))})


def read(directory: Path) -> dict[str, Any] | None:
    """The content of a directory's seal; None where there is none, or it is not whole.

    `files` has the SHA-256 of each file by name; what else `seal` was given is beside it.
    """
    try:
        content = read_record(directory / SEAL)
    except UserError:
        return None
    digests = content.get("files")
    is_whole = isinstance(digests, dict) and all(
        isinstance(sha, str) for sha in digests.values()
    )
    return content if is_whole else None


def knows(directory: Path, name: str) -> bool:
    """Whether a file was ever sealed; True too where the seal itself is damaged."""
    content = read(directory)
    return (directory / SEAL).exists() if content is None else name in content["files"]


def broken(directory: Path) -> list[str] | None:
    """The sealed files of a directory that are missing or changed; None without a seal."""
    content = read(directory)
    if content is None:
        return None
    return [
        name for name, sha in content["files"].items() if not same(directory, name, sha)
    ]


def whole(directory: Path) -> list[str]:
    """The sealed files of a directory that are there as they were written."""
    digests = (read(directory) or {"files": {}})["files"]
    return [name for name, sha in digests.items() if same(directory, name, sha)]


def same(directory: Path, name: str, sha: str) -> bool:
    """Whether a file of a directory has the SHA-256 of its seal; a link never has.

    Nor has a name that leads out of the directory.
    """
    file = directory / name
    try:
        inside = (
            file.resolve().is_relative_to(directory.resolve()) and not file.is_symlink()
        )
        return inside and file.is_file() and digest(file) == sha
    except (OSError, ValueError):  # no name that a file can have
        return False
