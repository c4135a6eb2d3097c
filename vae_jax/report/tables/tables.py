"""Tables of a run: for the terminal, and for the page."""

import html
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from vae_jax.report.sentences.collapse import ceiling, shown_verdict, verdicts
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting, show
from vae_jax.scores import metric_key as keys
from vae_jax.scores.catalogue import in_space
from vae_jax.scores.collapse import COLLAPSED_RATE
from vae_jax.scores.metric_key import MetricKey

MAX_LINES = 40
DISTANCE = "Frechet distance to real images, z from"


class Column(NamedTuple):
    """Of the table of every setting."""

    heading: str
    key: MetricKey
    digits: int = 2
    says: str = ""  # what it is, in the heading's title


def terminal_table(run: ProgramResults) -> str:
    """Distortion and rate on the test split: a row per setting, a column per size."""
    sizes = run.sizes()
    names = list(dict.fromkeys(run.name(s) for s in run.settings))
    left_out = len(names) - MAX_LINES
    names = names[:MAX_LINES]
    cells = {(run.name(s), s.latents): cell(run, s) for s in run.settings}
    rows = [["test split, nats", *(f"{size} latents" for size in sizes)]]
    rows += [[name, *(cells.get((name, size), "") for size in sizes)] for name in names]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths))
        )
        for row in rows
    ]
    title = [f"run {run.id}" + (f": {run.title}" if run.title else "")]
    more = [f"and {left_out} more; see summary.csv"] if left_out > 0 else []
    return "\n".join([*title, lines[0], "-" * len(lines[0]), *lines[1:], *more])


def cell(run: ProgramResults, setting: Setting) -> str:
    """`19.64 + 3.94`: distortion and rate, means over seeds; no rate, no sum."""
    distortion, rate = (run.summary(setting, k) for k in (keys.DISTORTION, keys.RATE))
    if distortion is None:
        return "diverged" if run.count(setting).startswith("0") else "–"
    if rate is None:
        return f"{distortion.mean:.2f}"
    return f"{distortion.mean:.2f} + {rate.mean:.2f}"


def html_table(run: ProgramResults) -> str:
    """Every setting, mean ± standard error over seeds; only columns with numbers."""
    columns = [c for c in columns_of(run) if run.has(c.key)]
    body = []
    for setting in run.settings:
        cells = "".join(html_cell(run, setting, column) for column in columns)
        body.append(
            f"<tr><td>{setting.latents}</td><td>{html.escape(run.name(setting))}</td>"
            f"{cells}<td>{run.count(setting)}</td></tr>"
        )
    says = {c.heading: c.says for c in columns}
    head = ["latents", "model", *says, "seeds"]
    return table(run, head, body, "every", says)


def columns_of(run: ProgramResults) -> list[Column]:
    """The headline of every metric family, in the run's feature space."""
    bounds = sorted(filter(keys.is_log_likelihood, run.measured()), key=str)
    columns = [
        Column("distortion D", keys.DISTORTION, says="-log p(x|z), nats per image"),
        Column("rate R", keys.RATE, says="KL(q(z|x) || N(0, I)), nats per image"),
        Column("D + R", keys.DISTORTION_PLUS_RATE, says="minus the ELBO, nats per image"),
        *(Column(str(key).replace("_", " "), key, says="nats or bits") for key in bounds),
        Column(
            *("information", keys.MUTUAL_INFORMATION, 2),
            "I(x; z) of codes and training images, nats",
        ),
        Column(
            *("active units", keys.ACTIVE_UNITS, 1),
            "dimensions whose mean code varies by more than 0.01",
        ),
        Column("FD N(0, I)", keys.FD.by("prior"), says=f"{DISTANCE} N(0, I)"),
        Column("FD mixture", keys.FD.by("mixture"), says=f"{DISTANCE} the fitted mixture"),
        Column("gap FD", keys.GAP_FD, says="what the best fitted sampler repairs of FD"),
        Column("coverage", keys.COVERAGE.by("prior"), says="of real images, 1 is best"),
        Column(
            *("density", keys.DENSITY.by("prior"), 2),
            "of real images around samples; above 1 over-concentrated",
        ),
        Column(
            *("off manifold", keys.OFF_MANIFOLD.by("prior"), 3),
            "samples farther from the training images than 99 % of test images",
        ),
    ]
    return [c._replace(key=in_space(c.key, run.space)) for c in columns]


def html_cell(run: ProgramResults, setting: Setting, column: Column) -> str:
    """A number, or a dash whose title says why there is none."""
    found = run.summary(setting, column.key)
    if found is not None:
        return f"<td>{show(found, column.digits)}</td>"
    return dash(run.reason(setting, column.key))


def dash(reason: str) -> str:
    """An empty cell that says why."""
    return f'<td title="{html.escape(reason)}">–</td>'


def table(
    run: ProgramResults,
    head: list[str],
    body: list[str],
    kind: str,
    says: Mapping[str, str],
) -> str:
    """A table that the page can sort and filter; the body's rows are HTML already."""
    title = lambda name: f' title="{html.escape(says[name])}"' if says.get(name) else ""
    headings = "".join(f"<th{title(name)}>{html.escape(name)}</th>" for name in head)
    return (
        f'<table class="sortable {kind}"><caption>run {html.escape(run.id)}</caption>'
        f"<thead><tr>{headings}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def collapse_table(run: ProgramResults) -> str | None:
    """Verdict, active units, rates by dimension and information of every setting.

    On the training split. Rates are sorted within each seed, whose dimensions have no
    common order, and then averaged over seeds. None where collapse is not measured.
    """
    if not run.has(keys.COLLAPSED_UNITS):
        return None
    body = []
    for setting in run.settings:
        if setting.is_autoencoder:
            continue
        verdict = html.escape(shown_verdict(run, setting))
        by_seed = html.escape("; ".join(map(str, verdicts(run, setting))))
        missing = dash(run.reason(setting, keys.COLLAPSED_UNITS))
        units = html_cell(run, setting, Column("", keys.ACTIVE_UNITS, 1))
        kept = html_cell(run, setting, Column("", keys.MUTUAL_INFORMATION))
        body.append(
            f"<tr><td>{setting.latents}</td><td>{html.escape(run.name(setting))}</td>"
            + (f'<td title="{by_seed}">{verdict}</td>' if verdict else missing)
            + f"{units}{kept}<td>{rates(run, setting)}</td></tr>"
        )
    top = ceiling(run)
    heading = "information" if top is None else f"information of {top:.2f}"
    head = ["latents", "model", "collapse", "active units", heading, "rates, sorted"]
    return table(run, head, body, "collapse", {}) if body else None


def rates(run: ProgramResults, setting: Setting) -> str:
    """`1.20 0.71 + 6 below 0.01`: nats per dimension, the largest first."""
    found = [run.rates(n) for n in run.settings[setting]]
    rows = [np.sort(own)[::-1] for own in found if own is not None]
    if not rows:
        return "–"
    means = np.mean(rows, axis=0)
    shown = [f"{rate:.2f}" for rate in means if rate > COLLAPSED_RATE]
    silent = len(means) - len(shown)
    rest = [f"{silent} below {COLLAPSED_RATE:g}"] if silent else []
    return " + ".join(part for part in (" ".join(shown), *rest) if part)
