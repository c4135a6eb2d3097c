"""Compares the README's table of results with runs that were made again.

usage: python experiments/headline.py DIR ... [--readme=FILE]

  DIR ...        runs of configs/digits.py and configs/mnist.py
  --readme=FILE  whose table (README.md)

A row holds if every cell is the same; elsewhere than where it was made, if every mean is
within t_{0.975} sd sqrt(2 / n) of what is said. Rows of data without a run are named.

exit status: 0 every row that could be checked holds, 1 one does not, 2 the command line or
a directory is at fault.
"""

from collections.abc import Sequence
from pathlib import Path

from vae_jax.console import cli
from vae_jax.errors import UserError


def main(arguments: Sequence[str]) -> int:
    """Prints a line per row of the README's table: the row, and whether it holds.

    Returns the exit status: 1 if a row does not hold, else 0.
    """
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("directories", nargs="+", type=cli.path)
    parser.add_argument("--readme", type=cli.path, default=Path("README.md"))
    given = parser.parse_args(arguments)

    from vae_jax.report.tables import readme
    from vae_jax.runs.load_results import load

    try:
        cells_by_head = readme.read_table(given.readme.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{given.readme}: {error.strerror}") from None
    failed, checked = 0, set()
    for workdir in given.directories:
        for run in load(workdir):
            print(f"{run.record['data']['name']}: FD and coverage of {run.space_in_words}")
            for line in readme.lines(run):
                checked.add(line.head)
                verdict = "not in the README"
                if line.head in cells_by_head:
                    verdict = readme.verdict(cells_by_head[line.head], line)
                failed += verdict not in (readme.HOLDS, readme.WITHIN)
                print(f"{line.text}  {verdict}")
    for head in cells_by_head.keys() - checked:
        print(f"{' '.join(head)}: not checked, no run of it is given")
    if not checked & cells_by_head.keys():
        raise UserError(f"{given.readme}: none of its rows is of these runs")
    print(f"{len(checked & cells_by_head.keys())} rows checked, {failed} at fault")
    return 1 if failed else 0


if __name__ == "__main__":
    cli.run(main)
