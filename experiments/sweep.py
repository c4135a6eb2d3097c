"""Trains and evaluates a sweep, and writes its report.

usage: vae-jax sweep --config=NAME[:VARIANT] --workdir=DIR [--config.FIELD=VALUE ...]
                     [--plan] [--tensorboard] [--data=PATH]
                     [--keep=latest:N,best:N,every:EPOCHS]

  --config=NAME[:VARIANT]        collapse, digits, mnist, patches, or a file of your own
  --config.epochs=20             sets a field
  --config.sweep.beta="(0.5,1)"  sets an axis of the grid; every field can be one
  --workdir=DIR                  where the run goes; the same command goes on with it
  --plan                         says what would be done, and what it needs; does nothing
  --tensorboard                  also writes DIR/tensorboard, a run per member
  --keep=latest:2                which checkpoints stay: the latest N, the N of least
                                 training loss, those of every so many epochs; of
                                 the latter, the run's arrays have snapshots
  --data=PATH                    where the data lies now, if it was moved; of several, a
                                 folder with all of them

exit status: 0 all is done, 1 done but some members diverged or some numbers could not be
measured, 2 the command line, the config, the data or the directory is at fault (one line
says which), 130 or 143 stopped by Ctrl-C or SIGTERM, with what was trained saved.
"""

from collections.abc import Sequence
from importlib import import_module

from vae_jax.console import cli
from vae_jax.console.progress import members_and
from vae_jax.pipeline import sweep
from vae_jax.report.tables.tables import terminal_table
from vae_jax.runs import directory
from vae_jax.runs.load_results import load
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.retention import DEFAULT, read_keep
from vae_jax.studies.study import resolve


def main(arguments: Sequence[str]) -> int:
    """Resolves the config, then does whatever the run directory still lacks."""
    config, overrides, workdir, switches, options = cli.parse_config(
        arguments, __doc__, ("plan", "tensorboard"), ("keep", "data")
    )
    keep = read_keep(options.get("keep", DEFAULT))
    if "tensorboard" in switches:
        import_module("vae_jax.console.tensorboard")  # an extra: missing, it is said now
    study = resolve(config, overrides)
    planned = "plan" in switches
    found = sweep.look(study, workdir, options.get("data"), planned=planned)
    jobs = []
    if not found.finished or planned:
        # JAX takes seconds to import, so only now: most mistakes need not wait for it.
        from vae_jax.pipeline.plan import plan

        jobs = sweep.jobs_of(found)
        print(plan(jobs, keep), flush=True)
    if planned:
        return 0
    if found.finished:
        print(f"{workdir}: all {len(study.members)} members are trained and evaluated")
    warnings = sweep.carry_out(found, jobs, keep, "tensorboard" in switches)
    return told(load(workdir), warnings)


def told(parts: Sequence[ProgramResults], warnings: Sequence[str]) -> int:
    """Prints a run's tables, its files and what is wrong with its numbers.

    Returns the exit status: 1 if members diverged or numbers could not be measured.
    """
    workdir = parts[0].workdir
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


if __name__ == "__main__":
    cli.run(main)
