"""`explorer.html`: one file that opens from disk, offline, with decoders that run in it."""

import html
import json
from collections.abc import Sequence
from importlib.resources import files
from string import Template
from typing import Any

from vae_jax.data.labels import NO_LABEL
from vae_jax.explorer.members import BUDGET, MAX_IMAGES, chosen, packed
from vae_jax.explorer.pack import pack
from vae_jax.portable.graph import as_json
from vae_jax.runs.label_colours import coloured
from vae_jax.runs.results import ProgramResults
from vae_jax.scores.collapse import COLLAPSED_RATE

SCRIPTS = (
    "graph",
    "numbers",
    "model",
    "view",
    "plane",
    "line",
    "controls",
    "roam",
    "lenses",
    "main",
)


def explorer_page(
    parts: Sequence[ProgramResults], budget: int = BUDGET, seeds: int | None = None
) -> str:
    """The page of a run as HTML; everything that comes from the user is escaped.

    `budget` is the bytes of all weights in float16, `seeds` the most of a setting.
    """
    members = []
    for part, run in enumerate(parts):
        graph = run.pictures.decoder()
        pairs = chosen(run, graph, budget // len(parts), seeds)
        members += [packed(run, part, graph, setting, number) for setting, number in pairs]
    first = parts[0]
    shas = list(dict.fromkeys(run.record["data"]["sha256"] for run in parts))
    run_of_data = {run.record["data"]["sha256"]: run for run in reversed(parts)}
    data = {
        "parts": [
            {
                "title": run.title or "all",
                "graph": as_json(run.pictures.decoder()),
                "data": shas.index(run.record["data"]["sha256"]),
                "space": run.space_in_words if run.judges_samples else "",
            }
            for run in parts
        ],
        "data": [images_of(run_of_data[sha]) for sha in shas],
        "members": members,
        "collapsed": COLLAPSED_RATE,
    }
    return Template(read("page.html")).substitute(
        title=html.escape(first.workdir.resolve().name),
        id=html.escape(first.id),
        style=read("style.css"),
        script="\n".join(read(f"{name}.js") for name in SCRIPTS),
        data=in_page(data),
    )


def images_of(run: ProgramResults) -> dict[str, Any]:
    """The test images of a program, their labels and colours, as the page reads them.

    Labels are texts, since a browser's numbers have 53 bits; None is no label.
    """
    images = run.pictures.test_images()[:MAX_IMAGES]
    found = {"shape": run.shape, "images": pack(images, "u1"), "labels": None}
    labels = run.pictures.shared("codes", "labels")
    if labels is not None:
        colours = coloured(labels)
        found |= {
            "labels": [
                None if label == NO_LABEL else str(label) for label in labels[: len(images)]
            ],
            "entries": colours.entries,
            "entry_of": colours.entry_of[: len(images)].tolist(),
            "rule": colours.rule,
        }
    return found


def in_page(data: dict) -> str:
    """Data as JSON in which nothing can end the HTML element it stands in."""
    return json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def read(name: str) -> str:
    """The text of a file of this folder: a template, a style or a script."""
    return files("vae_jax.explorer").joinpath(name).read_text(encoding="utf-8")
