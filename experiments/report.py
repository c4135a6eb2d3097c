"""Writes the report and the explorer of a finished sweep anew.

usage: python experiments/report.py --workdir=DIR
"""

from collections.abc import Sequence
from pathlib import Path

from vae_jax import cli


def main(arguments: Sequence[str]) -> None:
    """Reads the run directory and writes report.html and explorer.html into it."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--workdir", type=Path, required=True)
    workdir = parser.parse_args(arguments).workdir

    from vae_jax.pages import write_pages
    from vae_jax.report.load import load

    for place in write_pages(workdir, load(workdir)):
        print(place)


if __name__ == "__main__":
    cli.run(main)
