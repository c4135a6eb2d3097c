"""Evaluating a run on its own: measure what is missing, then write its tables and pages."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from vae_jax.console.interrupt import Interrupt
from vae_jax.pipeline.evaluate import evaluate
from vae_jax.pipeline.evaluation_tables import warnings, write_tables
from vae_jax.pipeline.pages import write_pages
from vae_jax.pipeline.reopen import reopen
from vae_jax.runs import directory, members
from vae_jax.runs.load_results import load
from vae_jax.runs.measurements import Settings


class Outcome(NamedTuple):
    """What an evaluation came to."""

    pages: list[Path]  # written anew; none of a run that still trains
    warnings: list[str]  # a line for each number that is not to be trusted
    failed: list[int]  # members of whom a number could not be measured
    faults: list[str]  # a line for each block without a whole checkpoint


def evaluate_run(
    workdir: Path, metrics: Sequence[Settings] | None = None, moved: str | None = None
) -> Outcome:
    """Measures what a run lacks of these metrics, None for those of its config.

    `moved` is where its data lies now, if it was moved. What is there is not measured
    again. Of a run that still trains, the newest checkpoints are measured.
    """
    study, jobs = reopen(workdir, moved)
    pages: list[Path] = []
    with directory.lock(workdir, directory.EVALUATION_LOCK), Interrupt() as interrupt:
        measured, faults = evaluate(workdir, jobs, interrupt, metrics)
        write_tables(measured, study.members, jobs)
        if members.is_finished(workdir):
            pages = write_pages(workdir, load(workdir))
    return Outcome(pages, warnings(measured, study.members), measured.failed(), faults)
