"""Autoencoder beside the VAEs of its size: one picture, and a sentence on what it shows."""

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import t as student_t

from vae_jax.errors import UserError
from vae_jax.report import style
from vae_jax.report.load import Run
from vae_jax.summary import Setting, show

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
        images = [run.pictures.row(kind, run.settings[s][0])[:columns] for s in settings]
        blank = np.full_like(images[0], np.nan)
        top = run.pictures.shared("reconstructions", "originals")[:columns]
        first = kind == "reconstructions"
        labels = ["test image", *(run.name(s) for s in settings)] if first else []
        rows = np.stack([top if first else blank, *images])
        style.show_tiles(panel, rows, run.shape, labels)
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


def difference(run: Run, metric: str, a: Setting, b: Setting) -> tuple[float, float] | None:
    """95 % interval of a - b, paired by seed (Student's t); None below two seeds."""
    values = [
        {
            run.members[n].seed: run.values[n, "test", metric]
            for n in run.settings[setting]
            if (n, "test", metric) in run.values
        }
        for setting in (a, b)
    ]
    seeds = values[0].keys() & values[1].keys()
    if len(seeds) < 2:
        return None
    gaps = np.array([values[0][seed] - values[1][seed] for seed in sorted(seeds)])
    half = student_t.ppf(0.975, len(gaps) - 1) * gaps.std(ddof=1) / np.sqrt(len(gaps))
    low, high = np.clip((gaps.mean() - half, gaps.mean() + half), -1.0, 1.0)  # of shares
    return float(low), float(high)


def sign(interval: tuple[float, float]) -> int:
    """1 or -1 if the interval is on one side of 0, else 0."""
    return int(interval[0] > 0) - int(interval[1] < 0)


def verdict(run: Run, autoencoder: Setting, vae: Setting) -> str:
    """Which of the two is the more sampleable: fewer strays and more coverage decide."""
    covers = difference(run, "coverage_raw", vae, autoencoder)
    strays = difference(run, "off_manifold99", autoencoder, vae)
    if covers is None or strays is None:
        return "Fewer than two seeds: no judgement of the difference."
    signs = {sign(covers), sign(strays)} - {0}
    if not signs:
        return "The two are not distinguishable at 95 %."
    if len(signs) == 2:
        return "One strays less, the other covers more: neither is the more sampleable."
    better, worse = (vae, autoencoder) if signs == {1} else (autoencoder, vae)
    low, high = covers if signs == {1} else (-covers[1], -covers[0])
    if sign((low, high)) == 1:
        return (
            f"{run.name(better)} is the more sampleable of the two: its coverage is higher "
            f"by {100 * low:.0f} to {100 * high:.0f} points (95 %, paired by seed)."
        )
    return (
        f"{run.name(better)} strays less than {run.name(worse)}, at a coverage that is "
        "not distinguishable."
    )


def sentence(run: Run, latents: int) -> str:
    """Autoencoder against VAE, computed from the run: distortion, strays and coverage."""
    settings = pair(run, latents)
    metrics = ("off_manifold99", "coverage_raw")
    scores = [[run.summary(s, metric) for s in settings] for metric in metrics]
    if None in scores[0] + scores[1]:
        return f"With {latents} latents: the sample scores are missing; nothing to compare."
    names = [run.name(s) for s in settings]
    at = [show(run.summary(s, "distortion")) for s in settings]
    strays, covered = ([f"{s.mean:.0%}" for s in row] for row in scores)
    return (
        f"With {latents} latents the {names[0]} reconstructs at {at[0]} nats and "
        f"{names[1]} at {at[1]}; of their decoded N(0, I) samples {strays[0]} and "
        f"{strays[1]} lie off the data, and they cover {covered[0]} and {covered[1]} of "
        "the test images. "
        f"{verdict(run, *settings)}"
    )
