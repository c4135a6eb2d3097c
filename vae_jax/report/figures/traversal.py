"""Latent dimensions of a member, one at a time, moved through the prior."""

import numpy as np

from vae_jax.report.figures.decode import decoder_of
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting

STEPS = np.linspace(-2.5, 2.5, 7)
DIMENSIONS = 2


def traversal(run: ProgramResults, setting: Setting) -> np.ndarray:
    """Images `[columns, D]` from the origin along a setting's leading dimensions.

    A blank image stands between two dimensions.
    """
    number, latents = run.shown(setting), setting.latents
    paths = np.zeros((DIMENSIONS, len(STEPS), latents))
    for path, dimension in zip(paths, leading(run, number, latents)):
        path[:, dimension] = STEPS
    decoded = decoder_of(run, number)(paths.reshape(-1, latents))
    images = decoded.reshape(DIMENSIONS, len(STEPS), -1)[: min(latents, DIMENSIONS)]
    blank = np.full_like(images[:1, :1], np.nan)[0]
    return np.concatenate(
        [images[0], *(np.concatenate([blank, row]) for row in images[1:])]
    )


def leading(run: ProgramResults, number: int, latents: int) -> np.ndarray:
    """The dimensions of largest rate of a member; without rates, of most varied codes."""
    importance = run.rates(number)
    if importance is None:
        codes = np.float64(run.pictures.row("codes", number)[:, :latents])
        with np.errstate(invalid="ignore"):  # codes of a wild member may be infinite
            importance = np.var(codes, axis=0)
    return np.argsort(-importance, kind="stable")[:DIMENSIONS]
