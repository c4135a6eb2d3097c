"""Trains and evaluates a sweep, and writes its report.

usage: python experiments/sweep.py --config=FILE[:VARIANT] --workdir=DIR
                                   [--config.FIELD=VALUE ...]

  --config=FILE[:VARIANT]        a file of configs/, and one of its variants
  --config.epochs=20             sets a field
  --config.sweep.beta="(0.5,1)"  sets an axis of the grid
  --workdir=DIR                  where the run goes; the same command goes on with it

exit status: 0 all is done, 1 done but some members diverged, 2 the command line, the
config, the data or the directory is at fault (one line says which), 130 or 143 stopped by
Ctrl-C or SIGTERM, with what was trained saved.
"""

from collections.abc import Sequence

from vae_jax import cli, registry, runs
from vae_jax.datasets import DATASETS
from vae_jax.record import make_record
from vae_jax.report.load import load
from vae_jax.report.tables import terminal_table
from vae_jax.study import check_batches, resolve


def main(arguments: Sequence[str]) -> int:
    """Resolves the config, then does whatever the run directory still lacks."""
    config, overrides, workdir = cli.parse_config(arguments, __doc__)
    study = resolve(config, overrides)
    runs.check(workdir, study.config)
    dataset = registry.build(DATASETS, "dataset", study.dataset)
    check_batches(study, dataset)
    finished = (workdir / runs.RESULTS).exists()
    if not finished:
        # JAX takes seconds to import, so only now: most mistakes need not wait for it.
        from vae_jax import pipeline, sweep

        sweep.use_all_cores()
        program = pipeline.prepare(study, dataset)
    with runs.create(workdir, make_record(study.config, dataset)):
        if finished:
            print(f"{workdir}: all {len(study.members)} members are trained and evaluated")
        else:
            pipeline.run(study, program, dataset, workdir)
        run = load(workdir)
        if not finished or not (workdir / runs.REPORT).exists():
            from vae_jax.report.page import report_page

            runs.write_text(workdir / runs.REPORT, report_page(run))
    print(f"\n{terminal_table(run)}\n")
    for name in (runs.REPORT, runs.RESULTS, runs.SUMMARY, runs.MEMBERS):
        print(workdir / name)
    diverged = [n for n, status in enumerate(run.statuses) if status == "diverged"]
    if diverged:
        print(f"diverged: members {', '.join(map(str, diverged))}; see {runs.MEMBERS}")
    return 1 if diverged else 0


if __name__ == "__main__":
    cli.run(main)
