"""The table of what is true of each latent space: sampleable, holes, vague, collapsed."""

import html

from vae_jax.report.sentences.axis import LATENTS, swept_axis
from vae_jax.report.sentences.verdict import borderline, on_axis
from vae_jax.runs import sampleability
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.sampleability import State
from vae_jax.runs.summary import Setting

MOST_COLUMNS = 14
SAID = {State.SAMPLEABLE: "yes", State.UNJUDGED: "–"}


def states_table(run: ProgramResults) -> str | None:
    """An HTML table with a row for each size and a column for each value of the axis.

    `~` marks what is borderline. None where nothing is judged, or there are too many.
    """
    axis, settings = swept_axis(run), on_axis(run)
    states = {setting: sampleability.state(run, setting) for setting in settings}
    column = lambda s: "autoencoder" if s.is_autoencoder else axis.at(axis.value(s))
    heads = list(dict.fromkeys(map(column, settings)))
    if set(states.values()) <= {State.UNJUDGED} or len(heads) > MOST_COLUMNS:
        return None
    if axis == LATENTS:
        heads = ["autoencoder"] * ("autoencoder" in heads) + ["VAE"]
        column = lambda s: "autoencoder" if s.is_autoencoder else "VAE"
    near = set(borderline(run))
    cells = {(s.latents, column(s)): cell(states[s], s, near) for s in settings}
    rows = "".join(
        f"<tr><th scope=row>{size}</th>"
        + "".join(cells.get((size, head), "<td></td>") for head in heads)
        + "</tr>"
        for size in sorted({setting.latents for setting in settings})
    )
    head = "".join(f"<th>{html.escape(name)}</th>" for name in ("latents", *heads))
    return (
        f'<table class="states"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )


def cell(state: State, setting: Setting, near: set[Setting]) -> str:
    """A cell: the state in a word, in its colour, with `~` where it is borderline."""
    mark = "~" * (setting in near)
    return f'<td class="{state.value}">{SAID.get(state, state.value)}{mark}</td>'
