"""What a notebook shows of a run and of a member: a small picture and a small table."""

import base64
import html
import io
import math
from collections.abc import Sequence

import matplotlib.image
import numpy as np

from vae_jax.data.display import Look
from vae_jax.library.records import Records, html_table
from vae_jax.report.figures import style
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import evenly
from vae_jax.scores import metric_key as keys
from vae_jax.scores.catalogue import in_space
from vae_jax.scores.metric_key import name_and_space

COLUMNS, ROWS = 10, 8  # of images; settings of a run
SCALE = 3  # screen pixels of a pixel
HEADLINES = {  # heading -> key, whose space is the run's own
    "distortion D": keys.DISTORTION,
    "rate R": keys.RATE,
    "FD, N(0, I)": keys.FD.by("prior"),
    "FD, mixture": keys.FD.by("mixture"),
    "coverage, N(0, I)": keys.COVERAGE.by("prior"),
}


def of_member(name: str, images: np.ndarray, look: Look, results: Records) -> str:
    """A member: its name, draws of its prior [n, *shape], drawn in a look, its numbers."""
    found = {}
    for heading, key in HEADLINES.items():
        rows = results.where(split="test", sampler=key.sampler)
        own = rows.filter(lambda row, key=key: name_and_space(row["metric"])[0] == key.name)
        found |= {heading: own[0]["value"]} if own else {}
    drawn = picture(images.reshape(-1, COLUMNS, math.prod(look.shape)), look)
    numbers = html_table([found] if found else [])
    return f"<div><b>{html.escape(name)}</b>{drawn}{numbers}</div>"


def of_run(title: str, parts: Sequence[ProgramResults]) -> str:
    """A run: its title, and of each program samples and numbers of a few settings."""
    return f"<div><b>{html.escape(title)}</b>{''.join(map(of_program, parts))}</div>"


def of_program(run: ProgramResults) -> str:
    """Draws of the prior, a row for each of a few settings, and their numbers."""
    settings = evenly(list(run.settings), ROWS)
    drawn = [run.pictures.row("samples", run.shown(s))[:COLUMNS] for s in settings]
    images = np.stack(drawn)
    rows = []
    for setting in settings:
        row = {"latents": setting.latents, "model": run.name(setting)}
        for heading, key in HEADLINES.items():
            summary = run.summary(setting, in_space(key, run.space))
            row[heading] = None if summary is None else summary.mean
        rows.append(row)
    title = f"<p>{html.escape(run.title)}</p>" if run.title else ""
    return title + picture(images, run.look) + html_table(rows)


def picture(images: np.ndarray, look: Look) -> str:
    """Images [rows, columns, D] as one PNG in an HTML element."""
    sheet = style.tile(images, look)
    sheet = sheet.repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    stream = io.BytesIO()
    matplotlib.image.imsave(stream, sheet, format="png")
    data = base64.b64encode(stream.getvalue()).decode()
    return f'<br><img alt="images" src="data:image/png;base64,{data}"><br>'
