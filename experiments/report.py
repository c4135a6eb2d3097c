"""Writes the report and the explorer of a finished sweep anew; its figures as files.

usage: vae-jax report --workdir=DIR [--seeds=N] [--figures=DIR] [--paper=DIR]
                      [--gif=FILE [--latents=K]]

  --workdir=DIR  a finished run of `vae-jax sweep`
  --seeds=N      the explorer has N seeds of every setting, whatever its size (the first,
                 of as many settings as 3 MB hold)
  --figures=DIR  also writes every figure as SVG and PNG
  --paper=DIR    also writes what a paper needs: figures as PDF, one and two columns wide,
                 tables as LaTeX (booktabs), a methods paragraph, references.bib
  --gif=FILE     also writes a walk through the latent spaces of one size, in which every
                 moment is a draw of N(0, I)
  --latents=K    that size (the largest in the run)
"""

from collections.abc import Sequence

from vae_jax.console import cli


def main(arguments: Sequence[str]) -> None:
    """Reads the run directory and writes report.html and explorer.html into it."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--workdir", type=cli.path, required=True)
    parser.add_argument("--seeds", type=cli.count)
    parser.add_argument("--figures", type=cli.path)
    parser.add_argument("--paper", type=cli.path)
    parser.add_argument("--gif", type=cli.path)
    parser.add_argument("--latents", type=int)
    given = parser.parse_args(arguments)

    from vae_jax.pipeline.pages import write_pages
    from vae_jax.report.figures.gallery import write_figures
    from vae_jax.report.figures.walk import write_walk
    from vae_jax.report.paper.kit import write_paper
    from vae_jax.runs.load_results import load

    parts = load(given.workdir)
    written = write_pages(given.workdir, parts, given.seeds)
    if given.figures is not None:
        written += write_figures(parts, given.figures)
    if given.paper is not None:
        written += write_paper(parts, given.paper)
    if given.gif is not None:
        written.append(write_walk(parts[0], given.latents, given.gif))
    print(*written, sep="\n")


if __name__ == "__main__":
    cli.run(main)
