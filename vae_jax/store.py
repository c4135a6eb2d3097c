"""Files of a run, written whole or not at all, and read with suspicion. No JAX.

Every file is written beside its place and renamed into it, so a reader (or a crash) never
meets half a file. Logs are appended to, a line at a time; each line has a checksum.
"""

import contextlib
import csv
import io
import json
import math
import os
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vae_jax.errors import UserError

CHECK = "crc32"  # of a line, at its end
HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
MAX_JSON_BYTES, MAX_ARRAY_BYTES = 2**28, 2**33  # of a file


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
    """The arrays of an .npz: never unpickled, none larger than the file says it holds."""
    try:
        with zipfile.ZipFile(file) as archive:
            check_sizes(archive)
            return {
                info.filename[:-4]: read_array(archive, info) for info in archive.infolist()
            }
    except Exception as error:  # zip, zlib and NumPy raise as they like on damaged files
        raise UserError(f"{file}: cannot be read ({error})") from None


def check_sizes(archive: zipfile.ZipFile) -> None:
    """Before anything is allocated: how much the archive claims to hold."""
    claimed = sum(info.file_size for info in archive.infolist())
    if claimed > MAX_ARRAY_BYTES:
        raise ValueError(f"it claims {claimed:,} bytes; {MAX_ARRAY_BYTES:,} is the most")


def read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    """One array, whose header must agree with its size in the archive."""
    if not info.filename.endswith(".npy"):
        raise ValueError("holds files that are not arrays")
    with archive.open(info) as stream:
        version = np.lib.format.read_magic(stream)
        if version not in HEADERS:
            raise ValueError(f"{info.filename} is of an unknown version")
        shape, _, dtype = HEADERS[version](stream)
        if dtype.hasobject:
            raise ValueError(
                f"{info.filename} holds Python objects, which are never loaded; save "
                "plain numbers"
            )
        if math.prod(shape) * dtype.itemsize != info.file_size - stream.tell():
            raise ValueError(f"{info.filename} does not hold what its header says")
    with archive.open(info) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def append_lines(file: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Appends one JSON object per line, each with a checksum of its own."""
    try:
        with open(file, "a", encoding="utf-8") as stream:
            stream.writelines(map(as_line, records))
    except OSError as error:
        raise UserError(f"{file}: cannot be written ({error.strerror})") from None


def as_line(record: Mapping[str, Any]) -> str:
    """`{..., "crc32": "8c28b28a"}`, the checksum that of the object without it."""
    text = json.dumps(record)
    return f'{text[:-1]}, "{CHECK}": "{zlib.crc32(text.encode()):08x}"}}\n'


def keep_lines(file: Path, keep) -> int:
    """Drops the lines of a log that `keep(record)` rejects, and what is damaged.

    On resuming, what was logged after the checkpoint will be logged again. Returns how
    many whole lines were damaged; a torn last one is none of them.
    """
    if not file.exists():
        return 0
    records, damaged = parse_lines(file)
    write_text(file, "".join(as_line(record) for record in records if keep(record)))
    return damaged


def read_lines(file: Path) -> list[dict[str, Any]]:
    """The records of a log, leaving out a torn last line and any that is damaged."""
    return parse_lines(file)[0]


def parse_lines(file: Path) -> tuple[list[dict[str, Any]], int]:
    """Whole records, and how many lines are not."""
    found = [parse_line(line) for line in file.read_bytes().split(b"\n")[:-1]]
    whole = [record for record in found if record is not None]
    return whole, len(found) - len(whole)


def parse_line(line: bytes) -> dict[str, Any] | None:
    """A line without its checksum; None if that does not agree."""
    text, mark, check = line.rpartition(f', "{CHECK}": "'.encode())
    if not mark or check != f'{zlib.crc32(text + b"}"):08x}"}}'.encode():
        return None
    try:
        record = json.loads(text + b"}")
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
