"""Every figure of a run by its name: for the page, and as files for papers."""

from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from vae_jax.report.figures import figures, style
from vae_jax.report.figures.comparison import picture
from vae_jax.report.figures.learning import learning_curves
from vae_jax.report.figures.plane import plane
from vae_jax.report.figures.sampleability import sampleability
from vae_jax.report.pairs import choose_size, sizes_with_both
from vae_jax.runs.results import ProgramResults
from vae_jax.storage import files

KINDS = ("svg", "png")


def comparison(run: ProgramResults) -> Figure | None:
    """The figure of autoencoder and VAEs at the largest size with both; None without."""
    return picture(run, choose_size(run, None)) if sizes_with_both(run) else None


FIGURES: dict[str, Callable[[ProgramResults], Figure | None]] = {  # None: nothing to draw
    "sampleability": sampleability,
    "rate_distortion": plane,
    "learning_curves": learning_curves,
    "reconstructions": figures.reconstructions,
    "samples": figures.samples,
    "traversals": figures.traversals,
    "latent_plane": figures.latent_plane,
    "comparison": comparison,
}
FROM_WEIGHTS = ("traversals",)  # which a run without its weights cannot draw


@style.styled()
def draw(run: ProgramResults, name: str) -> Figure | None:
    """The figure of a name, stamped with the run's id; None where nothing is to draw."""
    if name in FROM_WEIGHTS and "weights" in run.record.get("left_out", ()):
        return None
    figure = FIGURES[name](run)
    return None if figure is None else style.stamp(figure, run)


def write_figures(parts: Sequence[ProgramResults], directory: Path) -> list[Path]:
    """Writes every figure as `NAME.svg` and `NAME.png`; returns the files.

    Of several programs, the names are `NAME_program_P`.
    """
    written = []
    for part, run in enumerate(parts):
        for name in FIGURES:
            for kind in KINDS:
                figure = draw(run, name)
                if figure is None:
                    continue
                suffix = f"_program_{part}" if len(parts) > 1 else ""
                written.append(directory / f"{name}{suffix}.{kind}")
                files.write_bytes(written[-1], style.render(figure, kind))
    return written
