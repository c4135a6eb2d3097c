"""The report of a run: one self-contained HTML page."""

import html
import json
from collections.abc import Sequence
from importlib.resources import files
from string import Template

from vae_jax import runs
from vae_jax.report import compare, figures, tables
from vae_jax.report.load import Run
from vae_jax.summary import Setting


def report_page(parts: Sequence[Run]) -> str:
    """The page as text; everything that comes from the user is escaped."""
    record = runs.read_json(parts[0].workdir / runs.CONFIG)
    return template("page.html").substitute(
        title=html.escape(parts[0].workdir.resolve().name),
        parts="".join(map(part_of_page, parts)),
        command=html.escape(record["command"]),
        config=html.escape(json.dumps(record["config"], indent=2)),
        environment=html.escape(
            json.dumps({k: v for k, v in record.items() if k != "config"}, indent=2)
        ),
    )


def part_of_page(run: Run) -> str:
    """What the page shows of one program."""
    return template("part.html").substitute(
        title=f"<h1>{html.escape(run.title)}</h1>" if run.title else "",
        findings="".join(f"<li>{html.escape(line)}</li>" for line in findings(run)),
        facts=html.escape(facts(run)),
        note=html.escape(likelihood_note(run)),
        plane=figures.rate_distortion_plane(run),
        table=tables.html_table(run),
        reconstructions=figures.image_sheet(run, "reconstructions"),
        samples=figures.image_sheet(run, "samples"),
        latent_plane=figures.latent_plane(run) or "<p>No member has two latents.</p>",
    )


def template(name: str) -> Template:
    """An HTML file of this folder."""
    file = files("vae_jax.report").joinpath(name)
    return Template(file.read_text(encoding="utf-8"))


def facts(run: Run) -> str:
    """What was trained on what."""
    data, config = run.record["data"], run.record["config"]
    seen, held_out = config["evaluation"]["max_images"], data["test"]
    images = f"the first {seen} test images" if seen < held_out else "the test split"
    return (
        f"{len(run.members)} members, {config['epochs']} epochs each, on {data['name']}: "
        f"{data['train']} training and {data['test']} test images. Numbers are of "
        f"{images}, in nats per image, mean ± standard error over seeds."
    )


def likelihood_note(run: Run) -> str:
    """Says so where the distortion is no likelihood: Bernoulli on grey levels."""
    name = run.record["config"]["likelihood"]["name"]
    ends = run.baselines["test"]
    scale = (
        f"Distortion can be no less than {ends['floor']:.2f} (the floor), and a fully "
        f"collapsed decoder, which shows the mean image, scores {ends['collapsed']:.2f}. "
    )
    if name == "bernoulli" and run.record["data"]["levels"] != 2:
        return scale + (
            "The pixels are grey levels, so this distortion is a binary cross-entropy, not "
            "a likelihood, and D + R is no bound on log p(x)."
        )
    return scale


def findings(run: Run) -> list[str]:
    """What the run shows, computed from its numbers."""
    lines = [compare.sentence(run, size) for size in compare.sizes_with_both(run)]
    collapsed = [s for s in run.settings if is_collapsed(run, s)]
    if collapsed:
        names = "; ".join(f"{run.name(s)} with {s.latents} latents" for s in collapsed)
        lines.append(f"Fully collapsed in every seed (no active unit, no rate): {names}.")
    if run.diverged():
        lines.append(
            "Diverged, and left out of every number: members "
            f"{', '.join(map(str, run.diverged()))}."
        )
    return lines


def is_collapsed(run: Run, setting: Setting) -> bool:
    """Whether no seed has an active unit, nor a rate above 0.01 nat, on the training split.

    Both, because active units are fragile near their threshold.
    """
    found = [run.summary(setting, m, "train") for m in ("active_units", "rate")]
    return None not in found and found[0].mean == 0.0 and found[1].mean < 0.01
