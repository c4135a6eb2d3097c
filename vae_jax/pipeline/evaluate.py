"""Evaluating a run: every metric that a member still lacks, and the pictures.

Never trains and never touches a checkpoint, so it may run beside the process that trains;
then it measures the newest checkpoints and marks every number with their epoch.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from vae_jax import registry
from vae_jax.console.interrupt import Interrupt
from vae_jax.console.progress import Counter
from vae_jax.console.screen import say
from vae_jax.errors import UserError
from vae_jax.evaluation.trained_member import Failure
from vae_jax.pipeline.baselines import baselines
from vae_jax.pipeline.evaluate_block import (
    Assessor,
    build_assessor,
    evaluate_block,
    workers,
)
from vae_jax.pipeline.job import Job, SavedBlock
from vae_jax.pipeline.pictures import draw_block, draw_program
from vae_jax.pipeline.snapshots import draw_snapshots
from vae_jax.runs import checkpoints, directory, failures
from vae_jax.runs.measurements import Measurements, Settings, name_of
from vae_jax.storage import seals


class Evaluated(NamedTuple):
    """What an evaluation came to: its numbers, and the blocks that it had to leave out."""

    measured: Measurements
    faults: list[str]  # a line for each block without a whole checkpoint


def evaluate(
    workdir: Path,
    jobs: Sequence[Job],
    interrupt: Interrupt,
    metrics: Sequence[Settings] | None = None,
) -> Evaluated:
    """Measures what is missing of every member; `metrics` None are those of the config.

    A metric with wrong settings is a `UserError` before anything is measured.
    """
    for settings in metrics or ():
        registry.build("metric", settings)  # a mistake is said before anything is measured
    evaluated = Evaluated(Measurements(workdir), [])
    try:
        for job in jobs:
            chosen = job.settings.metrics if metrics is None else metrics
            evaluate_program(job, chosen, evaluated, interrupt)
    finally:
        evaluated.measured.close()  # a signal may leave threads behind that still measure
    return evaluated


def evaluate_program(
    job: Job, metrics: Sequence[Settings], evaluated: Evaluated, interrupt: Interrupt
) -> None:
    """Measures and draws the members of one program, block by block."""
    measured, workdir = evaluated.measured, evaluated.measured.workdir
    names = [name_of(settings) for settings in metrics]
    lacks = lambda block, epoch: measured.missing(job.numbers(block), names, epoch)
    final = [lacks(block, job.settings.epochs) for block in range(len(job.blocks))]
    counter = Counter(sum(map(len, final)), "members evaluated", workers())
    assessor: Assessor | None = None
    for block, lacking in enumerate(final):
        arrays_dir = workdir / directory.ARRAYS / directory.block_name(job.number, block)
        drawn = seals.broken(arrays_dir) == seals.broken(arrays_dir.parent) == []
        if drawn and not lacking:
            continue
        counter.total -= len(lacking)
        saved = newest(job, block, workdir)
        if saved is None:
            evaluated.faults.append(
                f"{job.checkpoints(workdir, block)}: no whole checkpoint"
            )
            say(f"{evaluated.faults[-1]}; its members are left out")
            continue
        if assessor is None:
            interrupt.finishing(f"the preparation of program {job.number}'s evaluation")
            say(
                f"program {job.number}: evaluating {len(job.settings.members)} members; "
                "the first take longest, since what all of them need is compiled"
            )
            assessor = build_assessor(job, metrics, workdir)
        if saved.epoch == job.settings.epochs and not drawn:
            draw_program(assessor, arrays_dir.parent)
            draw_snapshots(assessor, saved, workdir, interrupt)
            draw_block(assessor, saved, arrays_dir, interrupt)
        todo = lacks(block, saved.epoch)
        counter.total += len(todo)
        tell = partial(tell_of_failure, workdir)
        for _ in evaluate_block(assessor, saved, todo, measured.add, tell, interrupt):
            counter.advance()
    interrupt.finishing("the baselines")
    write_baselines(job, workdir, assessor)


def tell_of_failure(workdir: Path, what: str, found: Sequence[Failure]) -> None:
    """Keeps the tracebacks of what could not be measured, and says what and why."""
    failures.append(workdir, what, [failure.traceback for failure in found])
    for failure in found:
        log = workdir / directory.FAILURES
        say(f"{what}: not measured ({failure.reason}); see {log}")


def newest(job: Job, block: int, workdir: Path) -> SavedBlock | None:
    """A block of members from its newest whole checkpoint; None where there is none."""
    template = job.states_template(block)
    saved = checkpoints.peek(job.checkpoints(workdir, block), template)
    return None if saved is None else SavedBlock(block, *saved)


def write_baselines(job: Job, workdir: Path, assessor: Assessor | None) -> None:
    """Adds a program's part to `baselines.json`, unless it is there."""
    file, name = workdir / directory.BASELINES, f"program_{job.number}"
    try:
        record = seals.read_record(file)
    except UserError:  # not there yet, or damaged
        record = {}
    if name not in record:
        assessor = assessor or build_assessor(job, (), workdir)
        record[name] = baselines(assessor, partial(tell_of_failure, workdir))
        seals.write_record(file, record)
