"""`explorer.html`: one file that opens from disk, offline, with decoders that run in it."""

import html
import json
from collections.abc import Sequence
from importlib.resources import files
from string import Template
from typing import Any

from vae_jax.data.labels import NO_LABEL, name_of
from vae_jax.explorer.choice import MAX_IMAGES, Chosen, chosen
from vae_jax.explorer.claim import claim, lead
from vae_jax.explorer.draws import of_pixels
from vae_jax.explorer.members import codes_of, packed, packed_snapshots
from vae_jax.explorer.pack import pack
from vae_jax.explorer.planes import Plane, main_plane
from vae_jax.explorer.scores import explained
from vae_jax.explorer.settings import axes_of
from vae_jax.explorer.tour.story import Told, tellable
from vae_jax.explorer.tour.tour import tour
from vae_jax.portable.graph import as_json
from vae_jax.runs.label_colours import coloured
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting
from vae_jax.scores.collapse import COLLAPSED_RATE

BUDGET = 2_900_000  # bytes of a page
ITSELF = 150_000  # bytes of its scripts, styles and sentences
SCRIPTS = (  # in the order in which they build on each other
    *("graph", "numbers", "model", "state", "view", "plane", "line", "layers", "map"),
    *("overlay", "pointer", "controls", "shelf", "scores", "readout", "look"),
    *("balance", "walk", "samples", "directions", "blur", "tour", "share", "main"),
)


def explorer_page(
    parts: Sequence[ProgramResults], budget: float = BUDGET, seeds: int | None = 1
) -> str:
    """The page of a run as HTML; everything that comes from the user is escaped.

    `budget` is the bytes of the page, `seeds` the most of a setting; None: all.
    """
    shas = list(dict.fromkeys(run.record["data"]["sha256"] for run in parts))
    run_of_data = {run.record["data"]["sha256"]: run for run in reversed(parts)}
    images = [images_of(run_of_data[sha]) for sha in shas]
    room = budget - ITSELF - sum(len(found["images"]["data"]) for found in images)
    members, stories = [], []
    for part, run in enumerate(parts):
        found = chosen(run, run.pictures.decoder(), room / len(parts), seeds)
        told = [Told(len(members) + i, *pair) for i, pair in enumerate(found.pairs)]
        stories.append(tellable(run, told))
        members += members_of(run, part, found)
    story = next(filter(None, stories), None)
    first = parts[0]
    data = {
        "run": first.workdir.resolve().name,
        "id": first.id,
        "parts": [part_of(run, shas) for run in parts],
        "data": images,
        "members": members,
        "tour": [stop._asdict() for stop in tour(story)],
        "collapsed": COLLAPSED_RATE,
    }
    return Template(read("page.html")).substitute(
        title=html.escape(claim(story)),
        lead=html.escape(lead(story)),
        run=html.escape(first.record["config"].get("title") or data["run"]),
        id=html.escape(first.id),
        style=read("style.css"),
        script="\n".join(read(f"{name}.js") for name in SCRIPTS),
        data=in_page(data),
    )


def part_of(run: ProgramResults, shas: Sequence[str]) -> dict[str, Any]:
    """What the members of a program share, as the page reads it."""
    return {
        "title": run.title or "all",
        "graph": as_json(run.pictures.decoder()),
        "data": shas.index(run.record["data"]["sha256"]),
        "numbers": explained(run),
        "ends": run.baselines["test"],
        "draws": of_pixels(run),
    }


def members_of(run: ProgramResults, part: int, found: Chosen) -> list[dict[str, Any]]:
    """The members of a program in the page, `part` being its number."""
    graph, planes = run.pictures.decoder(), planes_of(run, found.pairs)
    axes = axes_of([setting for setting, _ in found.pairs])
    past = lambda setting, n: packed_snapshots(
        *(run, graph, setting.latents, n), found.snapshots.get(n, 0)
    )
    return [
        {
            **packed(run, graph, setting, n, planes.get(n)),
            **{"part": part, "axes": axes[setting], "snapshots": past(setting, n)},
        }
        for setting, n in found.pairs
    ]


def planes_of(
    run: ProgramResults, pairs: Sequence[tuple[Setting, int]]
) -> dict[int, Plane]:
    """The planes of members of more than two latents, each turned to the one before it.

    Before it on the page's slider: of the same size and seed.
    """
    planes: dict[int, Plane] = {}
    last: dict[tuple[int, int], Any] = {}
    order = {setting: i for i, setting in enumerate(run.settings)}
    for setting, n in sorted(pairs, key=lambda pair: order[pair[0]]):
        if setting.latents > 2:
            codes, key = codes_of(run, n, setting.latents), (setting.latents, seed(run, n))
            planes[n] = main_plane(codes, last.get(key))
            last[key] = planes[n].places(codes)
    return planes


def seed(run: ProgramResults, n: int) -> int:
    """The seed of a member."""
    return run.members[n].seed


def images_of(run: ProgramResults) -> dict[str, Any]:
    """The test images of a program, their labels and colours, as the page reads them.

    Labels are texts, since a browser's numbers have 53 bits; None is no label.
    """
    images = run.pictures.test_images()[:MAX_IMAGES]
    look = run.look
    found = {
        **{"shape": look.shape, "frame": look.frame, "span": look.span},
        **{"display": look.display, "images": pack(images, "u1"), "labels": None},
    }
    labels = run.pictures.shared("codes", "labels")
    if labels is not None:
        names = run.label_names
        colours = coloured(labels, names)
        found |= {
            "labels": [
                None if label == NO_LABEL else name_of(int(label), names)
                for label in labels[: len(images)]
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
    """The text of a file of the page: a template, a style or a script."""
    return files("vae_jax.explorer").joinpath("web", name).read_text(encoding="utf-8")
