"""How runs stand: what works on them, how far they are, what diverged, disk used.

usage: vae-jax status [DIR ...]

  DIR ...  runs, or directories of runs (runs)

Touches nothing; it may be given from any terminal while training goes on.
"""

from collections.abc import Sequence
from pathlib import Path

from vae_jax.console import cli
from vae_jax.errors import UserError
from vae_jax.runs import status


def main(arguments: Sequence[str]) -> None:
    """Prints a line per run; a `UserError` where there is none."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("directories", nargs="*", type=cli.path, default=[Path("runs")])
    directories = parser.parse_args(arguments).directories
    workdirs = status.find(directories)
    if not workdirs:
        raise UserError(f"{', '.join(map(str, directories))}: no run here")
    for workdir in workdirs:
        print(status.line_of(workdir))


if __name__ == "__main__":
    cli.run(main)
