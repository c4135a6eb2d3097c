"""Tells two runs apart: their configs first, then how they were made, then the numbers.

usage: python experiments/diff.py DIR DIR [--split=test]

Numbers are means over the seeds of the settings that both have. Exit status: 0 nothing
differs, 1 something does, 2 a directory is at fault.
"""

from collections.abc import Sequence
from pathlib import Path

from vae_jax.console import cli
from vae_jax.runs import diff, directory, members, tables
from vae_jax.runs.summary import by_setting, over_seeds


def main(arguments: Sequence[str]) -> int:
    """A line for each thing that differs."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("directories", nargs=2, type=Path)
    parser.add_argument("--split", default="test")
    given = parser.parse_args(arguments)
    for workdir in given.directories:
        directory.require(workdir)
    records = [directory.read_record(workdir) for workdir in given.directories]
    lines = diff.differences(*records, ("config",))
    lines += diff.differences(*records, diff.FACTS)
    means = [read_means(workdir, given.split) for workdir in given.directories]
    common = [key for key in means[0] if key in means[1]]
    apart = [(key, *(m[key] for m in means)) for key in common]
    apart = [each for each in apart if each[1] != each[2]]
    lines += [
        f"{setting.latents:3} latents  {setting.name:16}  {metric!s:32}  "
        f"{a:12.6g} | {b:12.6g}  {b - a:+.3g}"
        for (setting, metric), a, b in apart
    ]
    print(*lines, sep="\n", end="\n" * bool(lines))
    print(f"numbers that both have: {len(common)}, of which {len(apart)} differ")
    return 1 if lines else 0


def read_means(workdir: Path, split: str) -> dict:
    """Mean over seeds by setting and key."""
    listed = members.read_members(workdir)
    rows = tables.read_results(workdir, len(listed))
    values = {row[:3]: row.value for row in rows if row.value is not None}
    metrics = dict.fromkeys(row.key for row in rows if row.split == split)
    found = {}
    for setting, numbers in by_setting([each.member for each in listed]).items():
        for metric in metrics:
            summary = over_seeds(values, numbers, split, metric)
            if summary is not None:
                found[setting._replace(static=()), metric] = summary.mean
    return found


if __name__ == "__main__":
    cli.run(main)
