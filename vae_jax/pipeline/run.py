"""Running a study: the order of things.

Block by block, train; then, block by block, evaluate; then write the tables. Each stage
finds what an earlier process left and does only what is missing.
"""

from collections.abc import Sequence
from pathlib import Path

from vae_jax.console.interrupt import Interrupt
from vae_jax.console.progress import Progress
from vae_jax.console.screen import say
from vae_jax.errors import UserError
from vae_jax.pipeline.evaluate import evaluate
from vae_jax.pipeline.evaluation_tables import warnings, write_tables
from vae_jax.pipeline.job import Job, with_recorded_blocks, within_memory
from vae_jax.pipeline.train_block import Effects, train_block
from vae_jax.pipeline.training_log import (
    forget,
    forget_unsaved,
    open_log,
    outcomes_of,
    tell_of_lost_lines,
)
from vae_jax.runs import directory, integrity, members, times
from vae_jax.runs.members import Outcome
from vae_jax.runs.retention import Keep
from vae_jax.storage import seals
from vae_jax.studies.study import Study
from vae_jax.types import TrainState


def run(
    study: Study, jobs: Sequence[Job], workdir: Path, tensorboard: bool, keep: Keep
) -> list[str]:
    """Trains and evaluates whatever the run directory does not hold yet.

    Returns a warning for each number that is not to be trusted.
    """
    integrity.check_log(workdir)
    jobs = with_recorded_blocks(workdir, jobs)
    directory.remember_kept(workdir, keep.every)
    forget_unsaved(workdir, jobs)
    write = open_log(study, workdir, tensorboard)
    examples = sum(
        len(job.settings.members) * job.settings.epochs * len(job.dataset.train)
        for job in jobs
    )
    with Interrupt() as interrupt:
        with Progress(len(study.members), examples) as progress:
            effects = Effects(workdir, write, progress, interrupt, keep)
            with times.noted(workdir, times.TRAINING):
                outcomes = train(study, jobs, effects)
        tell_of_lost_lines(workdir, jobs, outcomes)
        seals.renew(workdir, (directory.TRAIN_LOG,))
        with (
            directory.lock(workdir, directory.EVALUATION_LOCK, wait=say),
            times.noted(workdir, times.EVALUATION),
        ):
            doubts = evaluate_all(study, jobs, workdir, interrupt)
    times.close(workdir)
    write_members(study, workdir, outcomes, evaluated=True)
    return doubts


def train(study: Study, jobs: Sequence[Job], effects: Effects) -> dict[int, Outcome]:
    """Trains every block of every program; returns members' outcomes by their numbers.

    `members.csv` follows block by block. A job is evaluated in its own layout, whatever
    training had to fall back to: the width of a call changes no bit of training, but the
    last digits of sums over thousands of images.
    """
    outcomes: dict[int, Outcome] = {}
    write_members(study, effects.workdir, outcomes)
    for job in jobs:
        for block in range(len(job.blocks)):
            job, states = train_within_memory(job, block, effects)
            effects.progress.finish(len(job.blocks[block]))
            outcomes |= outcomes_of(job, block, states)
            write_members(study, effects.workdir, outcomes)
    return outcomes


def train_within_memory(job: Job, block: int, effects: Effects) -> tuple[Job, TrainState]:
    """Trains a block, with less members per call for as long as memory runs out."""
    progress, before = effects.progress, effects.progress.count

    def attempt(job: Job) -> TrainState:
        if progress.count > before:  # memory ran out half-way
            progress.rewind(before)
            forget(effects.workdir, job, block)
        return train_block(job, block, effects)

    return within_memory(job, attempt)


def evaluate_all(
    study: Study, jobs: Sequence[Job], workdir: Path, interrupt: Interrupt
) -> list[str]:
    """Measures every member and writes the tables; returns warnings about the numbers.

    A `UserError` where a block's checkpoint was damaged since it was written.
    """
    measured, faults = evaluate(workdir, jobs, interrupt)
    if faults:
        raise UserError(
            f"{faults[0]}: damaged since it was written; give the same command again"
        )
    write_tables(measured, study.members, jobs)
    return warnings(measured, study.members)


def write_members(
    study: Study, workdir: Path, outcomes: dict[int, Outcome], *, evaluated: bool = False
) -> None:
    """Writes `members.csv`: every member of the study, its outcome if it has one."""
    programs = [i for i, settings in enumerate(study.programs) for _ in settings.members]
    members.write_members(workdir, study.members, programs, outcomes, evaluated=evaluated)
