"""Writes the report of a finished sweep anew.

usage: python experiments/report.py --workdir=DIR
"""

from collections.abc import Sequence
from pathlib import Path

from vae_jax import cli, runs


def main(arguments: Sequence[str]) -> None:
    """Reads the run directory and writes report.html into it."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--workdir", type=Path, required=True)
    workdir = parser.parse_args(arguments).workdir

    from vae_jax.report.load import load
    from vae_jax.report.page import report_page

    runs.write_text(workdir / runs.REPORT, report_page(load(workdir)))
    print(workdir / runs.REPORT)


if __name__ == "__main__":
    cli.run(main)
