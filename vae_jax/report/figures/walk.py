"""A walk through the latent spaces of a run, as an animated GIF.

z(t) = sum_k (a_k cos(k t) + b_k sin(k t)) / sqrt(K), with a_k, b_k ~ N(0, I): a closed path
that at every t is a draw of N(0, I), so what it passes is what sampling gives.
"""

import io
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from vae_jax.data.display import raster
from vae_jax.errors import UserError
from vae_jax.report.figures import style
from vae_jax.report.figures.decode import decoder_of
from vae_jax.runs import summary
from vae_jax.runs.results import ProgramResults
from vae_jax.storage import files

FRAMES, FRAME_MS, HARMONICS, SEED = 150, 50, 3, 0
ACROSS, CELL, GAP, TITLE = 4, 150, 14, 26  # cells in a row; pixels
MAX_CELLS = 12


def write_walk(run: ProgramResults, latents: int | None, file: Path) -> Path:
    """Writes the walk of a latent size, the largest if None, as a GIF; returns the file.

    A size that is not in the run is a `UserError`.
    """
    if latents is not None and latents not in run.sizes():
        raise UserError(
            f"--latents: {latents} is not in this run; there are: {run.sizes()}"
        )
    size = run.sizes()[-1] if latents is None else latents
    files.write_bytes(file, walk(run, size))
    return file


def walk(run: ProgramResults, latents: int) -> bytes:
    """The GIF of all settings of a size on one path, autoencoder first, then by beta."""
    settings = summary.evenly(run.of_size(latents), MAX_CELLS)
    path = closed_path(latents)
    decoded = [decoder_of(run, run.shown(setting))(path) for setting in settings]
    frame_size = run.look.frame
    scale = max(CELL // max(frame_size), 1)
    height, width = (scale * side for side in frame_size)
    corners = corners_of(len(settings), max(width, CELL) + GAP, height + TITLE + GAP)
    page = title_page(run, [run.name(s) for s in settings], corners, (height, width))
    frames = []
    for images in zip(*decoded):
        frame = page.copy()
        for (top, left), image in zip(corners, images):
            large = raster(image, run.look).repeat(scale, 0).repeat(scale, 1)
            frame[top : top + height, left : left + width] = large
        frames.append(Image.fromarray(frame if run.look.shape[-1] > 1 else frame[..., 0]))
    stream = io.BytesIO()
    options = {"save_all": True, "append_images": frames[1:], "duration": FRAME_MS}
    frames[0].save(stream, format="gif", loop=0, **options)
    return stream.getvalue()


def closed_path(latents: int) -> np.ndarray:
    """The closed path `[frames, latents]`, of which each frame is a draw of N(0, I)."""
    a, b = np.random.default_rng(SEED).standard_normal((2, HARMONICS, latents))
    angle = 2.0 * np.pi * np.arange(FRAMES)[:, None] / FRAMES * np.arange(1, HARMONICS + 1)
    return (np.cos(angle) @ a + np.sin(angle) @ b) / np.sqrt(HARMONICS)


def corners_of(count: int, across: int, down: int) -> list[tuple[int, int]]:
    """The top and left of each image, row by row, in pixels.

    `across` and `down` are the distances of neighbours.
    """
    cells = [divmod(i, ACROSS) for i in range(count)]
    return [(TITLE + row * down, GAP + column * across) for row, column in cells]


@style.styled()
def title_page(run: ProgramResults, names, corners, size: tuple[int, int]) -> np.ndarray:
    """A white frame with each image's name above it: bytes `[rows, columns, 3]`."""
    height = max(top for top, _ in corners) + size[0] + GAP
    width = max(left for _, left in corners) + max(size[1], CELL) + GAP
    figure = style.bare_figure(width / 100, height / 100, dpi=100)
    for name, (top, left) in zip(names, corners):
        figure.text(left / width, 1.0 - (top - 6) / height, name, fontsize=8)
    canvas = FigureCanvasAgg(style.stamp(figure, run))
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
