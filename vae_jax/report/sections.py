"""The sections of one program in a report, in their order."""

import html

from vae_jax.report import pairs
from vae_jax.report.blocks import (
    LONG,
    Numbers,
    Section,
    figure,
    folded,
    items,
    paragraph,
    table,
)
from vae_jax.report.figures.beta_axis import left_out
from vae_jax.report.paper import methods
from vae_jax.report.sentences.axis import BETA, swept_axis
from vae_jax.report.sentences.caveats import caveats
from vae_jax.report.sentences.collapse import collapse_in_words
from vae_jax.report.sentences.conclusion import conclusion
from vae_jax.report.sentences.law import LAW, law
from vae_jax.report.sentences.phrases import counted
from vae_jax.report.sentences.references import references
from vae_jax.report.tables.law import law_table
from vae_jax.report.tables.scorecard import html_scorecard, lines
from vae_jax.report.tables.tables import collapse_table, html_table
from vae_jax.runs.results import ProgramResults


def sections_of(run: ProgramResults, at: Numbers) -> list[Section]:
    """The sections of a program that have something to show."""
    makers = (
        *(sampleability, samples, plane, against, collapse, ghosh, settings),
        *(reading, pictures, latent_plane, learning, methods_of, literature),
    )
    found = [maker(run, at) for maker in makers]
    return [section for section in found if section.body]


def sampleability(run: ProgramResults, at: Numbers) -> Section:
    """The scores along beta."""
    caption = (
        "Means over seeds with 95 % intervals; the autoencoder (AE) stands apart at the "
        f"left. FD and coverage: {run.space_in_brief}. They are read together: neither "
        "alone shows a sampleable space, and a collapsed one matches its prior by saying "
        f"nothing.{left_out(run)}"
    )
    body = figure(run, at, "sampleability", caption)
    heading = "Sampleability" + " against β" * (swept_axis(run) == BETA)
    return Section("sampleability", heading, body)


def samples(run: ProgramResults, at: Numbers) -> Section:
    """Decoded draws of the prior."""
    caption = "Decoded draws of z ~ N(0, I): first seed, the same z for all settings."
    return Section("samples", "Samples", figure(run, at, "samples", caption))


def plane(run: ProgramResults, at: Numbers) -> Section:
    """Distortion against rate."""
    body = figure(run, at, "rate_distortion", scale(run))
    return Section("plane", "Rate and distortion", body)


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


def against(run: ProgramResults, at: Numbers) -> Section:
    """Autoencoder against VAE, at the largest size with both."""
    if not pairs.sizes_with_both(run):
        return Section("against", "", "")
    pair = pairs.pair(run, pairs.choose_size(run, None))
    heading = f"Autoencoder against VAE, {pair[1].latents} latents"
    if not lines(run, *pair):
        return Section("against", heading, "")
    caption = (
        "Means and differences (autoencoder minus VAE) with 95 % intervals; off manifold: "
        "farther from the training images than 99 % of test images (the data: 0.01); "
        "holes: the data scores 0.05; C2ST: 0.5 where codes and prior are alike. Other "
        "sizes: vae-jax compare --latents=K."
    )
    every = table(at, html_scorecard(run, *pair), caption, "scorecard")
    body = items(conclusion(run, *pair)) + folded(every, "Every score of both")
    return Section("against", heading, body)


def collapse(run: ProgramResults, at: Numbers) -> Section:
    """Which posteriors have collapsed."""
    caption = (
        "Of the training images, nats. Collapsed: a rate of at most 0.01 nat; which "
        "dimensions, seed by seed, is in the cell's title. Active units: dimensions whose "
        "mean code varies by more than 0.01."
    )
    every = table(at, collapse_table(run), caption, "collapse")
    body = paragraph(collapse_in_words(run)) + folded(every, "Rates of every dimension")
    return Section("collapse", "Collapse", body if every else "")


def ghosh(run: ProgramResults, at: Numbers) -> Section:
    """The law of Ghosh et al. (2020)."""
    caption = (
        f"Differences of FD ({run.space_in_brief}) between the autoencoder and the VAE "
        "from its prior, paired by seed, 95 %. The VAE has β nearest 1, by its settings "
        "and not its scores."
    )
    told = paragraph(LAW) + items(law(run))
    body = told + table(at, law_table(run), caption, "law")
    heading = "Ghosh et al. (2020): a mixture fitted to an autoencoder's codes"
    return Section("mixture", heading, body if law(run) else "")


def settings(run: ProgramResults, at: Numbers) -> Section:
    """Every setting, in a table that sorts and filters."""
    caption = (
        "Mean ± standard error over seeds. Information and active units are of the "
        "training images, the rest of test images. A dash: there is no such number, and "
        "its title says why. A click on a heading sorts."
    )
    every = table(at, html_table(run), caption, "settings")
    count = len(run.settings)
    body = folded(every, f"All {counted(count, 'setting')}", open_=count <= LONG)
    return Section("settings", "Every setting", body)


def reading(run: ProgramResults, at: Numbers) -> Section:
    """What to know when reading the numbers."""
    return Section("reading", "How to read these numbers", items(caveats(run)))


def pictures(run: ProgramResults, at: Numbers) -> Section:
    """Reconstructions and traversals, folded: samples above show what matters most."""
    rebuilt = figure(
        run, at, "reconstructions", "Reconstructions, first seed; test images on top."
    )
    moved = figure(
        *(run, at, "traversals"),
        "From the origin along the two dimensions of largest rate (of an autoencoder: of "
        "the most varied codes), −2.5 to 2.5.",
    )
    body = folded(rebuilt, "Reconstructions") + folded(moved, "Traversals")
    return Section("pictures", "Reconstructions and traversals", body)


def latent_plane(run: ProgramResults, at: Numbers) -> Section:
    """Codes in two dimensions."""
    caption = "Codes of the test images; rings hold 39 % and 86 % of N(0, I)."
    body = figure(run, at, "latent_plane", caption)
    return Section("codes", "The two-dimensional latent space", body)


def learning(run: ProgramResults, at: Numbers) -> Section:
    """Learning curves."""
    caption = (
        "Of the training images, while they train: means over the seeds that are finite. A "
        "cross: a member diverged after it."
    )
    body = figure(run, at, "learning_curves", caption)
    return Section("learning", "Learning curves", body)


def methods_of(run: ProgramResults, at: Numbers) -> Section:
    """The methods paragraph, the same as in a paper's."""
    body = f'<p class="methods">{html.escape(methods.in_words(run).strip())}</p>'
    return Section("methods", "Methods", body)


def literature(run: ProgramResults, at: Numbers) -> Section:
    """The literature behind what the run used."""
    note = paragraph("Of what this run used.", "note")
    return Section("references", "References", note + items(references(run)))
