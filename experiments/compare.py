"""Autoencoder against VAE, from a finished sweep: scorecard, conclusion and picture.

usage: vae-jax compare --workdir=DIR [--latents=K] [--program=P] [--out=FILE]

  --workdir=DIR  a finished run of `vae-jax sweep`
  --program=P    which of its programs (0)
  --latents=K    the latent size to compare at (the largest in the run)
  --out=FILE     the picture: .svg, .png or .pdf (DIR/compare.svg)

The VAE is the one with beta nearest 1 and the autoencoder's learning rate: chosen by its
settings, never by its scores. Every number is a mean over seeds with its 95 % interval.
"""

from collections.abc import Sequence

from vae_jax.console import cli
from vae_jax.errors import UserError
from vae_jax.storage import files


def main(arguments: Sequence[str]) -> None:
    """Prints the scorecard and what follows from it, and draws the picture."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--workdir", type=cli.path, required=True)
    parser.add_argument("--latents", type=int)
    parser.add_argument("--program", type=int, default=0)
    parser.add_argument("--out", type=cli.path)
    given = parser.parse_args(arguments)
    out = given.out or given.workdir / "compare.svg"
    if out.suffix not in (".svg", ".png", ".pdf"):
        raise UserError(f"--out: {out} is not a .svg, .png or .pdf")

    from vae_jax.report import pairs
    from vae_jax.report.figures import comparison, style
    from vae_jax.report.sentences.conclusion import conclusion
    from vae_jax.report.tables.scorecard import terminal_scorecard
    from vae_jax.runs.load_results import load

    parts = load(given.workdir)
    if not 0 <= given.program < len(parts):
        raise UserError(f"--program: the run has programs 0 to {len(parts) - 1}")
    run = parts[given.program]
    latents = pairs.choose_size(run, given.latents)
    picture = style.stamp(comparison.picture(run, latents), run)
    files.write_bytes(out, style.render(picture, out.suffix[1:]))
    pair = pairs.pair(run, latents)
    print(terminal_scorecard(run, *pair), *conclusion(run, *pair), out, sep="\n")


if __name__ == "__main__":
    cli.run(main)
