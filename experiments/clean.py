"""Shows what of a run no longer serves, and removes it after asking.

usage: vae-jax clean --workdir=DIR [--yes]

  --workdir=DIR  a run of `vae-jax sweep`
  --yes          does not ask

What interrupted writing left behind, checkpoints that were set aside as damaged and, once
a run is finished, every checkpoint but the last.
"""

import shutil
from collections.abc import Sequence

from vae_jax.console import cli
from vae_jax.runs import directory, members, status


def main(arguments: Sequence[str]) -> None:
    """Lists what no longer serves, asks, and removes it, holding the lock of the run."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--workdir", type=cli.path, required=True)
    parser.add_argument("--yes", action="store_true")
    given = parser.parse_args(arguments)
    workdir = given.workdir
    directory.require(workdir)
    with directory.lock(workdir, directory.LOCK):
        paths = status.removable(workdir, superseded=members.is_finished(workdir))
        for path in paths:
            print(f"{status.size_of([path]) / 1e6:z8.1f} MB  {path}")
        if not paths:
            print(f"{workdir}: nothing to remove")
            return
        total = f"{status.size_of(paths) / 1e6:z.1f} MB"
        if not given.yes and not agreed(f"remove these ({total})? [y/N] "):
            print("nothing is removed")
            return
        for path in paths:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        print(f"removed {total}")


def agreed(question: str) -> bool:
    """Whether the answer is yes; where nobody can answer, it is no."""
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


if __name__ == "__main__":
    cli.run(main)
