"""Looks at your images and writes a config for them, with comments, to start from.

usage: vae-jax new FILE.py --data=PATH [--size=N] [--scale=VALUE] [--array=NAME]
                   [--labels=NAME] [--test=NAME] [--levels=N]

  FILE.py        the config to write; a file that is there is not touched
  --data=PATH    a folder of images, an .npy or .npz, a folder of idx files (MNIST's kind)
                 or of CIFAR's binary files, Parquet or Arrow; or `digits` or `patches`,
                 which are always there
  --size=N       crops and resizes the images of a folder to N by N pixels
  --scale=VALUE  the value of floats that is white; `real` takes values as they are
  --array=NAME   the array of the .npz that has the images, if it has several
  --labels=NAME  the one that has the labels, if it is not called `labels`
  --test=NAME    the array or file that has the test images
  --levels=N     one more than the value that is white, where the type does not say it

Chooses network, likelihood, batch size and epochs by what it finds, and reckons what the
sweep takes: time, memory and disk. All of it is yours to edit.
"""

from collections.abc import Sequence

from vae_jax.console import cli
from vae_jax.errors import UserError

OWN = ("file", "data")  # options that are not of the data's source


def number(text: str) -> float:
    """The number that `--scale` names; a `UserError` where it is none."""
    try:
        return float(text)
    except ValueError:
        raise UserError(f"--scale: {text!r} is neither a number nor real") from None


def main(arguments: Sequence[str]) -> None:
    """Writes the config, and prints what it is for, what it takes and what to do next."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("file", type=cli.path)
    parser.add_argument("--data", required=True)
    for name in ("array", "labels", "test", "scale"):
        parser.add_argument(f"--{name}", default="")
    for name in ("levels", "size"):
        parser.add_argument(f"--{name}", type=int)
    given = parser.parse_args(arguments)

    from vae_jax.pipeline.new_config import new_config

    choices = {name: value for name, value in vars(given).items() if name not in OWN}
    if choices["scale"] not in ("", "real"):
        choices["scale"] = number(choices["scale"])
    print(new_config(given.file, given.data, **choices))
    print(f"\n{given.file} is written; next:")
    print(f"vae-jax sweep --config={given.file}:debug --workdir=runs/try")


if __name__ == "__main__":
    cli.run(main)
