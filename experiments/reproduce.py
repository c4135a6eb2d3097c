"""Trains and evaluates a run again from its record, and compares every number.

usage: vae-jax reproduce --workdir=DIR [--member=N] [--out=DIR] [--anew]
                                       [--data=PATH] [--quiet]

  --workdir=DIR  a finished run of `vae-jax sweep`
  --member=N     only this member, in its own time
  --out=DIR      where to (DIR.again, DIR.again_N); the same command goes on with it, if
                 code, packages, flags, devices and data are those it was begun with
  --anew         where something lies there already: trains beside it, in DIR.again-2, ...
  --data=PATH    where the data lies, if not where it was
  --quiet        prints only the numbers that are not identical

Where machine and installation are those of the record, every number and every parameter
has to be identical, to the bit. Elsewhere it says what differs, and judges all numbers as
one family: each difference by a t test with n - 1 degrees of freedom against sd sqrt(2),
the sd that of the n seeds of its setting (of the two runs the smaller), all p-values by
Holm's rule (1979) at 5 %. A number without a second seed is not judged, and counted; one
that only one of the two runs has is a difference.

Where a finished second run lies, nothing is trained: it says when and how that was made,
and compares it, but a run of another time shows nothing about the code in force now.

exit status: 0 trained, and all agree, 1 some do not, 2 the command line, the directory or
the data is at fault, 3 no verdict: nothing was trained, or no number can be judged.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from vae_jax.console import cli
from vae_jax.console.screen import say
from vae_jax.errors import UserError
from vae_jax.runs import diff, directory, members
from vae_jax.runs.diff import IDENTICAL, Comparison
from vae_jax.runs.record import conditions
from vae_jax.runs.verdict import verdict


def main(arguments: Sequence[str]) -> int:
    """Reads the record, trains again, prints every number and the verdict.

    Returns the exit status: 0 if all agree, 1 if not, 3 without a verdict.
    """
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--workdir", type=cli.path, required=True)
    parser.add_argument("--member", type=int)
    parser.add_argument("--out", type=cli.path)
    parser.add_argument("--anew", action="store_true")
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
    if out.resolve() == workdir.resolve():
        raise UserError(f"--out: {out} is the run itself; name another directory")
    if given.anew:
        out = directory.fresh(out)
        say(f"trains in {out}; if it is stopped, --out={out} goes on with it")

    from vae_jax.pipeline.reproduce import FOUND, run_again

    how = run_again(workdir, number, out, given.data)
    trained = how != FOUND
    recorded, again = (diff.read_outcome(run_dir) for run_dir in (workdir, out))
    if number is not None:
        recorded = diff.only(recorded, number, member_rows[number].program)
    comparisons = diff.compare(recorded, again)
    same = "identical" if trained else "equal"
    for comparison in comparisons:
        if comparison.verdict != IDENTICAL or not given.quiet:
            print(line(comparison, number, same))
    counts = Counter(comparison.verdict for comparison in comparisons)
    listed = [f"{n:,} {same if v == IDENTICAL else v}" for v, n in counts.items()]
    equal = sum(again.parameters.get(n) == sha for n, sha in recorded.parameters.items())
    print(f"numbers: {', '.join(listed)}")
    print(f"parameters: {equal} of {len(recorded.parameters)} {same}, to the bit")
    print(f"compared with {out}, {how}")
    changed = diff.facts(recorded.record, again.record)
    tell_conditions(again.record, changed, trained=trained)
    found = verdict(
        comparisons,
        equal == len(recorded.parameters),
        elsewhere=bool(changed),
        trained=trained,
    )
    print(found.text)
    return found.status


def tell_conditions(
    again: dict[str, Any], changed: Sequence[str], *, trained: bool
) -> None:
    """Prints how the second run was made, and what differs from the first, or from now.

    `changed` are the facts in which the two records differ.
    """
    print(made(again))
    for fact in changed:
        print(f"recorded | again  {fact}")
    if not trained:
        for fact in diff.conditions(again, {**again, **conditions(again["config"])}):
            print(f"again | now  {fact}")
        print("--anew trains again, beside it")


def line(comparison: Comparison, number: int | None, same: str) -> str:
    """A line for a number: recorded, come out again, its verdict and its p-value.

    `number` is the member to name, if the comparison is of one alone; `same` the word for
    the same bits.
    """
    member, split, metric = comparison.key
    shown = [
        "none" if value is None else repr(value)
        for value in (comparison.recorded, comparison.again)
    ]
    judged = same
    if comparison.verdict != IDENTICAL:
        p = "" if comparison.p is None else f" (p = {comparison.p:z.2g})"
        judged = comparison.verdict + p
    name = member if number is None else number
    return (
        f"member {name}  {split:5}  {metric!s:32}  {shown[0]:24}  {shown[1]:24}  {judged}"
    )


def made(record: dict[str, Any]) -> str:
    """When and with which code, packages and flags a run was made, as its record says."""
    code, platform = record["code"], record["platform"]
    packages = ", ".join(f"{name} {v}" for name, v in record["versions"].items())
    set_flags = {"XLA_FLAGS": platform["xla_flags"], **platform["jax_flags"]}
    flags = " ".join(f"{name}={value!r}" for name, value in set_flags.items() if value)
    return (
        f"made {record.get('made', 'at a time not recorded')}, code {code['sha256'][:12]}"
        f"{'' if code['commit'] is None else ' (commit ' + code['commit'][:12] + ')'}; "
        f"{packages}; flags: {flags or 'none'}"
    )


if __name__ == "__main__":
    cli.run(main)
