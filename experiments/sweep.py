"""Trains and evaluates a sweep, and writes its report.

usage: python experiments/sweep.py --config=FILE[:VARIANT] --workdir=DIR
                                   [--config.FIELD=VALUE ...] [--plan] [--tensorboard]
                                   [--keep=latest:N,best:N,every:EPOCHS] [--data=PATH]

  --config=FILE[:VARIANT]        a file of configs/, and one of its variants
  --config.epochs=20             sets a field
  --config.sweep.beta="(0.5,1)"  sets an axis of the grid; every field can be one
  --workdir=DIR                  where the run goes; the same command goes on with it
  --plan                         says what would be done, and what it needs; does nothing
  --tensorboard                  also writes DIR/tensorboard, a run per member
  --keep=latest:2                which checkpoints stay: the latest N, the N of least
                                 training loss, those of every so many epochs
  --data=PATH                    where the data lies now, if it was moved; of several, a
                                 folder with all of them

exit status: 0 all is done, 1 done but some members diverged or some numbers could not be
measured, 2 the command line, the config, the data or the directory is at fault (one line
says which), 130 or 143 stopped by Ctrl-C or SIGTERM, with what was trained saved.
"""

from collections.abc import Sequence
from pathlib import Path

from vae_jax.console import cli
from vae_jax.console.progress import members_and
from vae_jax.console.screen import say
from vae_jax.data.dataset import Dataset
from vae_jax.errors import UserError
from vae_jax.pipeline.load_data import Where, load_data, places
from vae_jax.report.tables.tables import terminal_table
from vae_jax.runs import directory, integrity, members
from vae_jax.runs.load_results import load
from vae_jax.runs.record import make_record
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.retention import DEFAULT, read_keep
from vae_jax.storage import seals
from vae_jax.storage.leases import Lease
from vae_jax.studies.study import Study, resolve


def main(arguments: Sequence[str]) -> int:
    """Resolves the config, then does whatever the run directory still lacks."""
    config, overrides, workdir, switches, options = cli.parse_config(
        arguments, __doc__, ("plan", "tensorboard"), ("keep", "data")
    )
    keep = read_keep(options.get("keep", DEFAULT))
    if "tensorboard" in switches:
        from vae_jax.console.tensorboard import (
            TensorBoard,  # an extra: if it is missing, that is said now
        )
    study = resolve(config, overrides)
    begun = directory.check(workdir, study.config)
    finished = members.is_finished(workdir)
    where = Where(options.get("data"), directory.places(workdir) if begun else {})
    try:
        datasets = load_data(study, where)
    except UserError as fault:
        if not finished or "plan" in switches:
            raise
        say(f"{fault}; nothing needs it any more")
        datasets = None
    if not finished and seals.knows(workdir, directory.RESULTS):
        for file in integrity.damaged(workdir, directory.read_record(workdir)):
            say(f"{file}: missing or damaged; it is written anew")
    if not finished or "plan" in switches:
        # JAX takes seconds to import, so only now: most mistakes need not wait for it.
        from vae_jax.pipeline import run
        from vae_jax.pipeline.job import prepare
        from vae_jax.pipeline.plan import plan
        from vae_jax.training import devices

        devices.start()
        jobs = [prepare(i, *pair) for i, pair in enumerate(zip(study.programs, datasets))]
        print(plan(jobs, keep), flush=True)
        if "plan" in switches:
            return 0
    warnings: list[str] = []
    with opened(workdir, study, datasets, where):
        if finished:
            print(f"{workdir}: all {len(study.members)} members are trained and evaluated")
            if "tensorboard" in switches:
                TensorBoard(workdir, study)
        else:
            warnings = run.run(study, jobs, workdir, "tensorboard" in switches, keep)
        parts = load(workdir)
        if not finished or integrity.unsealed(workdir, integrity.PAGES):
            from vae_jax.pipeline.pages import write_pages

            write_pages(workdir, parts)
    return told(workdir, parts, warnings)


def told(workdir: Path, parts: Sequence[ProgramResults], warnings: Sequence[str]) -> int:
    """Prints a run's tables, its files and what is wrong with its numbers.

    Returns the exit status: 1 if members diverged or numbers could not be measured.
    """
    for part in parts:
        print(f"\n{terminal_table(part)}\n")
    for name in (
        directory.REPORT,
        directory.EXPLORER,
        directory.RESULTS,
        directory.SUMMARY,
        directory.MEMBERS,
    ):
        print(workdir / name)
    for line in warnings:
        print(line)
    diverged = [number for part in parts for number in part.diverged()]
    if diverged:
        print(f"diverged: {members_and(diverged)}; see {workdir / directory.MEMBERS}")
    failed = [number for part in parts for number in part.failed()]
    if failed:
        print(
            f"not all measured: {members_and(failed)}; see {workdir / directory.FAILURES}"
        )
    return 1 if diverged or failed else 0


def opened(
    workdir: Path,
    study: Study,
    datasets: Sequence[Dataset] | None,
    where: Where,
) -> Lease:
    """The run's directory, held; without data, which a finished run may do without."""
    if datasets is None:
        return directory.lock(workdir, directory.LOCK)
    record = make_record(study.config, datasets, places(study, where))
    return directory.create(workdir, record)


if __name__ == "__main__":
    cli.run(main)
