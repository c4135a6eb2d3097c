"""Running a study: the order of things.

Block by block, train; then, block by block, evaluate; then write the tables. Each stage
finds what an earlier process left and does only what is missing.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jax

from vae_jax import results, runs
from vae_jax.assess import baselines, build_assessor, evaluate_block
from vae_jax.block import Write, forget, forget_unsaved, restore_block, train_block
from vae_jax.errors import UserError
from vae_jax.interrupt import Interrupt
from vae_jax.job import Job, fates, within_memory
from vae_jax.progress import Progress
from vae_jax.results import Fate
from vae_jax.study import Study
from vae_jax.types import TrainState


def run(study: Study, jobs: Sequence[Job], workdir: Path, tensorboard: bool) -> None:
    """Trains and evaluates whatever the run directory does not hold yet."""
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
                train(study, job, workdir, write, progress, interrupt, found)
        for job in jobs:
            evaluate(job, workdir, interrupt)
    write_tables(study, jobs, workdir)


def open_log(study: Study, workdir: Path, tensorboard: bool) -> Write:
    """Where the lines of the log go: `train.jsonl`, and TensorBoard's files if asked."""
    append = partial(runs.append_lines, workdir / runs.TRAIN_LOG)
    if not tensorboard:
        return append
    from vae_jax.board import Board  # an extra of the installation

    board = Board(workdir, study)

    def write(lines: list[dict[str, Any]]) -> None:
        append(lines)
        board.write(lines)

    return write


def with_recorded_blocks(workdir: Path, jobs: Sequence[Job]) -> list[Job]:
    """The jobs, cut into blocks as they were when the run began.

    Adds to the record of a new run what only a started JAX can tell.
    """
    file = workdir / runs.CONFIG
    record = runs.read_json(file)
    if "layout" not in record:
        kind = jax.local_devices()[0].device_kind
        record["layout"] = {
            f"program_{job.number}": {
                **job.program.layout._asdict(),
                "device_kind": kind,
                "block_size": job.block_size,
            }
            for job in jobs
        }
        runs.write_json(file, record)
    try:
        sizes = [record["layout"][f"program_{j.number}"]["block_size"] for j in jobs]
    except (KeyError, TypeError):
        raise UserError(f"{file}: damaged (it has no block_size)") from None
    return [job._replace(block_size=size) for job, size in zip(jobs, sizes)]


def train(
    study: Study,
    job: Job,
    workdir: Path,
    write: Write,
    progress: Progress,
    interrupt: Interrupt,
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
            return train_block(job, block, workdir, write, progress, interrupt)

        job, states = within_memory(job, attempt)
        progress.finish(len(job.blocks[block]))
        found |= fates(job, block, states)
        write_members(study, workdir, found)


def evaluate(job: Job, workdir: Path, interrupt: Interrupt) -> None:
    """Evaluates the blocks of a program that have not been."""
    places = [
        workdir / runs.ARRAYS / runs.block_name(job.number, i)
        for i in range(len(job.blocks))
    ]
    missing = [i for i, p in enumerate(places) if not (p / runs.RESULTS).exists()]

    def rest(job: Job) -> None:
        assessor = build_assessor(job)
        for block in list(missing):
            restored = restore_block(job, block, workdir)
            if restored is None or restored[0] < job.setup.epochs:
                raise UserError(
                    f"{job.checkpoints(workdir, block)}: damaged since it was written; "
                    "give the same command again"
                )
            states = restored[1]
            evaluate_block(job, assessor, block, states, places[block], interrupt)
            missing.remove(block)

    if missing:
        within_memory(job, rest)


def write_members(study: Study, workdir: Path, found: dict[int, Fate]) -> None:
    """`members.csv`, as far as is known."""
    programs = [i for i, setup in enumerate(study.setups) for _ in setup.members]
    results.write_members(workdir, study.members, programs, found)


def write_tables(study: Study, jobs: Sequence[Job], workdir: Path) -> None:
    """Baselines and tables; `results.csv` last, so that it means all."""
    ends = {
        f"program_{job.number}": baselines(
            job.program.model, job.dataset, job.setup.max_images
        )
        for job in jobs
    }
    runs.write_json(workdir / runs.BASELINES, ends)
    rows = [
        row
        for job in jobs
        for block in range(len(job.blocks))
        for row in results.read_rows(
            workdir / runs.ARRAYS / runs.block_name(job.number, block) / runs.RESULTS
        )
    ]
    results.write_results(workdir, study.members, rows)
