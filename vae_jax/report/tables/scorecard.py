"""The scorecard: every score of an autoencoder beside a VAE's, and their difference."""

import html
from typing import NamedTuple

from vae_jax.report.sentences.differences import Score, difference
from vae_jax.report.sentences.phrases import ranged
from vae_jax.runs.intervals import Interval
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting, Summary
from vae_jax.scores import metric_key as keys
from vae_jax.scores.catalogue import in_space
from vae_jax.scores.metric_key import MetricKey

JUDGED = ("FD", "coverage", "recall", "precision", "density")  # in the run's space
NOT_DISTINGUISHABLE = "not distinguishable"
GROUPS: dict[str, dict[MetricKey, tuple[str, int]]] = {  # metric -> (heading, digits)
    "context": {
        keys.DISTORTION: ("distortion D, nats", 2),
        keys.RATE: ("rate R, nats", 2),
        keys.MUTUAL_INFORMATION: ("mutual information, nats", 2),
        keys.ACTIVE_UNITS: ("active units", 1),
    },
    "z ~ N(0, I)": {
        keys.FD.by("prior"): ("FD", 2),
        keys.COVERAGE.by("prior"): ("coverage", 2),
        keys.RECALL.by("prior"): ("recall", 2),
        keys.PRECISION.by("prior"): ("precision", 2),
        keys.DENSITY.by("prior"): ("density", 2),
        keys.OFF_MANIFOLD.by("prior"): ("off manifold", 3),
        keys.CLASS_TV.by("prior"): ("class imbalance, TV", 2),
    },
    "z ~ mixture fitted to the codes": {
        keys.FD.by("mixture"): ("FD", 2),
        keys.COVERAGE.by("mixture"): ("coverage", 2),
        keys.PRECISION.by("mixture"): ("precision", 2),
    },
    "z ~ aggregate posterior": {
        keys.FD.by("aggregate"): ("FD", 2),
        keys.COVERAGE.by("aggregate"): ("coverage", 2),
    },
    "what a fitted sampler repairs": {
        keys.GAP_FD: ("gap in FD", 2),
        keys.GAP_COVERAGE: ("gap in coverage", 2),
    },
    "codes against the prior": {
        keys.C2ST_KNN: ("C2ST, nearest neighbours", 2),
        keys.HOLE_DENSITY: ("holes, density", 3),
        keys.HOLE_CYCLE: ("holes, re-encoding", 3),
    },
    "straight lines between codes": {
        keys.PATH_ENERGY.by("lerp"): ("path energy", 2),
        keys.MID_OFF_MANIFOLD.by("lerp"): ("off manifold midway", 3),
    },
    "memorisation, z ~ N(0, I)": {
        keys.AUTHENTICITY.by("prior"): ("authenticity", 2),
        keys.CLOSER_RANK.by("prior"): ("closer to training images", 2),
    },
}


class Line(NamedTuple):
    """A metric of an autoencoder and a VAE, and the autoencoder's minus the VAE's."""

    group: str
    heading: str
    digits: int
    scores: tuple[Summary | None, Summary | None]
    reasons: tuple[str, str]  # why there is none
    gap: Interval | None


def lines(run: ProgramResults, autoencoder: Setting, vae: Setting) -> list[Line]:
    """The lines of a scorecard: every metric that autoencoder or VAE has."""
    rows = []
    for group, metrics in GROUPS.items():
        for metric, (heading, digits) in metrics.items():
            key = in_space(metric, run.space)
            scores = tuple(run.summary(setting, key) for setting in (autoencoder, vae))
            if scores == (None, None):
                continue
            reasons = tuple(run.reason(setting, key) for setting in (autoencoder, vae))
            gap = difference(run, Score(autoencoder, key), Score(vae, key))
            rows.append(Line(group, heading, digits, scores, reasons, gap))
    return rows


def judged(found: list[Line], space: str) -> str:
    """Which of the lines are scores in a feature space, and which; empty for none."""
    headings = {line.heading for line in found}
    names = [name for name in JUDGED if name in headings]
    return f"{', '.join(names)}: {space}" if names else ""


def gap_text(line: Line) -> str:
    """The difference with its 95 % interval, or why none is to be seen."""
    if line.gap is None:
        return "–" if None in line.scores else "one seed"
    return (
        ranged(line.gap, line.digits) if line.gap.distinguishable else NOT_DISTINGUISHABLE
    )


def terminal_scorecard(run: ProgramResults, autoencoder: Setting, vae: Setting) -> str:
    """The scorecard as text, a line per metric; means with 95 % intervals."""
    space = judged(lines(run, autoencoder, vae), run.space_in_words)
    rows = [[f"run {run.id}", run.name(autoencoder), run.name(vae), "difference"]]
    group = ""
    for line in lines(run, autoencoder, vae):
        if line.group != group:
            group = line.group
            rows.append([group, "", "", ""])
        cells = [ranged(score, line.digits) for score in line.scores]
        rows.append([f"  {line.heading}", *cells, gap_text(line)])
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
        for row in rows
    ) + ("\n" + space if space else "")


def html_scorecard(run: ProgramResults, autoencoder: Setting, vae: Setting) -> str:
    """The scorecard as an HTML table; the title of a dash says why there is no number."""
    escape = html.escape
    body, group = [], ""
    for line in lines(run, autoencoder, vae):
        if line.group != group:
            group = line.group
            body.append(f'<tr><th colspan="4" scope="colgroup">{escape(group)}</th></tr>')
        cells = "".join(
            f'<td title="{escape(why)}">–</td>'
            if score is None
            else f"<td>{ranged(score, line.digits)}</td>"
            for score, why in zip(line.scores, line.reasons)
        )
        why = ' title="only one of them has it"' if None in line.scores else ""
        body.append(
            f"<tr><td>{escape(line.heading)}</td>{cells}<td{why}>{gap_text(line)}</td></tr>"
        )
    names = "".join(
        f"<th>{escape(run.name(setting))}</th>" for setting in (autoencoder, vae)
    )
    space = judged(lines(run, autoencoder, vae), run.space_in_brief)
    caption = "; ".join(filter(None, (f"run {run.id}", space)))
    return (
        f'<table class="scorecard"><caption>{escape(caption)}</caption>'
        f"<thead><tr><th></th>{names}<th>difference</th></tr></thead><tbody>{''.join(body)}</tbody></table>"
    )
