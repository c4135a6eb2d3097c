"""Sheets of images and of codes, one function each: a run in, an SVG element out."""

import numpy as np

from vae_jax.report import style
from vae_jax.report.load import Run
from vae_jax.summary import Setting

CELL = 0.26  # inches an image takes in a sheet
MAX_COLUMNS = 10
MAX_ROWS = 24  # of a latent size; of more settings, so many evenly chosen ones are shown


def image_sheet(run: Run, kind: str) -> str:
    """Images of the first seed: a block per latent size, a row per setting."""
    sizes = run.sizes()
    originals = run.pictures.shared("reconstructions", "originals")[:MAX_COLUMNS]
    shown = {size: style.evenly(run.of_size(size), MAX_ROWS) for size in sizes}
    rows = max(map(len, shown.values())) + (kind == "reconstructions")
    height, width = run.shape
    across = min(len(sizes), 2)
    down = -(-len(sizes) // across)
    columns = min(MAX_COLUMNS, len(run.pictures.row(kind, 0)))
    block = columns * CELL * width / max(height, width) + 1.1
    tall = down * (rows * CELL * height / max(height, width) + 0.35)
    figure, axes = style.new_figure(block * across, tall, down, across)
    for place, panel in enumerate(axes.flat):
        if place >= len(sizes):
            panel.axis("off")
            continue
        settings = shown[sizes[place]]
        images = [run.pictures.row(kind, run.settings[s][0])[:columns] for s in settings]
        labels = [run.name(s) for s in settings]
        if kind == "reconstructions":
            images, labels = [originals, *images], ["test image", *labels]
        style.show_tiles(panel, np.stack(images), run.shape, labels)
        panel.set_title(f"{sizes[place]} latents", loc="left")
    return style.svg(figure)


def latent_plane(run: Run) -> str | None:
    """Codes of the test images in the 2-D latent spaces, coloured by label."""
    settings = style.evenly(run.of_size(2), MAX_ROWS)
    if not settings:
        return None
    across = min(4, len(settings))
    down = -(-len(settings) // across)
    figure, axes = style.new_figure(2.1 * across + 0.6, 2.2 * down + 0.5, down, across)
    labels = run.pictures.shared("codes", "labels")
    points = None
    for place, panel in enumerate(axes.flat):
        if place >= len(settings):
            panel.axis("off")
            continue
        points = draw_codes(panel, run, settings[place], labels)
    if labels is not None and points is not None and len(np.unique(labels)) <= 10:
        figure.colorbar(points, ax=axes, ticks=np.unique(labels), label="label", shrink=0.6)
    figure.suptitle(
        "Codes of the test images, two latents; rings hold 39 % and 86 % of N(0, I)",
        x=0.01,
        ha="left",
    )
    return style.svg(figure)


def draw_codes(panel, run: Run, setting: Setting, labels: np.ndarray | None):
    """One panel: posterior means, and the prior's rings at radius 1 and 2."""
    codes = run.pictures.row("codes", run.settings[setting][0])[:, :2]
    seen = np.isfinite(codes).all(axis=1)
    codes = codes[seen]
    hue = {"c": "0.4"} if labels is None else {"c": labels[seen], "cmap": "tab10"}
    points = panel.scatter(*codes.T, s=3, linewidths=0, **hue)
    angle = np.linspace(0.0, 2.0 * np.pi, 121)
    for radius in (1.0, 2.0):
        panel.plot(radius * np.cos(angle), radius * np.sin(angle), color="0.2", lw=0.7)
    reach = max(2.6, 1.05 * float(np.abs(codes).max(initial=0.0)))
    panel.set(
        xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=run.name(setting)
    )
    return points
