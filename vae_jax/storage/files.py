"""Files of a run, written whole or not at all, and read with suspicion. No JAX.

Every file is written beside its place and renamed into it, so a reader (or a crash) never
meets half a file. Logs are appended to, a line at a time; each line has a checksum.
"""

import contextlib
import csv
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vae_jax.errors import UserError

MAX_JSON_BYTES, MAX_ARRAY_BYTES = 2**28, 2**33  # of a file


def write_bytes(file: Path, content: bytes) -> None:
    """Writes a whole file or none of it: temporary file, fsync, rename.

    A full disk or a directory that cannot be written is a `UserError`; the file that was
    there stays.
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
    """Writes text in UTF-8; what UTF-8 cannot encode becomes a question mark.

    Odd file names, in a path or a command line, hold such characters.
    """
    write_bytes(file, text.encode(errors="replace"))


def write_json(file: Path, record: Mapping[str, Any]) -> None:
    """Writes a JSON object, indented, floats with every digit."""
    write_text(file, json.dumps(record, indent=2) + "\n")


def read_json(file: Path) -> dict[str, Any]:
    """The object in a JSON file, as a dictionary.

    A file that is missing, damaged or larger than 256 MiB is a `UserError`.
    """
    try:
        if file.stat().st_size > MAX_JSON_BYTES:
            raise UserError(f"{file}: damaged (more than {MAX_JSON_BYTES:,} bytes)")
        record = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{file}: damaged ({error})") from None
    if not isinstance(record, dict):
        raise UserError(f"{file}: damaged (a JSON object is expected)")
    return record


def write_csv(file: Path, header: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Writes a header and rows; None becomes an empty cell, floats keep every digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(file, text.getvalue())


def read_csv(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV file as dictionaries of strings, by the names in its header.

    A file that is missing or damaged is a `UserError`.
    """
    try:
        with open(file, newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{file}: damaged ({error})") from None
