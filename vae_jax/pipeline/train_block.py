"""One block of members, trained from its last checkpoint to the end, with every effect."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vae_jax.console.interrupt import Interrupt
from vae_jax.console.progress import Progress
from vae_jax.console.screen import say
from vae_jax.data.pixels import fixed
from vae_jax.data.shards import Shards
from vae_jax.pipeline.job import Job
from vae_jax.pipeline.training_log import Write, forget, log_lines
from vae_jax.runs import checkpoints
from vae_jax.runs.retention import Keep
from vae_jax.scores.collapse import verdict
from vae_jax.studies.member import Member
from vae_jax.training import sweep
from vae_jax.training.epoch_end import WATCHED_IMAGES
from vae_jax.training.pieces import Large
from vae_jax.types import HParams, Images, Log, TrainState


class Effects(NamedTuple):
    """What training needs of the world: where it reads and writes, and whom it tells."""

    workdir: Path
    write: Write  # takes the lines of the log
    progress: Progress
    interrupt: Interrupt
    keep: Keep  # which checkpoints stay


def train_block(job: Job, block: int, effects: Effects) -> TrainState:
    """Trains a block from its last checkpoint to the end; returns its states, `[M, ...]`.

    In chunks of `log_every` epochs. A signal lets the chunk in flight end, and is answered
    with a checkpoint.
    """
    settings, count = job.settings, len(job.blocks[block])
    epoch, states = resume(job, block, effects)
    if epoch == settings.epochs:
        return states
    groups = job.hparams(block)
    live = start(job, groups, states)
    images = sweep.share(job.program, images_of(job))
    calls = len(groups)
    logs = [None] * calls
    while epoch < settings.epochs:
        before, epoch = epoch, min(epoch + settings.log_every, settings.epochs)
        seen = count * (epoch - before) * len(job.dataset.train) / calls
        advance = partial(effects.progress.advance, seen)
        foretell(job, range(before, epoch), seen * calls, effects)
        train_chunk(job, live, images, groups, logs, range(before, epoch), advance)
        log = sweep.join_groups(logs, count)
        loss = show(effects.progress, epoch, settings.epochs, log, job.members(block))
        effects.write(log_lines(job, block, log, epoch))
        due = epoch // settings.checkpoint_every > before // settings.checkpoint_every
        if due or effects.interrupt.number or epoch == settings.epochs:
            states = sweep.join_groups(live, count)
            checkpoint_dir = job.checkpoints(effects.workdir, block)
            checkpoints.save(checkpoint_dir, epoch, states, effects.keep, loss)
        effects.interrupt.check(
            f"stopped after epoch {epoch} of {settings.epochs}, which is saved; "
            "the same command goes on from there"
        )
    return states


def foretell(job: Job, epochs: range, examples: int | float, effects: Effects) -> None:
    """Says what begins: to the user with a program's first chunk, to `Interrupt` always.

    `examples`: training images that the chunk's members will see.
    """
    progress, last = effects.progress, job.settings.epochs
    progress.begin(
        job.number,
        f"program {job.number}: compiling, then training; the first numbers come after "
        f"epoch {epochs.stop} of {last}",
    )
    effects.interrupt.finishing(
        f"epochs {epochs.start + 1} to {epochs.stop} of {last}, which are then saved",
        partial(progress.seconds_until, progress.count + examples),
    )


def resume(job: Job, block: int, effects: Effects) -> tuple[int, TrainState | None]:
    """The epoch and states of a block's newest whole checkpoint; 0 and None without one.

    What was logged after it is dropped: it will be trained, and logged, again.
    """
    checkpoint_dir, epochs = job.checkpoints(effects.workdir, block), job.settings.epochs
    newest = checkpoints.newest(checkpoint_dir)
    saved = checkpoints.restore(checkpoint_dir, job.states_template(block), say)
    epoch, states = saved or (0, None)
    effects.progress.resume(len(job.blocks[block]) * epoch * len(job.dataset.train))
    if epoch < newest:
        forget(effects.workdir, job, block)
    if 0 < epoch < epochs:
        say(f"resuming after epoch {epoch} of {epochs}, from {checkpoint_dir}")
    return epoch, states


def start(
    job: Job, groups: Sequence[HParams], states: TrainState | None
) -> list[TrainState]:
    """The groups' states on the devices: those of a checkpoint, or fresh ones."""
    if states is None:
        return [job.program.init(group) for group in groups]
    return sweep.split_groups(job.program, states)


def train_chunk(
    job: Job,
    live: list[TrainState],
    images: Images | Large,
    groups: list[HParams],
    logs: list[Log | None],
    epochs: range,
    advance: Callable[[], None],
) -> None:
    """Trains every group for these epochs; renews `live` and `logs` in place.

    `advance` is called after each group.
    """
    called = sweep.train_groups(job.program, live, images, groups, epochs, logs)
    for i, log in enumerate(called):
        logs[i] = log
        advance()


def show(
    progress: Progress, epoch: int, epochs: int, log: Log, members: Sequence[Member]
) -> float:
    """Tells the progress bar how many members have diverged or collapsed.

    Returns the mean of the finite losses, nats per image; NaN where there is none.
    """
    collapsed = [
        member.has_posterior and verdict(rates[: member.latents]).kind == "full"
        for member, rates, diverged in zip(members, log.rates, log.diverged, strict=True)
        if not diverged
    ]
    finite = log.terms.loss[np.isfinite(log.terms.loss)]
    loss = float(finite.mean()) if len(finite) else math.nan
    progress.show(epoch, epochs, loss, int(log.diverged.sum()), sum(collapsed))
    return loss


def images_of(job: Job) -> Images | Large:
    """The images that a job's members train on, and validate on if they stop early."""
    valid = fixed(job.dataset, "valid") if job.settings.patience else ()
    train = job.dataset.train
    if isinstance(train, Shards):
        return Large(train, valid, train[:WATCHED_IMAGES])
    return Images(train, valid)
