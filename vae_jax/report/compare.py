"""Autoencoder beside the VAEs of its size: which are compared, and their picture."""

import numpy as np
from matplotlib.figure import Figure

from vae_jax.errors import UserError
from vae_jax.report import style
from vae_jax.report.load import Run
from vae_jax.summary import Setting

CELL = 0.3  # inches
MAX_ROWS = 24
COLUMNS = {"reconstructions": 10, "samples": 10, "interpolations": 11}
TITLES = {
    "reconstructions": "reconstructions of test images",
    "samples": "decoded z ~ N(0, I)",
    "interpolations": "straight line between two codes",
}


def sizes_with_both(run: Run) -> list[int]:
    """Latent sizes that have an autoencoder and a VAE."""
    is_vae = lambda s: s.noise == 1.0 and s.beta > 0
    return [
        size
        for size in run.sizes()
        if any(s.is_autoencoder for s in run.of_size(size))
        and any(is_vae(s) for s in run.of_size(size))
    ]


def choose_size(run: Run, latents: int | None) -> int:
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


def picture(run: Run, latents: int) -> Figure:
    """Reconstructions, samples and an interpolation, a row per setting, first seed."""
    settings = style.evenly(run.of_size(latents), MAX_ROWS)
    height, width = frame = style.frame(run)
    unit = CELL / max(height, width)
    total = sum(COLUMNS.values()) * width * unit
    figure, axes = style.new_figure(
        total + 1.8,
        (len(settings) + 1) * height * unit + 0.7,
        1,
        3,
        width_ratios=list(COLUMNS.values()),
    )
    for panel, (kind, columns) in zip(axes[0], COLUMNS.items()):
        images = [run.pictures.row(kind, run.shown(s))[:columns] for s in settings]
        blank = np.full_like(images[0], np.nan)
        top = run.pictures.shared("reconstructions", "originals")[:columns]
        first = kind == "reconstructions"
        labels = ["test image", *(run.name(s) for s in settings)] if first else []
        rows = np.stack([top if first else blank, *images])
        style.show_tiles(panel, rows, frame, labels)
        panel.set_title(TITLES[kind], loc="left")
    figure.suptitle(f"Autoencoder and VAEs, {latents} latents", x=0.01, ha="left")
    return figure


def pair(run: Run, latents: int) -> tuple[Setting, Setting]:
    """The autoencoder, and the VAE of its size and learning rate with beta nearest 1.

    Chosen by their settings, never by their scores: a test of the best of several on the
    numbers that made it best would find differences where there are none.
    """
    settings = run.of_size(latents)
    autoencoder = next(s for s in settings if s.is_autoencoder)
    vaes = [s for s in settings if s.noise == 1.0 and s.beta > 0]
    same = [s for s in vaes if s.learning_rate == autoencoder.learning_rate] or vaes
    return autoencoder, min(same, key=lambda s: abs(np.log(s.beta)))
