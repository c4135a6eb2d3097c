"""The report of a run: one self-contained HTML page."""

import html
import json
from collections.abc import Sequence
from importlib.resources import files
from string import Template

from vae_jax.report import pairs
from vae_jax.report.figures import style
from vae_jax.report.figures.beta_axis import left_out
from vae_jax.report.figures.gallery import draw
from vae_jax.report.sentences.answer import answer
from vae_jax.report.sentences.caveats import caveats
from vae_jax.report.sentences.conclusion import conclusion
from vae_jax.report.sentences.law import law
from vae_jax.report.sentences.left_out import failures
from vae_jax.report.sentences.phrases import counted
from vae_jax.report.sentences.references import references
from vae_jax.report.tables.scorecard import html_scorecard, lines
from vae_jax.report.tables.tables import collapse_table, html_table
from vae_jax.runs import directory, feature_space
from vae_jax.runs.results import ProgramResults

PICTURES = {  # figure -> heading and note
    "reconstructions": ("Reconstructions", "First seed; test images on top."),
    "samples": ("Decoded draws of z ~ N(0, I)", "First seed, the same z for all settings."),
    "traversals": (
        "Traversals",
        "From the origin along the two dimensions of largest rate (of an autoencoder: of "
        "the most varied codes), −2.5 to 2.5.",
    ),
    "latent_plane": (
        "The two-dimensional latent space",
        "Codes of the test images; rings hold 39 % and 86 % of N(0, I).",
    ),
    "learning_curves": (
        "Learning curves",
        "Of the training images, while they train: means over the seeds that are finite. A "
        "cross: a member diverged after it.",
    ),
}


def report_page(parts: Sequence[ProgramResults]) -> str:
    """The page of a run as HTML; everything that comes from the user is escaped."""
    record = directory.read_record(parts[0].workdir)
    return template("page.html").substitute(
        title=html.escape(parts[0].workdir.resolve().name),
        id=html.escape(parts[0].id),
        style=read("style.css"),
        script=read("page.js"),
        parts="".join(map(part_of_page, parts)),
        command=html.escape(record["command"]),
        config=html.escape(json.dumps(record["config"], indent=2)),
        environment=html.escape(
            json.dumps(
                {name: value for name, value in record.items() if name != "config"},
                indent=2,
            )
        ),
    )


def part_of_page(run: ProgramResults) -> str:
    """The HTML of one program in the page; a section without numbers is left out."""
    return template("part.html").substitute(
        title=f"<h1>{html.escape(run.title)}</h1>" if run.title else "",
        answer=items(answer(run) or ["No sample scores: the question is not answered."]),
        missing=items(missing(run)),
        facts=html.escape(facts(run)),
        sampleability=section(
            "Sampleability against β",
            drawn(run, "sampleability"),
            "Decoded samples of N(0, I) above each β (first seed, the same z for all), the "
            "autoencoder (AE) apart at the left. Means over seeds, 95 % intervals. "
            f"FD and coverage: {run.space_in_brief}. They are read together: neither alone "
            "shows a sampleable space, and a collapsed one matches its prior by saying "
            "nothing." + left_out(run),
        ),
        plane=section("Rate and distortion", drawn(run, "rate_distortion"), scale(run)),
        scorecard=scorecard(run),
        collapse=section(
            "Collapse",
            wide(collapse_table(run)),
            "Of the training images, nats. Collapsed: a rate of at most 0.01 nat; which "
            "dimensions, seed by seed, is in the cell's title. Active units: dimensions "
            "whose mean code varies by more than 0.01.",
        ),
        law=section(
            "Ghosh et al. (2020): a mixture fitted to an autoencoder's codes",
            items(law(run)),
            f"Differences of FD ({run.space_in_brief}), paired by seed, 95 %. The VAE has "
            "β nearest 1, by its settings and not its scores.",
        ),
        table=wide(html_table(run)),
        caveats=items(caveats(run)),
        pictures="".join(
            section(heading, drawn(run, name), note)
            for name, (heading, note) in PICTURES.items()
        ),
        references=items(references(run)),
    )


