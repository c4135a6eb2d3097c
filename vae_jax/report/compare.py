"""Autoencoder beside the VAEs of its size: one picture, and a sentence on what it shows."""

import numpy as np
from matplotlib.figure import Figure

from vae_jax.errors import UserError
from vae_jax.report import style
from vae_jax.report.load import Run
from vae_jax.summary import Setting, show

CELL = 0.3  # inches
COLUMNS = {"reconstructions": 10, "samples": 10, "interpolations": 11}
TITLES = {
    "reconstructions": "reconstructions of test images",
    "samples": "decoded z ~ N(0, I)",
    "interpolations": "straight line between two codes",
}


def choose_size(run: Run, latents: int | None) -> int:
    """The latent size to compare at: the one asked for, else the largest that has both."""
    both = [
        size
        for size in run.sizes()
        if len({s.is_autoencoder for s in run.of_size(size)}) == 2
    ]
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
    settings = run.of_size(latents)
    height, width = run.shape
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
        images = [
            run.arrays[kind]["images"][run.settings[s][0]][:columns] for s in settings
        ]
        blank = np.full_like(images[0], np.nan)
        top = run.arrays["reconstructions"]["originals"][:columns]
        first = kind == "reconstructions"
        labels = ["test image", *(s.name for s in settings)] if first else []
        rows = np.stack([top if first else blank, *images])
        style.show_tiles(panel, rows, run.shape, labels)
        panel.set_title(TITLES[kind], loc="left")
    figure.suptitle(f"Autoencoder and VAEs, {latents} latents", x=0.01, ha="left")
    return figure


def best_sampler(run: Run, settings: list[Setting]) -> Setting | None:
    """The setting whose N(0, I) samples cover the most test images."""
    scored = [(c.mean, s) for s in settings if (c := run.summary(s, "coverage_raw"))]
    return max(scored, key=lambda pair: pair[0])[1] if scored else None


def sentence(run: Run, latents: int) -> str:
    """What the picture shows, computed from the run: distortion, strays and coverage."""
    settings = run.of_size(latents)
    autoencoder = next(s for s in settings if s.is_autoencoder)
    best = best_sampler(run, [s for s in settings if not s.is_autoencoder])
    ours = [run.summary(autoencoder, m) for m in ("off_manifold99", "coverage_raw")]
    if best is None or None in ours:
        return f"With {latents} latents: the sample scores were not evaluated in this run."
    theirs = [run.summary(best, m) for m in ("off_manifold99", "coverage_raw")]
    distortions = [show(run.summary(s, "distortion")) for s in (autoencoder, best)]
    gap = theirs[1].mean - ours[1].mean
    noise = np.hypot(*(s.stderr or 0.0 for s in (theirs[1], ours[1])))
    judged = all(s.stderr is not None for s in (theirs[1], ours[1]))
    if not judged:
        verdict = "One seed: no judgement of the difference."
    elif gap > 2 * noise:
        verdict = f"{best.name} is the more sampleable of the two."
    else:
        verdict = "The difference in coverage is not distinguishable."
    percent = lambda s: f"{s.mean:.0%}"
    return (
        f"With {latents} latents the autoencoder reconstructs at {distortions[0]} nats and "
        f"{best.name} at {distortions[1]}; decoded from N(0, I), {percent(ours[0])} of the "
        f"autoencoder's samples lie off the data against {percent(theirs[0])}, and they "
        f"cover {percent(ours[1])} of the test images against {percent(theirs[1])}. "
        f"{verdict}"
    )
