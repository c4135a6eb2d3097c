"""Writes a member for use elsewhere: ONNX, safetensors, and `jax.export`.

usage: vae-jax export --workdir=DIR --member=N [--out=DIR]

  --workdir=DIR  a run of `vae-jax sweep`
  --member=N     its number, as in members.csv
  --out=DIR      where to (DIR/export/member_N)

encoder.onnx, decoder.onnx         for any number of inputs
weights.safetensors, model.json    every parameter, and what they are the parameters of
encoder.jax, decoder.jax           jax.export.deserialize(content).call(batch): runs
                                   without this package, on CPU, GPU or TPU

The encoder takes pixels in [0, 1] to mean and log-variance of q(z|x), the decoder z to
E[x|z]. Both are compared with JAX before they are written: within 1e-5, relative to the
largest output if that is above 1. The data need not be there. ONNX and safetensors:
pip install "vae_jax[onnx]".
"""

from collections.abc import Sequence

from vae_jax.console import cli


def main(arguments: Sequence[str]) -> None:
    """Restores the member, writes every format and prints the files."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--workdir", type=cli.path, required=True)
    parser.add_argument("--member", type=int, required=True)
    parser.add_argument("--out", type=cli.path)
    given = parser.parse_args(arguments)

    from vae_jax.library.run import Run

    for file in Run(given.workdir).member(given.member).export(directory=given.out):
        print(file)


if __name__ == "__main__":
    cli.run(main)
