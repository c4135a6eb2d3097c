"""Trains and evaluates a run again from its record, and compares every number.

usage: python experiments/reproduce.py --workdir=DIR [--member=N] [--out=DIR] [--quiet]
                                       [--data=PATH]

  --workdir=DIR  a finished run of experiments/sweep.py
  --member=N     only this member, in its own time
  --out=DIR      where to (DIR.again, DIR.again_N); the same command goes on with it
  --data=PATH    where the data lies, if not where it was
  --quiet        prints only the numbers that are not identical

Where machine and installation are those of the record, every number and every parameter
has to be identical, to the bit. Elsewhere it says what differs, and a number may be off by
no more than t_{0.975} sd sqrt(2), the sd that of the run's own seeds of the setting (or of
those made again, if it is smaller).

exit status: 0 all agree, 1 some do not, 2 the command line, the directory or the data is
at fault.
"""

from collections import Counter
from collections.abc import Sequence

from vae_jax.console import cli
from vae_jax.errors import UserError
from vae_jax.runs import diff, directory, members
from vae_jax.runs.diff import IDENTICAL, WITHIN, Comparison


def main(arguments: Sequence[str]) -> int:
    """Reads the record, trains again, prints every number and the verdict.

    Returns the exit status: 0 if all agree, else 1.
    """
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--workdir", type=cli.path, required=True)
    parser.add_argument("--member", type=int)
    parser.add_argument("--out", type=cli.path)
    parser.add_argument("--data")
    parser.add_argument("--quiet", action="store_true")
    given = parser.parse_args(arguments)
    workdir, number = given.workdir, given.member
    directory.require(workdir)
    if not members.is_finished(workdir):
        raise UserError(f"{workdir}: not finished, or damaged; there is nothing to compare")
    member_rows = members.read_members(workdir)
    if number is not None and not 0 <= number < len(member_rows):
        raise UserError(
            f"--member: {number} is not in this run (0 to {len(member_rows) - 1})"
        )
    suffix = ".again" if number is None else f".again_{number}"
    out = given.out or workdir.with_name(workdir.resolve().name + suffix)

    from vae_jax.pipeline.reproduce import run_again

    member = None if number is None else member_rows[number].member
    run_again(workdir, member, out, given.data)
    recorded, again = (diff.read_outcome(run_dir) for run_dir in (workdir, out))
    if number is not None:
        recorded = diff.only(recorded, number, member_rows[number].program)
    comparisons = diff.compare(recorded, again)
    for comparison in comparisons:
        if comparison.verdict != IDENTICAL or not given.quiet:
            print(line(comparison, number))
    changed = diff.facts(recorded.record, again.record)
    identical = sum(
        again.parameters.get(n) == sha for n, sha in recorded.parameters.items()
    )
    counts = Counter(comparison.verdict for comparison in comparisons)
    print(f"numbers: {', '.join(f'{n:,} {label}' for label, n in counts.items())}")
    print(f"parameters: {identical} of {len(recorded.parameters)} identical, to the bit")
    print(
        *(f"recorded | here  {fact}" for fact in changed),
        sep="\n",
        end="\n" * bool(changed),
    )
    return verdict(counts, identical == len(recorded.parameters), elsewhere=bool(changed))


def line(comparison: Comparison, number: int | None) -> str:
    """A line for a number: recorded, come out again, how far off it may be, and a verdict.

    `number` is the member to name, if the comparison is of one alone.
    """
    member, split, metric = comparison.key
    shown = [
        "none" if value is None else repr(value)
        for value in (comparison.recorded, comparison.again)
    ]
    allowed = "" if comparison.allowed is None else f" (allowed {comparison.allowed:.3g})"
    judged = comparison.verdict + (allowed if comparison.verdict != IDENTICAL else "")
    name = member if number is None else number
    return (
        f"member {name}  {split:5}  {metric!s:32}  {shown[0]:24}  {shown[1]:24}  {judged}"
    )


def verdict(counts: Counter, parameters: bool, *, elsewhere: bool) -> int:
    """Prints whether the run is reproduced, and returns the exit status: 0 or 1.

    `elsewhere` is whether machine or installation differ from those of the record.
    """
    if set(counts) <= {IDENTICAL} and parameters:
        print("identical: every number and every parameter")
        return 0
    if elsewhere and set(counts) <= {IDENTICAL, WITHIN}:
        print("agrees within the tolerances, made with what differs above")
        return 0
    conditions = (
        "with what differs above" if elsewhere else "on the same machine and install"
    )
    print(f"not reproduced, {conditions}")
    return 1


if __name__ == "__main__":
    cli.run(main)
