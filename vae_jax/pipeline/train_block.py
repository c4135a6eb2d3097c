"""One block of members, trained from its last checkpoint to the end, with every effect."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vae_jax.console.interrupt import Interrupt
from vae_jax.console.progress import Progress, say
from vae_jax.data.pixels import fixed
from vae_jax.pipeline.job import Job
from vae_jax.pipeline.training_log import Write, forget, log_lines
from vae_jax.runs import checkpoints
from vae_jax.runs.retention import Keep
from vae_jax.scores.collapse import verdict
from vae_jax.studies.member import Member
from vae_jax.training import sweep
from vae_jax.types import Images, Log, TrainState


def train_block(
    job: Job,
    block: int,
    workdir: Path,
    write: Write,
    progress: Progress,
    interrupt: Interrupt,
    keep: Keep,
) -> TrainState:
    """Trains a block in chunks of `log_every` epochs; returns its states, `[M, ...]`.

    `write` gets the lines of the log. A signal lets the chunk in flight end, and is
    answered with a checkpoint.
    """
    settings, program = job.settings, job.program
    directory, count = job.checkpoints(workdir, block), len(job.blocks[block])
    groups, newest = job.hparams(block), checkpoints.newest(directory)
    template = sweep.state_template(program, groups[0], count)
    epoch, states = checkpoints.restore(directory, template, say) or (0, None)
    progress.resume(count * epoch * job.epoch_images)
    if epoch < newest:
        forget(workdir, job, block)
    if 0 < epoch < settings.epochs:
        say(f"resuming after epoch {epoch} of {settings.epochs}, from {directory}")
    if epoch == settings.epochs:
        return states
    if states is None:
        live = [program.init(group) for group in groups]
    else:
        live = sweep.split_groups(program, states)
    images = sweep.share(program, images_of(job))
    logs = [None] * len(groups)
    while epoch < settings.epochs:
        before, epoch = epoch, min(epoch + settings.log_every, settings.epochs)
        called = sweep.train_groups(program, live, images, groups, epoch - before, logs)
        for i, log in enumerate(called):
            logs[i] = log
            progress.advance(count * (epoch - before) * job.epoch_images / len(groups))
        log = sweep.join_groups(logs, count)
        loss = show(progress, epoch, settings.epochs, log, job.members(block))
        write(log_lines(job, block, log, epoch))
        due = epoch // settings.checkpoint_every > before // settings.checkpoint_every
        if due or interrupt.number or epoch == settings.epochs:
            states = sweep.join_groups(live, count)
            checkpoints.save(directory, epoch, states, keep, loss)
        interrupt.check(
            f"stopped after epoch {epoch} of {settings.epochs}, which is saved; "
            "the same command goes on from there"
        )
    return states


def show(
    progress: Progress, epoch: int, epochs: int, log: Log, members: Sequence[Member]
) -> float:
    """Tells the progress bar which have diverged or collapsed; the mean finite loss."""
    collapsed = [
        member.has_posterior and verdict(rates[: member.latents]).kind == "full"
        for member, rates, diverged in zip(members, log.rates, log.diverged, strict=True)
        if not diverged
    ]
    finite = log.terms.loss[np.isfinite(log.terms.loss)]
    loss = float(finite.mean()) if len(finite) else math.nan
    progress.show(epoch, epochs, loss, int(log.diverged.sum()), sum(collapsed))
    return loss


def images_of(job: Job) -> Images:
    """What the members of a job train on."""
    valid = fixed(job.dataset, "valid") if job.settings.patience else ()
    return Images(job.dataset.train, valid)
