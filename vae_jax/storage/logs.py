"""Logs: one JSON object a line, appended, each line with a checksum of its own."""

import json
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vae_jax.errors import UserError
from vae_jax.storage.files import write_text

CHECK = "crc32"  # of a line, at its end


def append_lines(file: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Appends records to a log: one JSON object a line, each with its CRC-32.

    A log that cannot be written is a `UserError`.
    """
    try:
        with open(file, "a", encoding="utf-8") as stream:
            stream.writelines(map(as_line, records))
    except OSError as error:
        raise UserError(f"{file}: cannot be written ({error.strerror})") from None


def as_line(record: Mapping[str, Any]) -> str:
    """A record as a line of a log: `{..., "crc32": "8c28b28a"}`.

    The checksum is that of the JSON object without it.
    """
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
    """The whole records of a log, and how many of its lines are damaged.

    A torn last line, without its newline, counts as neither.
    """
    records = [parse_line(line) for line in file.read_bytes().split(b"\n")[:-1]]
    whole = [record for record in records if record is not None]
    return whole, len(records) - len(whole)


def parse_line(line: bytes) -> dict[str, Any] | None:
    """The record of a line of a log; None if its checksum does not agree."""
    text, mark, check = line.rpartition(f', "{CHECK}": "'.encode())
    if not mark or check != f'{zlib.crc32(text + b"}"):08x}"}}'.encode():
        return None
    try:
        record = json.loads(text + b"}")
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
