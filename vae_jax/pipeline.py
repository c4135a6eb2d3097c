"""Running a study: the order of things.

Block by block, train; then, block by block, evaluate; then write the tables. Each stage
finds what an earlier process left and does only what is missing.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from vae_jax import integrity, results, runs, seal, store
from vae_jax.block import Write, forget, forget_unsaved, train_block
from vae_jax.errors import UserError
from vae_jax.evaluate import Evaluation
from vae_jax.interrupt import Interrupt
from vae_jax.job import Job, fates, with_recorded_blocks, within_memory
from vae_jax.keep import Keep
from vae_jax.progress import Progress, say
from vae_jax.results import Fate
from vae_jax.study import Study
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
        len(job.setup.members) * job.setup.epochs * job.epoch_images for job in jobs
    )
    found: dict[int, Fate] = {}
    write_members(study, workdir, found)
    with Interrupt() as interrupt:
        with Progress(len(study.members), examples) as progress:
            for job in jobs:
                train(study, job, workdir, write, progress, interrupt, keep, found)
        tell_of_lost_lines(workdir, jobs, found)
        seal.renew(workdir, (runs.TRAIN_LOG,))
        with runs.lock(workdir, runs.EVALUATION_LOCK, wait=say):
            warnings = evaluate(study, jobs, workdir, interrupt)
    write_members(study, workdir, found, evaluated=True)
    return warnings


def tell_of_lost_lines(workdir: Path, jobs: Sequence[Job], found: dict[int, Fate]) -> None:
    """Says so if a member that trained to its end lacks lines of the log."""
    log, logged = workdir / runs.TRAIN_LOG, defaultdict(set)
    for line in store.read_lines(log):
        logged[line.get("member")].add(line.get("epoch"))
    lost = 0
    for job in jobs:
        every, epochs = job.setup.log_every, job.setup.epochs
        due = {*range(every, epochs + 1, every), epochs}
        for number in job.setup.numbers:
            fate = found[number]
            whole = fate.diverged_at is None and fate.stopped_at is None
            lost += whole and not due <= logged[number]
    if lost:
        say(f"{log}: damaged; the log of {lost} members is not whole")


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


def open_log(study: Study, workdir: Path, tensorboard: bool) -> Write:
    """Where the lines of the log go: `train.jsonl`, and TensorBoard's files if asked."""
    append = partial(store.append_lines, workdir / runs.TRAIN_LOG)
    if not tensorboard:
        return append
    from vae_jax.board import Board  # an extra of the installation

    board = Board(workdir, study)

    def write(lines: list[dict[str, Any]]) -> None:
        append(lines)
        board.write(lines)

    return write


def train(
    study: Study,
    job: Job,
    workdir: Path,
    write: Write,
    progress: Progress,
    interrupt: Interrupt,
    keep: Keep,
    found: dict[int, Fate],
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
        found |= fates(job, block, states)
        write_members(study, workdir, found)


def write_members(
    study: Study, workdir: Path, found: dict[int, Fate], *, evaluated: bool = False
) -> None:
    """`members.csv`, as far as is known."""
    programs = [i for i, setup in enumerate(study.setups) for _ in setup.members]
    results.write_members(workdir, study.members, programs, found, evaluated=evaluated)
