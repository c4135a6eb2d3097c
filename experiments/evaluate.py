"""Evaluates the members of a run, finished or still training; never trains.

usage: vae-jax evaluate --workdir=DIR [--metrics=NAME,...] [--data=PATH]

  --workdir=DIR       a run of `vae-jax sweep`
  --metrics=NAME,...  metric families (those of the run's config); with settings of their
                      own: --metrics="rate_distortion,iwae(samples=50000)"
  --data=PATH         where the data lies now, if it was moved

Adds to results.csv what is not there yet; what is there is not measured again, so it can
be stopped and given again. Of a run that still trains, the newest checkpoints are
measured, and every number says after which epoch.

exit status: 0 all is measured, 1 some numbers could not be, 2 the command line, the
directory or a checkpoint is at fault (one line says which; everything else is measured),
130 or 143 stopped.
"""

from collections.abc import Sequence

from vae_jax.console import cli
from vae_jax.console.progress import members_and
from vae_jax.errors import UserError
from vae_jax.runs import directory
from vae_jax.studies.metric_settings import read_names


def main(arguments: Sequence[str]) -> int:
    """Reads the run's own config, then measures whatever is missing.

    A `UserError` names the faults met, once everything else is measured.
    """
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--workdir", type=cli.path, required=True)
    parser.add_argument("--metrics")
    parser.add_argument("--data")
    given = parser.parse_args(arguments)
    workdir = given.workdir
    metrics = None if given.metrics is None else read_names(given.metrics)

    from vae_jax.pipeline.evaluate_run import evaluate_run

    pages, warnings, failed, faults = evaluate_run(workdir, metrics, given.data)
    print(*pages, workdir / directory.RESULTS, *warnings, sep="\n")
    if failed:
        print(
            f"not all measured: {members_and(failed)}; see {workdir / directory.FAILURES}"
        )
    if faults:
        raise UserError("; ".join(faults))
    return 1 if failed else 0


if __name__ == "__main__":
    cli.run(main)
