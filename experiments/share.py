"""Puts a finished run into one zip to send: report, explorer, tables, record.

usage: vae-jax share --workdir=DIR --out=FILE.zip [--weights]

  --workdir=DIR   a finished run of `vae-jax sweep`
  --out=FILE.zip  where to
  --weights       the weights of all members too, so that they can be loaded from it

Unpacked, it is a run directory: the report opens from it, and so does
`vae_jax.open("FILE.zip")` in Python. The data is not in it, nor where it lay.
"""

from collections.abc import Sequence

from vae_jax.console import cli


def main(arguments: Sequence[str]) -> None:
    """Writes the zip and prints its path and size."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--workdir", type=cli.path, required=True)
    parser.add_argument("--out", type=cli.path, required=True)
    parser.add_argument("--weights", action="store_true")
    given = parser.parse_args(arguments)

    from vae_jax.library.run import Run

    file = Run(given.workdir).share(given.out, weights=given.weights)
    print(f"{file} ({file.stat().st_size / 1e6:z.1f} MB)")


if __name__ == "__main__":
    cli.run(main)