def section(heading: str, body: str | None, note: str = "") -> str:
    """A heading, its body and a note as HTML; nothing where there is no body."""
    if not body:
        return ""
    paragraph = f'\n<p class="note">{html.escape(note)}</p>' if note else ""
    return f"<h2>{html.escape(heading)}</h2>\n{body}{paragraph}\n"


def drawn(run: ProgramResults, name: str) -> str | None:
    """A figure as an HTML element of the page; None where there is nothing to draw."""
    figure = draw(run, name)
    if figure is None:
        return None
    label = html.escape(name.replace("_", " "))
    return f'<figure data-name="{name}" aria-label="{label}">{style.svg(figure)}</figure>'


def wide(table: str | None) -> str | None:
    """A table in an HTML element that scrolls by itself on a narrow screen."""
    return None if table is None else f'<div class="wide">{table}</div>'


def items(sentences: Sequence[str]) -> str:
    """Sentences as the items of an HTML list; nothing where there are none."""
    entries = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{entries}</ul>" if entries else ""


def scorecard(run: ProgramResults) -> str:
    """The section that compares autoencoder and VAE, at the largest size with both.

    Empty where no size has both.
    """
    if not pairs.sizes_with_both(run):
        return ""
    pair = pairs.pair(run, pairs.choose_size(run, None))
    if not lines(run, *pair):
        return ""
    return section(
        f"Autoencoder against VAE, {pair[1].latents} latents",
        items(conclusion(run, *pair)) + wide(html_scorecard(run, *pair)),
        "Means and differences (autoencoder minus VAE) with 95 % intervals; off manifold: "
        "farther from the training images than 99 % of test images (the data: 0.01); "
        "holes: the data scores 0.05; C2ST: 0.5 where codes and prior are alike. Other "
        "sizes: vae-jax compare --latents=K.",
    )


def template(name: str) -> Template:
    """The template in an HTML file of this folder."""
    return Template(read(name))


def read(name: str) -> str:
    """The text of a file of this folder: a template, a style or a script."""
    return files("vae_jax.report").joinpath(name).read_text(encoding="utf-8")


def facts(run: ProgramResults) -> str:
    """What was trained on what, which images its numbers are of, and in which space."""
    data, config = run.record["data"], run.record["config"]
    evaluated, held_out = config["evaluation"]["max_images"], data["test"]
    images = (
        f"the first {evaluated} test images" if evaluated < held_out else "the test split"
    )
    space = f" {feature_space.in_full(run.baselines)}" if run.judges_samples else ""
    return (
        f"{counted(len(run.members), 'member')}, {config['epochs']} epochs each, on "
        f"{data['name']}: "
        f"{data['train']} training and {data['test']} test images, whose white, 1.0 to a "
        f"model, is {data['white']} ({data['white_by']}). Numbers are of {images}, in nats "
        f"per image.{space}"
    )


def missing(run: ProgramResults) -> list[str]:
    """Sentences on members that are left out, or whose numbers are not final."""
    numbered = lambda numbers: f"members {', '.join(map(str, numbers))}"
    diverged = run.diverged()
    sentences = [f"Diverged, and left out of every number: {numbered(diverged)}."] * bool(
        diverged
    )
    failed = failures(run)
    if failed:
        sentences.append(f"{failed} {numbered(run.failed())}.")
    for note, numbers in run.unfinished().items():
        sentences.append(f"{note[0].upper()}{note[1:]}: {numbered(numbers)}.")
    return sentences


def scale(run: ProgramResults) -> str:
    """Sentences on the ends of the distortion axis, in nats per image."""
    ends = run.baselines["test"]
    caution = " It is no likelihood: see below, how to read it." * bool(
        run.not_a_likelihood
    )
    return (
        f"Distortion can be no less than {ends['floor']:z.2f} (the floor), and a fully "
        f"collapsed decoder, which shows the mean image, scores {ends['collapsed']:z.2f}. "
        "Dots are members; a member that has no rate, like an autoencoder, stands at the "
        f"right edge. No mixture of members lies under the hull.{caution}"
    )
