"""Latent dimensions of a member, one at a time, moved through the prior."""

import numpy as np

from vae_jax.report.figures.decode import decoder_of
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting

STEPS = np.linspace(-2.5, 2.5, 7)
DIMENSIONS = 2


def traversal(run: ProgramResults, setting: Setting) -> np.ndarray:
    """Images `[columns, D]`, from the origin along leading dimensions, blank between."""
    number, latents = run.shown(setting), setting.latents
    paths = np.zeros((DIMENSIONS, len(STEPS), latents))
    for path, dimension in zip(paths, leading(run, number, latents)):
        path[:, dimension] = STEPS
    decoded = decoder_of(run, number)(paths.reshape(-1, latents))
    images = decoded.reshape(DIMENSIONS, len(STEPS), -1)[: min(latents, DIMENSIONS)]
    blank = np.full_like(images[:1, :1], np.nan)[0]
    return np.concatenate([images[0], *(np.concatenate([blank, i]) for i in images[1:])])


def leading(run: ProgramResults, number: int, latents: int) -> np.ndarray:
    """The dimensions of largest rate; without rates, of the most varied codes."""
    worth = run.rates(number)
    if worth is None:
        worth = np.var(run.pictures.row("codes", number)[:, :latents], axis=0)
    return np.argsort(-worth, kind="stable")[:DIMENSIONS]
