"""The arrays of an evaluated run: pictures, codes, weights, fits, read block by block."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vae_jax.errors import UserError
from vae_jax.portable.graph import Graph, from_json
from vae_jax.runs import directory
from vae_jax.storage import arrays, files

ARRAYS: dict[str, str | None] = {  # kind -> the array that every run has
    "reconstructions": "images",
    "samples": "images",
    "interpolations": "images",
    "codes": "mean",
    "fits": "gaussian_mean",
    "weights": None,  # named after the network's parameters
}
WEIGHT = "weights/"  # before such a name, among the arrays of snapshots


class Snapshots(NamedTuple):
    """A member after several epochs of its training, the last of them its end."""

    epochs: np.ndarray  # [E] ascending
    mean: np.ndarray  # [E N K] of q(z|x) of the test images whose codes the run keeps
    log_var: np.ndarray  # [E N K]
    weights: dict[str, np.ndarray]  # of the decoder's graph, by name, [E ...]


class Pictures(NamedTuple):
    """The arrays of a program's members, block by block, read when they are asked for."""

    blocks: tuple[Path, ...]

    def row(self, kind: str, number: int, name: str | None = None) -> np.ndarray:
        """One member's array of a kind: its images or codes, or the one that `name` says.

        A `UserError` where the files hold too few members.
        """
        for block in self.blocks:
            rows = read_array(block, kind, name or ARRAYS[kind])
            if number < len(rows):
                return rows[number]
            number -= len(rows)
        raise UserError(f"{self.blocks[0].parent}: damaged (members are missing)")

    def snapshots(self, number: int) -> Snapshots | None:
        """A member's snapshots; None where it has none.

        Runs that kept the checkpoints of every so many epochs have them, of the first seed
        of each setting.
        """
        for block in self.blocks:
            rows = len(read_array(block, "codes", ARRAYS["codes"]))
            if number < rows:
                is_there = (block / directory.SNAPSHOTS).exists()
                return read_snapshots(block, number) if is_there else None
            number -= rows
        raise UserError(f"{self.blocks[0].parent}: damaged (members are missing)")

    def shared(self, kind: str, name: str) -> np.ndarray | None:
        """An array that is the same for all members; None where the data has none."""
        return read_kind(self.blocks[0], kind).get(name)

    def test_images(self) -> np.ndarray:
        """The test images whose codes the run keeps, bytes `[N, D]`."""
        return arrays.read_arrays(self.blocks[0].parent / directory.IMAGES)["test"]

    def decoder(self) -> Graph:
        """The graph of E[x|z], of the weights and of one z; a `UserError` if damaged."""
        file = self.blocks[0].parent / directory.DECODER
        try:
            return from_json(files.read_json(file))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(f"{file}: damaged ({error!r})") from None


def find_blocks(workdir: Path, program: int, members: int) -> tuple[Path, ...]:
    """The directories of a program's arrays, block by block.

    A `UserError` unless all files are readable and hold that many members.
    """
    block_dirs: list[Path] = []
    rows = 0
    while rows < members:
        block = workdir / directory.ARRAYS / directory.block_name(program, len(block_dirs))
        kinds = {kind: name for kind, name in ARRAYS.items() if name}
        sizes = {len(read_array(block, kind, name)) for kind, name in kinds.items()}
        if len(sizes) > 1 or not max(sizes):
            raise UserError(f"{block}: damaged (members are missing)")
        rows += max(sizes)
        block_dirs.append(block)
    return tuple(block_dirs)


@lru_cache(maxsize=4 * len(ARRAYS))
def read_kind(block: Path, kind: str) -> dict[str, np.ndarray]:
    """The arrays of one kind of a block, by name; the first has a row for each member."""
    return arrays.read_arrays(block / f"{kind}.npz")


def read_snapshots(block: Path, row: int) -> Snapshots | None:
    """The snapshots of the member in a row of a block; None where it is not among them."""
    kind = Path(directory.SNAPSHOTS).stem
    places = np.flatnonzero(read_array(block, kind, "members") == row)
    if not len(places):
        return None
    own = lambda name: read_array(block, kind, name)[places[0]]
    names = [name for name in read_kind(block, kind) if name.startswith(WEIGHT)]
    weights = {name.removeprefix(WEIGHT): own(name) for name in names}
    epochs = read_array(block, kind, "epochs")
    return Snapshots(epochs, own("mean"), own("log_var"), weights)


def read_array(block: Path, kind: str, name: str | None) -> np.ndarray:
    """One array of a kind of a block; a `UserError` where it is not there."""
    by_name = read_kind(block, kind)
    if name not in by_name:
        raise UserError(f"{block / kind}.npz: damaged (it has no {name})")
    return by_name[name]
