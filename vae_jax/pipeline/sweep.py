"""A sweep from its study to its pages: what the run directory still lacks is done.

JAX is loaded by whatever needs it, so that most mistakes are answered before.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vae_jax.console.screen import say
from vae_jax.data.dataset import Dataset
from vae_jax.errors import UserError
from vae_jax.pipeline.load_data import Where, load_data, places
from vae_jax.runs import directory, integrity, members
from vae_jax.runs.load_results import load
from vae_jax.runs.record import make_record
from vae_jax.runs.retention import Keep
from vae_jax.storage import seals
from vae_jax.storage.leases import Lease
from vae_jax.studies.study import Study

if TYPE_CHECKING:
    from vae_jax.pipeline.job import Job


class Sweep(NamedTuple):
    """A study and the directory of its run, with what lies there and what it is made of."""

    study: Study
    workdir: Path
    where: Where
    datasets: list[Dataset] | None  # None: a finished run whose data is gone
    finished: bool


def look(
    study: Study, workdir: Path, moved: str | None = None, *, planned: bool = False
) -> Sweep:
    """What there is to do: reads the data and looks at the directory, touches nothing.

    `moved` is where the data lies now, if it was moved. A finished run needs none, unless
    its plan is asked for (`planned`). A directory that holds another run, and data that is
    not there or is at fault, are `UserError`s.
    """
    begun = directory.check(workdir, study.config)
    finished = begun and members.is_finished(workdir)
    where = Where(moved, directory.places(workdir) if begun else {})
    try:
        datasets = load_data(study, where)
    except UserError as fault:
        if not finished or planned:
            raise
        say(f"{fault}; nothing needs it any more")
        datasets = None
    if not finished and seals.knows(workdir, directory.RESULTS):
        for file in integrity.damaged(workdir, directory.read_record(workdir)):
            say(f"{file}: missing or damaged; it is written anew")
    return Sweep(study, workdir, where, datasets, finished)


def jobs_of(sweep: Sweep) -> list["Job"]:
    """The jobs of a sweep, one for each program; JAX is started."""
    from vae_jax.pipeline.job import prepare
    from vae_jax.training import devices

    devices.start()
    programs = zip(sweep.study.programs, sweep.datasets)
    return [prepare(i, *program) for i, program in enumerate(programs)]


def carry_out(
    sweep: Sweep, jobs: Sequence["Job"], keep: Keep, tensorboard: bool = False
) -> list[str]:
    """Trains, evaluates and writes what the directory lacks, its pages too.

    Returns a warning for each number that is not to be trusted; none of a run that was
    finished before, which needs no `jobs`.
    """
    warnings: list[str] = []
    with opened(sweep):
        renamed = directory.rename(sweep.workdir, sweep.study.config)
        if not sweep.finished:
            from vae_jax.pipeline import run

            warnings = run.run(sweep.study, jobs, sweep.workdir, tensorboard, keep)
        elif tensorboard:
            from vae_jax.console.tensorboard import TensorBoard

            TensorBoard(sweep.workdir, sweep.study)
        stale = renamed or integrity.unsealed(sweep.workdir, integrity.PAGES)
        if not sweep.finished or stale:
            from vae_jax.pipeline.pages import write_pages

            write_pages(sweep.workdir, load(sweep.workdir))
    return warnings


def opened(sweep: Sweep) -> Lease:
    """The run's directory, held; without data, which a finished run may do without."""
    if sweep.datasets is None:
        return directory.lock(sweep.workdir, directory.LOCK)
    where = places(sweep.study, sweep.where)
    record = make_record(sweep.study.config, sweep.datasets, where)
    return directory.create(sweep.workdir, record)
