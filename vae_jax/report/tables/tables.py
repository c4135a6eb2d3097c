"""Tables of a run: for the terminal, and for the page."""

import html
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from vae_jax.report.sentences.collapse import ceiling, shown_verdict
from vae_jax.runs.collapse import verdicts
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting, show
from vae_jax.scores import metric_key as keys
from vae_jax.scores.catalogue import in_space
from vae_jax.scores.collapse import COLLAPSED_RATE
from vae_jax.scores.metric_key import MetricKey

MAX_LINES = 40
DISTANCE = "Frechet distance to real images, z from"


SAID = {keys.FD.name: "FD"}  # other scores are said by their names


class Column(NamedTuple):
    """A column of the table of every setting: one metric."""

    heading: str
    key: MetricKey
    digits: int = 2
    says: str = ""  # what it is, in the heading's title


def terminal_table(run: ProgramResults) -> str:
    """Distortion and rate on the test split: a row per setting, a column per size."""
    sizes = run.sizes()
    names = list(dict.fromkeys(run.name(setting) for setting in run.settings))
    left_out = len(names) - MAX_LINES
    names = names[:MAX_LINES]
    cells = {
        (run.name(setting), setting.latents): cell(run, setting) for setting in run.settings
    }
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
    """Distortion and rate of a setting, `19.64 + 3.94`: means over seeds, nats per image.

    Without a rate the distortion alone.
    """
    distortion, rate = (run.summary(setting, key) for key in (keys.DISTORTION, keys.RATE))
    if distortion is None:
        return "diverged" if run.count(setting).startswith("0") else "–"
    if rate is None:
        return f"{distortion.mean:z.2f}"
    return f"{distortion.mean:z.2f} + {rate.mean:z.2f}"


def html_table(run: ProgramResults) -> str:
    """The HTML table of every setting: means ± standard errors over seeds.

    Only columns with numbers.
    """
    columns = [column for column in columns_of(run) if run.has(column.key)]
    body = []
    for setting in run.settings:
        cells = "".join(html_cell(run, setting, column) for column in columns)
        body.append(
            f"<tr><td>{setting.latents}</td><td>{html.escape(run.name(setting))}</td>"
            f"{cells}<td>{run.count(setting)}</td></tr>"
        )
    says = {column.heading: column.says for column in columns}
    head = ["latents", "model", *says, "seeds"]
    judged = dict.fromkeys(
        SAID.get(column.key.name, column.key.name) for column in columns if column.key.space
    )
    caption = f"; {', '.join(judged)}: {run.space_in_brief}" if judged else ""
    return table(run, head, body, "every", says, caption)


def columns_of(run: ProgramResults) -> list[Column]:
    """The columns of a run's table: each metric family's headline, in its feature space."""
    bounds = sorted(filter(keys.is_log_likelihood, run.measured()), key=str)
    caution = run.not_a_likelihood and f"; no likelihood: {run.not_a_likelihood}"
    columns = [
        Column(
            *("distortion D", keys.DISTORTION, 2), f"-log p(x|z), nats per image{caution}"
        ),
        Column("rate R", keys.RATE, says="KL(q(z|x) || N(0, I)), nats per image"),
        Column(
            *("D + R", keys.DISTORTION_PLUS_RATE, 2),
            f"no bound on log p(x){caution}"
            if caution
            else "minus the ELBO, nats per image",
        ),
        *(
            Column(str(key).replace("_", " "), key, 2, f"{unit_of(key)}{caution}")
            for key in bounds
        ),
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
    return [column._replace(key=in_space(column.key, run.space)) for column in columns]


def unit_of(key: MetricKey) -> str:
    """The unit of an estimate of log p(x), in a heading's title."""
    return "bits per dimension" if keys.is_bits(key) else "nats per image"


def html_cell(run: ProgramResults, setting: Setting, column: Column) -> str:
    """The HTML cell of a number, or a dash whose title says why there is none."""
    summary = run.summary(setting, column.key)
    if summary is not None:
        return f"<td>{show(summary, column.digits)}</td>"
    return dash(run.reason(setting, column.key))


def dash(reason: str) -> str:
    """The HTML cell of a missing number: a dash whose title says why."""
    return f'<td title="{html.escape(reason)}">–</td>'


def table(
    run: ProgramResults,
    head: list[str],
    body: list[str],
    kind: str,
    says: Mapping[str, str],
    caption: str = "",
) -> str:
    """An HTML table that the page can sort and filter, of class `kind`.

    The rows of `body` are HTML already; `says` has the titles of headings, by heading, and
    `caption` is what follows the run's id.
    """
    title = lambda name: f' title="{html.escape(says[name])}"' if says.get(name) else ""
    headings = "".join(f"<th{title(name)}>{html.escape(name)}</th>" for name in head)
    below = html.escape(f"run {run.id}{caption}")
    return (
        f'<table class="sortable {kind}"><caption>{below}</caption>'
        f"<thead><tr>{headings}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def collapse_table(run: ProgramResults) -> str | None:
    """The HTML table of collapse: verdict, active units, rates and information by setting.

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
        information = html_cell(run, setting, Column("", keys.MUTUAL_INFORMATION))
        body.append(
            f"<tr><td>{setting.latents}</td><td>{html.escape(run.name(setting))}</td>"
            + (f'<td title="{by_seed}">{verdict}</td>' if verdict else missing)
            + f"{units}{information}<td>{rates(run, setting)}</td></tr>"
        )
    log_n = ceiling(run)
    heading = "information" if log_n is None else f"information of {log_n:z.2f}"
    head = ["latents", "model", "collapse", "active units", heading, "rates, sorted"]
    return table(run, head, body, "collapse", {}) if body else None


def rates(run: ProgramResults, setting: Setting) -> str:
    """Rates of the dimensions of a setting, nats: `1.20 0.71 + 6 below 0.01`.

    Means over seeds of the sorted rates, the largest first; a dash where there are none.
    """
    rates_by_seed = [run.rates(n) for n in run.settings[setting]]
    rows = [
        np.sort(seed_rates)[::-1] for seed_rates in rates_by_seed if seed_rates is not None
    ]
    if not rows:
        return "–"
    means = np.mean(rows, axis=0)
    shown = [f"{rate:z.2f}" for rate in means if rate > COLLAPSED_RATE]
    silent = len(means) - len(shown)
    below = [f"{silent} below {COLLAPSED_RATE:zg}"] if silent else []
    return " + ".join(part for part in (" ".join(shown), *below) if part)
