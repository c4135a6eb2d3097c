"""Autoencoder beside the VAEs of its size: which are compared, and their picture."""

import numpy as np
from matplotlib.figure import Figure

from vae_jax.report.figures import style
from vae_jax.runs import summary
from vae_jax.runs.results import ProgramResults

CELL = 0.3  # inches
MAX_ROWS = 24
COLUMNS = {"reconstructions": 10, "samples": 10, "interpolations": 11}
TITLES = {
    "reconstructions": "reconstructions of test images",
    "samples": "decoded z ~ N(0, I)",
    "interpolations": "straight line between two codes",
}


@style.styled()
def picture(run: ProgramResults, latents: int) -> Figure:
    """The figure of a size: reconstructions, samples and an interpolation.

    A row per setting, of its first seed.
    """
    settings = summary.evenly(run.of_size(latents), MAX_ROWS)
    height, width = run.look.frame
    unit = CELL / max(height, width)
    tall = (len(settings) + 1) * height * unit
    if style.is_narrow():  # one below the other
        wide = max(COLUMNS.values()) * width * unit
        figure, axes = style.new_figure(wide + 1.3, 3 * tall + 1.2, 3, 1)
    else:
        wide, ratios = sum(COLUMNS.values()) * width * unit, list(COLUMNS.values())
        figure, axes = style.new_figure(wide + 1.8, tall + 0.7, 1, 3, width_ratios=ratios)
    for panel, (kind, columns) in zip(axes.flat, COLUMNS.items()):
        images = [run.pictures.row(kind, run.shown(s))[:columns] for s in settings]
        blank = np.full_like(images[0], np.nan)
        top = run.pictures.shared("reconstructions", "originals")[:columns]
        has_labels = kind == "reconstructions"
        named = has_labels or style.is_narrow()
        labels = ["test image" if has_labels else "", *map(run.name, settings)]
        rows = np.stack([top if has_labels else blank, *images])
        style.show_tiles(panel, rows, run, labels if named else [])
        panel.set_title(TITLES[kind], loc="left")
    figure.suptitle(f"Autoencoder and VAEs, {latents} latents", x=0.01, ha="left")
    return figure
