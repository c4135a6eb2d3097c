"""Rows of more images than memory holds: files of equal length, read where asked for."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Int
from numpy.typing import DTypeLike

from vae_jax.errors import UserError


class Shards:
    """Rows [N, D] in `.npy` files that are mapped into memory one at a time.

    `rows[i]` for an array or a slice of row numbers reads them into memory; `view(i)`
    chooses rows and reads none. Memory is that of the rows that are read, whatever N is.
    """

    ndim = 2

    def __init__(
        self,
        files: Sequence[Path],
        rows_of_a_file: int,
        count: int,
        width: int,
        dtype: DTypeLike,
        rows: Int[np.ndarray, "N"] | None = None,
        used: Callable[[], None] = lambda: None,
    ) -> None:
        """`count` rows in all files, of `width` values; `rows` are those that are chosen.

        `used` is told at every reading, so that who keeps the files knows.
        """
        self.files, self.rows_of_a_file = tuple(files), rows_of_a_file
        self.dtype, self.used = np.dtype(dtype), used
        self.rows = np.arange(count) if rows is None else rows
        self.shape = (len(self.rows), width)

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        """The bytes that all rows take, on disk or in memory."""
        return len(self) * self.shape[1] * self.dtype.itemsize

    def view(self, rows: Int[np.ndarray, "n"]) -> "Shards":
        """The rows of these numbers, unread."""
        return Shards(
            *(self.files, self.rows_of_a_file, len(self), self.shape[1], self.dtype),
            *(self.rows[rows], self.used),
        )

    def __getitem__(self, rows: slice | Int[np.ndarray, "n"]) -> np.ndarray:
        """The rows of these numbers `[n, D]`, in memory."""
        self.used()
        wanted = self.rows[rows]
        found = np.empty((len(wanted), self.shape[1]), self.dtype)
        which, place = np.divmod(wanted, self.rows_of_a_file)
        order = np.argsort(which, kind="stable")
        ends = np.searchsorted(which[order], np.arange(len(self.files) + 1))
        for number in np.flatnonzero(np.diff(ends)):
            here = order[ends[number] : ends[number + 1]]
            found[here] = opened(self.files[number])[place[here]]
        return found

    def pieces(self, most: int) -> list[slice]:
        """Slices that cut all rows into runs of at most so many."""
        return [slice(i, min(i + most, len(self))) for i in range(0, len(self), most)]


def opened(file: Path) -> np.ndarray:
    """The array of a file, mapped into memory; a `UserError` if it is damaged or gone."""
    try:
        return np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(
            f"{file}: {getattr(error, 'strerror', None) or error}: the decoded images in "
            "the cache are damaged or gone; the same command makes them anew"
        ) from None


Rows = np.ndarray | Shards  # [N, D]
