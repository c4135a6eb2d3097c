"""Finds a result by its id among the runs, and shows it.

usage: vae-jax show ID [DIR ...]

  ID       as it stands in every figure and table, or its beginning
  DIR ...  where to look (runs)
"""

from collections.abc import Sequence
from pathlib import Path

from vae_jax.console import cli
from vae_jax.errors import UserError
from vae_jax.runs import directory, status


def main(arguments: Sequence[str]) -> None:
    """Prints every run of an id: where it is, how it was made and stands, its numbers.

    A `UserError` where there is none.
    """
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("id")
    parser.add_argument("directories", nargs="*", type=cli.path, default=[Path("runs")])
    given = parser.parse_args(arguments)
    ids = {workdir: name(workdir) for workdir in status.find(given.directories)}
    workdirs = [workdir for workdir, run_id in ids.items() if run_id.startswith(given.id)]
    if not workdirs or not given.id:
        searched = ", ".join(map(str, given.directories))
        raise UserError(f"{given.id}: no run of this id in {searched} ({len(ids)} runs)")

    from vae_jax.report.tables.tables import terminal_table
    from vae_jax.runs.load_results import load

    for workdir in workdirs:
        record = directory.read_record(workdir)
        code = record["code"]
        tree = {True: "", False: ", with changes", None: ""}[code["clean"]]
        commit = f" (commit {code['commit'][:12]}{tree})" if code["commit"] else ""
        print(status.line_of(workdir))
        print(f"command  {record['command']}")
        print(f"code     vae_jax {record['versions']['vae_jax']}{commit}")
        for part, data in record["data"].items():
            print(f"data     {part}: {data['name']}, SHA-256 {data['sha256'][:12]}")
        if (workdir / directory.RESULTS).exists():
            for part in load(workdir):
                print(f"\n{terminal_table(part)}")
        print()


def name(workdir: Path) -> str:
    """The id of a run; empty if its record is damaged."""
    try:
        return directory.id_of(workdir)
    except UserError:
        return ""


if __name__ == "__main__":
    cli.run(main)
