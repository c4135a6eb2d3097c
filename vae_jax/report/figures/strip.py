"""Decoded samples of the prior, stacked above their beta."""

import numpy as np

from vae_jax.report.figures import style
from vae_jax.report.figures.beta_axis import BetaAxis
from vae_jax.runs import summary
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting

PICTURES, MAX_STRIP = 3, 9  # stacked above a beta; columns of the strip


def strip_cell(run: ProgramResults, axis: BetaAxis, width: float) -> tuple[float, float]:
    """The size of an image in the strip, inches across and down: none meets the next."""
    positions = [x for size in run.sizes()[:1] for x, _ in strip_places(run, axis, size)]
    per_inch = (axis.limits[1] - axis.limits[0]) / width
    closest = min(np.diff(positions), default=axis.limits[1] - axis.limits[0]) / per_inch
    height, across = style.frame(run)
    cell = min(0.9 * closest, 0.42, 0.6 * across / height)
    return cell, cell * height / across


def strip_places(
    run: ProgramResults, axis: BetaAxis, size: int
) -> list[tuple[float, Setting]]:
    """The x and setting of those whose samples are shown."""
    return summary.evenly(axis.placed(run, size), MAX_STRIP)


def draw_strip(
    panel, run: ProgramResults, axis: BetaAxis, size: int, cell: tuple[float, float]
) -> None:
    """Draws the first seed's prior samples, stacked above their beta."""
    per_inch = (axis.limits[1] - axis.limits[0]) / panel.bbox.width * panel.figure.dpi
    half = 0.5 * cell[0] * per_inch
    look = style.greys(run.shown_as)
    for x, setting in strip_places(run, axis, size):
        images = run.pictures.row("samples", run.shown(setting))[:PICTURES]
        sheet = style.tile(np.asarray(images, np.float32)[:, None], style.frame(run))
        panel.imshow(sheet, extent=(x - half, x + half, 0.0, 1.0), aspect="auto", **look)
    panel.set(xlim=axis.limits, ylim=(0.0, 1.0), yticks=[], xticks=[])
    panel.spines[:].set_visible(False)
