"""Tells two runs apart: their configs first, then how they were made, then the numbers.

usage: vae-jax diff DIR DIR [--split=test]

Numbers are means over the seeds of the settings that both have. Exit status: 0 nothing
differs, 1 something does, 2 a directory is at fault.
"""

from collections.abc import Sequence
from pathlib import Path

from vae_jax.console import cli
from vae_jax.runs import diff, directory, members, tables
from vae_jax.runs.summary import by_setting, over_seeds


def main(arguments: Sequence[str]) -> int:
    """Prints a line for each thing that differs, and how many numbers were compared.

    Returns the exit status: 1 if anything differs, else 0.
    """
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("directories", nargs=2, type=cli.path)
    parser.add_argument("--split", default="test")
    given = parser.parse_args(arguments)
    for workdir in given.directories:
        directory.require(workdir)
    records = [directory.read_record(workdir) for workdir in given.directories]
    lines = diff.differences(*records, ("config",))
    lines += diff.differences(*records, diff.FACTS)
    means = [read_means(workdir, given.split) for workdir in given.directories]
    common = [key for key in means[0] if key in means[1]]
    differing = [(key, *(run_means[key] for run_means in means)) for key in common]
    differing = [entry for entry in differing if entry[1] != entry[2]]
    lines += [
        f"{setting.latents:3} latents  {setting.name:16}  {metric!s:32}  "
        f"{first:z12.6g} | {second:z12.6g}  {second - first:+z.3g}"
        for (setting, metric), first, second in differing
    ]
    print(*lines, sep="\n", end="\n" * bool(lines))
    print(f"numbers that both have: {len(common)}, of which {len(differing)} differ")
    return 1 if lines else 0


def read_means(workdir: Path, split: str) -> dict:
    """The mean over seeds of every number of a split, by setting and key."""
    member_rows = members.read_members(workdir)
    rows = tables.read_results(workdir, len(member_rows))
    values = {row[:3]: row.value for row in rows if row.value is not None}
    metrics = dict.fromkeys(row.key for row in rows if row.split == split)
    means = {}
    for setting, numbers in by_setting([row.member for row in member_rows]).items():
        for metric in metrics:
            summary = over_seeds(values, numbers, split, metric)
            if summary is not None:
                means[setting._replace(static=()), metric] = summary.mean
    return means


if __name__ == "__main__":
    cli.run(main)
