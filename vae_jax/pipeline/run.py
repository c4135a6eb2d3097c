"""Running a study: the order of things.

Block by block, train; then, block by block, evaluate; then write the tables. Each stage
finds what an earlier process left and does only what is missing.
"""

from collections.abc import Sequence
from pathlib import Path

from vae_jax.console.interrupt import Interrupt
from vae_jax.console.progress import Progress, say
from vae_jax.errors import UserError
from vae_jax.pipeline.evaluate import Evaluation
from vae_jax.pipeline.job import Job, with_recorded_blocks, within_memory
from vae_jax.pipeline.train_block import train_block
from vae_jax.pipeline.training_log import (
    Write,
    forget,
    forget_unsaved,
    open_log,
    outcomes,
    tell_of_lost_lines,
)
from vae_jax.runs import directory, integrity, members
from vae_jax.runs.members import Outcome
from vae_jax.runs.retention import Keep
from vae_jax.storage import seals
from vae_jax.studies.study import Study
from vae_jax.types import TrainState


def run(
    study: Study, jobs: Sequence[Job], workdir: Path, tensorboard: bool, keep: Keep
) -> list[str]:
    """Trains and evaluates whatever the run directory does not hold yet; warnings."""
    integrity.check_log(workdir)
    jobs = with_recorded_blocks(workdir, jobs)
    forget_unsaved(workdir, jobs)
    write = open_log(study, workdir, tensorboard)
    examples = sum(
        len(job.settings.members) * job.settings.epochs * job.epoch_images for job in jobs
    )
    found: dict[int, Outcome] = {}
    write_members(study, workdir, found)
    with Interrupt() as interrupt:
        with Progress(len(study.members), examples) as progress:
            for job in jobs:
                train(study, job, workdir, write, progress, interrupt, keep, found)
        tell_of_lost_lines(workdir, jobs, found)
        seals.renew(workdir, (directory.TRAIN_LOG,))
        with directory.lock(workdir, directory.EVALUATION_LOCK, wait=say):
            warnings = evaluate(study, jobs, workdir, interrupt)
    write_members(study, workdir, found, evaluated=True)
    return warnings


def evaluate(
    study: Study, jobs: Sequence[Job], workdir: Path, interrupt: Interrupt
) -> list[str]:
    """Measures every member and writes the tables; what not to trust of them."""
    evaluation = Evaluation(workdir, None, interrupt)
    evaluation.run(jobs)
    if evaluation.faults:
        raise UserError(
            f"{evaluation.faults[0]}: damaged since it was written; give the same command "
            "again"
        )
    evaluation.tables(study.members, jobs)
    return evaluation.warnings(study.members)


def train(
    study: Study,
    job: Job,
    workdir: Path,
    write: Write,
    progress: Progress,
    interrupt: Interrupt,
    keep: Keep,
    found: dict[int, Outcome],
) -> None:
    """Trains every block of a program, with less members per call if memory runs out.

    Evaluation starts again from the layout of the job: the width of a call changes no bit
    of training, but the last digits of sums over thousands of images.
    """
    for block in range(len(job.blocks)):

        def attempt(job: Job, block=block, before=progress.count) -> TrainState:
            if progress.count > before:  # memory ran out half-way
                progress.rewind(before)
                forget(workdir, job, block)
            return train_block(job, block, workdir, write, progress, interrupt, keep)

        job, states = within_memory(job, attempt)
        progress.finish(len(job.blocks[block]))
        found |= outcomes(job, block, states)
        write_members(study, workdir, found)


def write_members(
    study: Study, workdir: Path, found: dict[int, Outcome], *, evaluated: bool = False
) -> None:
    """`members.csv`, as far as is known."""
    programs = [i for i, settings in enumerate(study.programs) for _ in settings.members]
    members.write_members(workdir, study.members, programs, found, evaluated=evaluated)
