"""Looks at your images and writes a config for them, with comments, to start from.

usage: vae-jax new FILE.py --data=PATH [--array=NAME] [--labels=NAME] [--levels=N]

  FILE.py        the config to write; a file that is there is not touched
  --data=PATH    an .npz, a folder of idx files (MNIST's kind), or `digits`
  --array=NAME   the array of the .npz that has the images, if it has several
  --labels=NAME  the one that has the labels, if it is not called `labels`
  --levels=N     one more than the value that is white, where the type does not say it

Chooses network, likelihood, batch size and epochs by what it finds, and reckons what the
sweep takes: time, memory and disk. All of it is yours to edit.
"""

from collections.abc import Sequence

from vae_jax.console import cli


def main(arguments: Sequence[str]) -> None:
    """Writes the config, and prints what it is for, what it takes and what to do next."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("file", type=cli.path)
    parser.add_argument("--data", required=True)
    parser.add_argument("--array", default="")
    parser.add_argument("--labels", default="")
    parser.add_argument("--levels", type=int)
    given = parser.parse_args(arguments)

    from vae_jax.pipeline.new_config import new_config

    choices = {"array": given.array, "labels": given.labels, "levels": given.levels}
    print(new_config(given.file, given.data, **choices))
    print(f"\n{given.file} is written; next:")
    print(f"vae-jax sweep --config={given.file}:debug --workdir=runs/try")


if __name__ == "__main__":
    cli.run(main)
