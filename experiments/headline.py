"""Compares the table of docs/results.md with runs that were made again.

usage: vae-jax headline DIR ... [--page=FILE]

  DIR ...      runs of configs/digits.py and configs/mnist.py
  --page=FILE  whose table (docs/results.md)

A row holds if every cell is the same. On another machine training ends elsewhere, at most
as far as another seed would. So each mean is tested against the spread of its own seeds, by
a t test, and all cells together by Holm's rule (1979): at most 5 % of comparisons call
anything wrong that is not. A row of one seed that is not the same is not judged. Rows of
data without a run are named.

exit status: 0 every row that could be checked holds, 1 one does not, 2 the command line or
a directory is at fault, 3 one is not judged, and all others hold.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from vae_jax.console import cli
from vae_jax.errors import UserError


def main(arguments: Sequence[str]) -> int:
    """Prints a line per row of the table of results: the row, and whether it holds.

    Returns the exit status: 1 if a row does not hold, 3 if one is not judged, else 0.
    """
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("directories", nargs="+", type=cli.path)
    parser.add_argument("--page", type=cli.path, default=Path("docs/results.md"))
    given = parser.parse_args(arguments)

    from vae_jax.report.tables import headline
    from vae_jax.runs.load_results import load

    try:
        cells_by_head = headline.read_table(given.page.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{given.page}: {error.strerror}") from None
    lines = [
        line
        for workdir in given.directories
        for run in load(workdir)
        for line in headline.lines(run)
    ]
    checked = {line.head for line in lines} & cells_by_head.keys()
    if not checked:
        raise UserError(f"{given.page}: none of its rows is of these runs")
    verdicts = headline.verdicts(cells_by_head, lines)
    for line, verdict in zip(lines, verdicts):
        print(f"{line.text}  {verdict}")
    for head in cells_by_head.keys() - checked:
        print(f"{' '.join(head)}: not checked, no run of it is given")
    counts = Counter(verdicts)
    failed = counts[headline.FAILS] + counts[headline.MISSING]
    unjudged = counts[headline.NOT_JUDGED]
    print(
        f"{len(checked)} rows checked, {failed} at fault, {unjudged} not judged; all cells "
        "are judged together, by Holm's rule at 5 %"
    )
    return 1 if failed else 3 if unjudged else 0


if __name__ == "__main__":
    cli.run(main)
