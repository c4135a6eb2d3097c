"""An autoencoder and a VAE of one size, to be compared with each other. No JAX."""

import numpy as np

from vae_jax.errors import UserError
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting


def sizes_with_both(run: ProgramResults) -> list[int]:
    """Latent sizes that have an autoencoder and a VAE."""
    is_vae = lambda s: s.noise == 1.0 and s.beta > 0
    return [
        size
        for size in run.sizes()
        if any(s.is_autoencoder for s in run.of_size(size))
        and any(is_vae(s) for s in run.of_size(size))
    ]


def choose_size(run: ProgramResults, latents: int | None) -> int:
    """The latent size to compare at: the one asked for, else the largest that has both."""
    both = sizes_with_both(run)
    if not both:
        raise UserError(
            f"{run.workdir}: no autoencoder beside a VAE of its size; "
            "train with --config.autoencoder=True"
        )
    if latents is not None and latents not in both:
        raise UserError(f"--latents: {latents} is not in this run; there are: {both}")
    return both[-1] if latents is None else latents


def pair(run: ProgramResults, latents: int) -> tuple[Setting, Setting]:
    """The autoencoder, and the VAE of its size and learning rate with beta nearest 1.

    Chosen by their settings, never by their scores: a test of the best of several on the
    numbers that made it best would find differences where there are none.
    """
    settings = run.of_size(latents)
    autoencoder = next(s for s in settings if s.is_autoencoder)
    vaes = [s for s in settings if s.noise == 1.0 and s.beta > 0]
    same = [s for s in vaes if s.learning_rate == autoencoder.learning_rate] or vaes
    return autoencoder, min(same, key=lambda s: abs(np.log(s.beta)))
