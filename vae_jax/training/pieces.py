"""Training on more images than a device holds: each member's batches come piece by piece.

The steps are those of `training/loop.py`, in the same order with the same numbers: what a
member sees at a step is a function of its seed alone, wherever the images lie. A piece has
the images of some steps of every member of a group, read while the one before is trained.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, Int, Num

from vae_jax.data.shards import Shards
from vae_jax.keys import Stream, member_key
from vae_jax.training import epoch_end, loop
from vae_jax.training.batches import order_of, steps_before, taken_before
from vae_jax.training.over_members import over_members, placed
from vae_jax.types import HParams, Log, Model, Objective, Terms, TrainState

PIECE_BYTES = 16 * 2**20  # of a group's images in one piece, unless one step has more


class Large(NamedTuple):
    """Images of which a device holds a few at a time."""

    train: Shards  # [N, D], on disk
    valid: Num[np.ndarray, "V D"] | tuple[()]
    watched: Num[np.ndarray, "W D"]  # the first training images, for the log


class Pieces:
    """The compiled functions that train a group of members on images in pieces."""

    def __init__(
        self, model: Model, objective: Objective, batch_size: int, patience: int, mesh: Mesh
    ) -> None:
        self.model, self.objective = model, objective
        self.batch_size, self.patience, self.mesh = batch_size, patience, mesh
        self.functions: dict[int, dict[str, Callable]] = {}

    def compiled(self, images: int) -> dict[str, Callable]:
        """The functions for so many images, compiled when they are first called."""
        if images not in self.functions:
            self.functions[images] = self.built(images)
        return self.functions[images]

    def built(self, images: int) -> dict[str, Callable]:
        """The functions for so many images, each of a group."""
        fixed = {"images": images, "batch_size": self.batch_size}
        line = partial(line_of, **fixed)
        steps = partial(piece_steps, self.model, self.objective, **fixed)
        close = partial(epoch_end.close_epoch, self.model, self.objective)
        close = partial(close, patience=self.patience)
        log = partial(epoch_end.log_of, self.model)
        over = partial(over_members, mesh=self.mesh)
        return {
            "line": over(line, arguments="m-"),
            "steps": over(steps, arguments="mmmm---", donate=(0, 1)),
            "close": over(close, arguments="mmmmm-m--"),
            "log": over(log, arguments="m-mmm"),
        }

    def train(
        self,
        states: TrainState,
        images: Large,
        hparams: HParams,
        first: int,
        last: int,
    ) -> tuple[TrainState, Log]:
        """Trains a group for the epochs from `first` up to `last`: states and log."""
        call, count = self.compiled(len(images.train)), len(hparams.seed)
        placed_like = partial(placed, self.mesh)
        total = placed_like(jax.tree.map(np.asarray, zeros(count)))
        trained = placed_like(np.zeros(count, np.int32))
        waited_for = None
        for epoch in range(first, last):
            before = jax.tree.map(jnp.copy, states)  # the steps use up what they are given
            every = placed_like(zeros(count, self.most_steps(images)))
            steps = self.steps_of(images, epoch)
            for low, piece in self.pieces(images, hparams, epoch, steps):
                high = min(low + self.steps_at_once(images, count), steps)
                bounds = jnp.int32(epoch), jnp.int32(low), jnp.int32(high)
                states, every, done = call["steps"](states, every, piece, hparams, *bounds)
                # Devices are asked for one piece ahead: what is asked for takes memory.
                jax.block_until_ready(waited_for)
                waited_for = done
            states, total, trained = call["close"](
                *(before, states, every, total, trained, jnp.int32(steps), hparams),
                *(images.valid, jnp.int32(epoch)),
            )
        return states, call["log"](states, images.watched, hparams, total, trained)

    def most_steps(self, images: Large) -> int:
        """The most steps that any epoch has."""
        return -(-len(images.train) // self.batch_size)

    def steps_of(self, images: Large, epoch: int) -> int:
        """The steps of an epoch."""
        by = partial(steps_before, images=len(images.train), batch_size=self.batch_size)
        return int(by(epoch + 1) - by(epoch))

    def steps_at_once(self, images: Large, members: int) -> int:
        """The steps whose images are one piece."""
        train = images.train
        of_a_step = members * self.batch_size * train.shape[1] * train.dtype.itemsize
        return int(min(max(1, PIECE_BYTES // of_a_step), self.most_steps(images)))

    def pieces(
        self, images: Large, hparams: HParams, epoch: int, steps: int
    ) -> Iterator[tuple[int, Any]]:
        """The first step of each piece of an epoch, and its images [M, steps B, D].

        The next is read while the one before is trained, and two are held at most.
        """
        lines = self.compiled(len(images.train))["line"](hparams, jnp.int32(epoch))
        lines, size = np.asarray(lines), self.batch_size
        at_once = self.steps_at_once(images, len(lines))
        taken = int(taken_before(epoch, len(images.train), size))

        def read(low: int) -> np.ndarray:
            rows = np.arange(low * size, (low + at_once) * size) + taken
            numbers = lines[:, np.minimum(rows, lines.shape[1] - 1)]
            found = images.train[numbers.reshape(-1)]
            return found.reshape(*numbers.shape, -1)

        with ThreadPoolExecutor(1) as pool:
            coming: Future = pool.submit(read, 0)
            for low in range(0, steps, at_once):
                piece = placed(self.mesh, coming.result())
                if low + at_once < steps:
                    coming = pool.submit(read, low + at_once)
                yield low, piece


def zeros(members: int, *shape: int) -> Terms:
    """Terms [M, ...] that are all 0."""
    return jax.tree.map(
        lambda leaf: np.zeros((members, *leaf.shape), np.float32),
        epoch_end.zero_terms(shape),
    )


def line_of(
    hparams: HParams, epoch: Int[Array, ""], *, images: int, batch_size: int
) -> Int[Array, "rows"]:
    """The rows of an epoch's images in their order, the next epoch's first behind them."""
    key = member_key(hparams, Stream.ORDER)
    following = order_of(key, epoch + 1, images)[:batch_size]
    return jnp.concatenate([order_of(key, epoch, images), following])


def piece_steps(
    model: Model,
    objective: Objective,
    state: TrainState,
    every: Terms,
    piece: Num[Array, "rows D"],
    hparams: HParams,
    epoch: Int[Array, ""],
    first: Int[Array, ""],
    last: Int[Array, ""],
    *,
    images: int,
    batch_size: int,
) -> tuple[TrainState, Terms, Int[Array, ""]]:
    """The steps from `first` up to `last` of an epoch, whose images are `piece`.

    The last that is returned is there when they are done: the step that follows.
    """

    def read(i: Int[Array, ""]) -> Num[Array, "B D"]:
        start = (i - first) * batch_size
        return jax.lax.dynamic_slice_in_dim(piece, start, batch_size)

    run = partial(loop.train_steps, model, objective, state, every, read, hparams, epoch)
    state, every = run(first, last, images=images, batch_size=batch_size)
    return state, every, state.step + 0
