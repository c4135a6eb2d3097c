"""Sheets of images and of codes, one function each: a run in, a figure out."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure

from vae_jax.report.figures import style
from vae_jax.report.figures.traversal import traversal
from vae_jax.runs import summary
from vae_jax.runs.label_colours import NAMED_OF_MORE, LabelColours, coloured
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting

CELL = 2 / 3  # inches an image takes in a sheet: 64 pixels on a screen
PRINTED_CELL = 0.26  # in a sheet for paper, where a page has to hold it
MAX_COLUMNS = 10
MAX_ROWS = 24  # of a latent size; of more settings, so many evenly chosen ones are shown


def reconstructions(run: ProgramResults) -> Figure:
    """The figure of test images, and what each setting makes of their codes."""
    originals = run.pictures.shared("reconstructions", "originals")[:MAX_COLUMNS]
    return sheet(run, pictures(run, "reconstructions"), {"test image": originals})


def samples(run: ProgramResults) -> Figure:
    """The figure of decoded draws of the prior, the same z for all settings of a size."""
    return sheet(run, pictures(run, "samples"), {})


def traversals(run: ProgramResults) -> Figure:
    """The figure of two latent dimensions of each setting, moved through the prior."""
    return sheet(run, lambda setting: traversal(run, setting), {})


def pictures(run: ProgramResults, kind: str) -> Callable[[Setting], np.ndarray]:
    """A function to the images of a kind of a setting's first seed, `[columns, D]`."""
    return lambda setting: run.pictures.row(kind, run.shown(setting))[:MAX_COLUMNS]


def sheet(
    run: ProgramResults,
    images_of: Callable[[Setting], np.ndarray],
    top: Mapping[str, np.ndarray],
) -> Figure:
    """The figure of images: a block per latent size, a row per setting.

    `images_of` gives the row of a setting `[columns, D]`; `top` has the rows above those of
    every block, by their labels.
    """
    sizes = run.sizes()
    blocks = {}
    for size in sizes:
        settings = summary.evenly(run.of_size(size), MAX_ROWS)
        images = [*top.values(), *map(images_of, settings)]
        blocks[size] = np.stack(images), [*top, *map(run.name, settings)]
    height, width = run.look.frame
    columns = max(images.shape[1] for images, _ in blocks.values())
    rows = max(len(images) for images, _ in blocks.values())
    printed = style.COLUMN.get() is not None
    across = min(len(sizes), 2) if printed and not style.is_narrow() else 1
    down = -(-len(sizes) // across)
    unit = (PRINTED_CELL if printed else CELL) / max(height, width)
    block = columns * unit * width + 1.1  # with room for names
    tall = down * (rows * unit * height + 0.35)
    figure, axes = style.new_figure(block * across, tall, down, across)
    for panel in axes.flat[len(sizes) :]:
        panel.axis("off")
    for panel, (size, (images, labels)) in zip(axes.flat, blocks.items()):
        style.show_tiles(panel, images, run, labels)
        panel.set_title(f"{size} latents", loc="left")
    return figure


def latent_plane(run: ProgramResults) -> Figure | None:
    """The figure of the test images' codes in 2-D latent spaces, coloured by label.

    None where no latent space is of two dimensions.
    """
    settings = summary.evenly(run.of_size(2), MAX_ROWS)
    if not settings:
        return None
    across = min(2 if style.is_narrow() else 4, len(settings))
    down = -(-len(settings) // across)
    figure, axes = style.new_figure(2.1 * across + 0.6, 2.2 * down + 0.5, down, across)
    labels = run.pictures.shared("codes", "labels")
    colours = None if labels is None else coloured(labels, run.label_names)
    for position, panel in enumerate(axes.flat):
        if position >= len(settings):
            panel.axis("off")
            continue
        draw_codes(panel, run, settings[position], colours)
    if colours is not None:
        handles = [
            axes[0, 0].plot([], [], "o", ms=4, color=colour, label=style.plain(name))[0]
            for name, colour in colours.entries
        ]
        title = f"{NAMED_OF_MORE} most frequent" if colours.rule else "label"
        figure.legend(handles=handles, title=title, loc="outside right", frameon=False)
    return figure


def draw_codes(
    panel, run: ProgramResults, setting: Setting, colours: LabelColours | None
) -> None:
    """Draws one setting's posterior means, and the prior's rings at radius 1 and 2."""
    codes = run.pictures.row("codes", run.shown(setting))[:, :2]
    is_finite = np.isfinite(codes).all(axis=1)
    codes = codes[is_finite]
    hue = "0.4"
    if colours is not None:
        hue = np.array([hue for _, hue in colours.entries])[colours.entry_of[is_finite]]
    panel.scatter(*codes.T, s=4, linewidths=0, c=hue)
    angle = np.linspace(0.0, 2.0 * np.pi, 121)
    for radius in (1.0, 2.0):
        panel.plot(radius * np.cos(angle), radius * np.sin(angle), color="0.2", lw=0.7)
    reach = max(2.6, 1.05 * float(np.abs(codes).max(initial=0.0)))
    panel.set(
        xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=run.name(setting)
    )
