"""An autoencoder and a VAE of one size, to be compared with each other. No JAX."""

import numpy as np

from vae_jax.errors import UserError
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting


def sizes_with_both(run: ProgramResults) -> list[int]:
    """The latent sizes that have both an autoencoder and a VAE, ascending."""
    is_vae = lambda setting: setting.noise == 1.0 and setting.beta > 0
    return [
        size
        for size in run.sizes()
        if any(setting.is_autoencoder for setting in run.of_size(size))
        and any(is_vae(setting) for setting in run.of_size(size))
    ]


def choose_size(run: ProgramResults, latents: int | None) -> int:
    """The latent size to compare at: the one asked for, else the largest that has both.

    A `UserError` where no size has both, or the one asked for has not.
    """
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
    autoencoder = next(setting for setting in settings if setting.is_autoencoder)
    vaes = [setting for setting in settings if setting.noise == 1.0 and setting.beta > 0]
    of_same_rate = [
        setting for setting in vaes if setting.learning_rate == autoencoder.learning_rate
    ] or vaes
    return autoencoder, min(of_same_rate, key=lambda setting: abs(np.log(setting.beta)))
