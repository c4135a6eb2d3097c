"""Parquet or Arrow files with a column of image files' bytes, as `datasets` writes them."""

import json
import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae_jax.data.dataset import TEST_SHARE, Dataset
from vae_jax.data.images.contents import Contents
from vae_jax.data.images.decode import fitting_of
from vae_jax.data.images.kept import Keeping, check, kept
from vae_jax.data.images.listing import SPLITS, Places
from vae_jax.data.images.store import stored
from vae_jax.data.labels import NO_LABEL
from vae_jax.errors import UserError

MAGIC = (b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")  # the last: a stream of Arrow
ENDINGS = (".parquet", ".arrow")
IMAGES, LABELS = ("image", "img", "images"), ("label", "labels", "fine_label", "class")
SPLIT_OF = {name: split for split, names in SPLITS.items() for name in names}
MISSING = 'dataset: Parquet and Arrow need the extra: pip install "vae_jax[parquet]"'


class Table(NamedTuple):
    """One file: its schema, the rows of its groups, and a reader of columns of a group."""

    file: Path
    schema: Any
    groups: list[int]
    read: Callable[[int, list[str]], Any]

    @property
    def rows(self) -> int:
        """How many rows all groups have together."""
        return sum(self.groups)


def parquet(
    path: str,
    image: str = "",
    labels: str = "",
    split: str = "",
    size: Any = None,
    filter: Any = "lanczos",
    colour: Any = None,
    levels: Any = None,
    tolerated: Any = 0.01,
    memory: Any = 1_000.0,
    test_share: Any = TEST_SHARE,
    split_seed: Any = 0,
    tell: Callable[[str], None] = lambda line: None,
) -> Dataset:
    """The images of one file, or of all `.parquet` and `.arrow` files of a folder.

    `image` and `labels` name columns; unset, those with image bytes, and `label` if it is
    there. Splits are told by files' names (`train-...`, `test-...`), or by a column that
    `split` names. The other settings are those of a folder of images. A `UserError` without
    the extra `parquet`, and where no column has images.
    """
    place = Path(str(path)).expanduser()
    how = Keeping(levels, tolerated, memory, test_share, split_seed)
    in_colour = check(how, colour)
    tables = [opened(file) for file in files_of(place)]
    column = image or image_column(place, tables[0].schema)
    names = label_column(tables[0].schema, labels)
    contents = contents_of(place, tables, column)
    store = stored(contents, *fitting_of(size, filter), in_colour, tell)
    marks = splits_by_file(place, tables)
    if split:
        marks = [SPLIT_OF.get(str(v).lower(), "") for v in column_values(tables, split)]
    where = Places(marks, classes_of(tables, names))
    return kept(place, contents.names, store, where, how)


def files_of(place: Path) -> list[Path]:
    """The files at a path: itself, or those in the folder."""
    found = files_in(place) if place.is_dir() else [place]
    if not found:
        raise UserError(f"dataset.path: no {' or '.join(ENDINGS)} files in {place}")
    return found


def files_in(folder: Path) -> list[Path]:
    """The Parquet and Arrow files below a folder, in the order of their paths."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, n) for n in names if n.endswith(ENDINGS) and n[0] != "."]
    return sorted(found)


def opened(file: Path) -> Table:
    """One file; a `UserError` without pyarrow, or where it is damaged."""
    try:
        import pyarrow
        from pyarrow import ipc
        from pyarrow import parquet as reader
    except ImportError:
        raise UserError(MISSING) from None
    try:
        with open(file, "rb") as stream:
            head = stream.read(6)
        if head.startswith(b"PAR1"):
            found = reader.ParquetFile(file)
            about = found.metadata
            groups = [about.row_group(i).num_rows for i in range(about.num_row_groups)]
            return Table(file, found.schema_arrow, groups, found.read_row_group)
        source = pyarrow.memory_map(str(file))
        is_file = head.startswith(b"ARROW1")
        table = (ipc.open_file if is_file else ipc.open_stream)(source).read_all()
        return Table(file, table.schema, [table.num_rows], lambda _, own: table.select(own))
    except OSError as error:
        raise UserError(f"{file}: {error.strerror or error}") from None
    except pyarrow.ArrowException as error:
        raise UserError(f"{file}: damaged ({error})") from None


def image_column(place: Path, schema: Any) -> str:
    """The column that has image bytes; a `UserError` where there is none, or several."""
    found = [field.name for field in schema if "binary" in str(field.type)]
    usual = [name for name in IMAGES if name in found]
    if len(found) != 1 and not usual:
        raise UserError(
            f"dataset.path: {place}: say which column has the images' bytes with "
            f"--config.dataset.image; there are: {', '.join(schema.names)}"
        )
    return usual[0] if usual else found[0]


def label_column(schema: Any, labels: str) -> str:
    """The column of the labels: the one that is named, or `label` if there; or none."""
    if labels and labels not in schema.names:
        raise UserError(
            f"config.dataset.labels: no column {labels!r}; "
            f"there are: {', '.join(schema.names)}"
        )
    return labels or next((name for name in LABELS if name in schema.names), "")


def classes_of(tables: list[Table], column: str) -> list[str]:
    """The class of every row, by its name where `datasets` wrote that; "" is none."""
    if not column:
        return [""] * sum(table.rows for table in tables)
    named = class_names(tables[0].schema, column)
    name = lambda v: named[v] if isinstance(v, int) and 0 <= v < len(named) else str(v)
    return ["" if v in (None, NO_LABEL) else name(v) for v in column_values(tables, column)]


def class_names(schema: Any, column: str) -> list[str]:
    """The names of the classes of a column, where `datasets` wrote them; else none."""
    try:
        features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        return list(features[column].get("names", ()))
    except (KeyError, TypeError, ValueError):
        return []


def contents_of(place: Path, tables: list[Table], column: str) -> Contents:
    """The images' bytes of all rows of all files, read batch by batch."""
    names = [f"{table.file.name}, row {i}" for table in tables for i in range(table.rows)]
    groups = [(table, i) for table in tables for i in range(len(table.groups))]
    ends = np.cumsum([table.groups[i] for table, i in groups])

    @lru_cache(maxsize=1)  # rows come in their order
    def column_of(group: int) -> Any:
        table, i = groups[group]
        return read_column(table, i, column)

    def read(rows: range) -> Iterator[bytes]:
        for row in rows:
            group = int(np.searchsorted(ends, row, side="right"))
            value = column_of(group)[row - int(ends[group - 1] if group else 0)].as_py()
            yield (value.get("bytes") if isinstance(value, dict) else value) or b""

    about = [(str(t.file.resolve()), t.file.stat()) for t in tables]
    identity = [(path, one.st_size, one.st_mtime_ns) for path, one in about]
    total = sum(one.st_size for _, one in about)
    return Contents(str(place), names, total, [column, identity], read)


def column_values(tables: list[Table], column: str) -> list[Any]:
    """The values of a column in all rows of all files."""
    values = []
    for table in tables:
        for group in range(len(table.groups)):
            values += read_column(table, group, column).to_pylist()
    return values


def read_column(table: Table, group: int, column: str) -> Any:
    """A column of one group of a file; a `UserError` if it is not there, or damaged."""
    if column not in table.schema.names:
        raise UserError(
            f"{table.file}: no column {column!r}; there are: "
            f"{', '.join(table.schema.names)}"
        )
    try:
        return table.read(group, [column]).column(column)
    except Exception as error:  # pyarrow raises as it likes on damaged files
        raise UserError(f"{table.file}: damaged ({error})") from None


def splits_by_file(place: Path, tables: list[Table]) -> list[str]:
    """The split of every row, by what the name of its file or of its folder begins with."""
    splits = []
    for table in tables:
        words = [*table.file.relative_to(place).parts] if place.is_dir() else []
        heads = [word.lower() for word in words]
        own = [
            split
            for split, names in SPLITS.items()
            for head in heads
            if any(head == n or head.startswith((f"{n}-", f"{n}.", f"{n}_")) for n in names)
        ]
        splits += [own[0] if own else ""] * table.rows
    return splits
