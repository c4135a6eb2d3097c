"""How sampleable the latent space is along beta, from the autoencoder to collapse."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from vae_jax.report.figures import style
from vae_jax.report.figures.beta_axis import BetaAxis, beta_axis, collapsed_from, draw_axis
from vae_jax.report.sentences.collapse import ceiling
from vae_jax.report.sentences.phrases import ranged
from vae_jax.runs import summary
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting, Summary
from vae_jax.scores.metric_key import COVERAGE, FD, MUTUAL_INFORMATION, MetricKey

MAX_SIZES = 4
LEFT, RIGHT, TITLE, BOTTOM, GAP = 0.62, 1.05, 0.3, 0.6, 0.14  # inches
LEGEND = (2.1, 0.22)  # inches, of an entry
SOURCES = ("prior", "mixture", "aggregate")  # the same in every row of samples
PANEL = 1.55  # inches, the height of a row


class Row(NamedTuple):
    """A row of panels: one score for every latent size."""

    label: str
    score: MetricKey  # without a sampler: a curve has its own
    curves: tuple[str, ...]  # keys of `style.CURVES`
    references: dict[str, float]  # horizontal lines
    log: bool = False


def sampleability(run: ProgramResults) -> Figure | None:
    """FD, coverage and mutual information against beta; None where none is measured.

    A column per latent size; means over seeds with 95 % intervals.
    """
    axis, rows = beta_axis(run), rows_of(run)
    if axis is None or not rows:
        return None
    sizes = summary.evenly(run.sizes(), MAX_SIZES)
    sizes = sizes[-1:] if style.is_narrow() else sizes
    width = panel_width(axis, len(sizes))
    heights = [PANEL] * len(rows)
    across = LEFT + RIGHT + len(sizes) * width + (len(sizes) - 1) * GAP
    collapsed = any(collapsed_from(run, axis, size) is not None for size in sizes)
    entries = legend_entries(rows, collapsed=collapsed)
    columns = max(min(int(across / LEGEND[0]), len(entries)), 1)
    top = TITLE + LEGEND[1] * -(-len(entries) // columns)
    page = (across, top + BOTTOM + sum(heights) + (len(rows) - 1) * GAP)
    figure = style.bare_figure(*page)
    figure.legend(
        handles=entries, loc="upper left", ncols=columns, frameon=False, fontsize=8
    )
    panels = grid(figure, page, top, width, heights, len(sizes))
    for column, size in enumerate(sizes):
        panels[0][column].set_title(f"{size} latents", loc="center")
        for row, panel in zip(rows, panels):
            draw_panel(panel[column], run, axis, size, row)
    finish(panels, rows, axis, width)
    judged = ", ".join(row.label for row in rows if row.score.space)
    if judged:
        told_space = f"{judged}: {run.space_in_brief}"
        figure.text(0.004, 0.004, told_space, va="bottom", fontsize=7, color="0.35")
    return figure


def panel_width(axis: BetaAxis, count: int) -> float:
    """The width of each of so many panels side by side, inches."""
    column = style.COLUMN.get()
    if column is not None:
        return (column - LEFT - RIGHT - (count - 1) * GAP) / count
    width = max(0.31 * (axis.limits[1] - axis.limits[0]) / axis.step, 2.0)
    return min(width, 9.0 / count)


def rows_of(run: ProgramResults) -> list[Row]:
    """The rows for which the run has numbers."""
    space, rows = run.space, []
    for label, score, log in (
        ("FD", FD.within(space), True),
        ("coverage", COVERAGE.within(space), False),
    ):
        marks = {g: run.reference(g, score) for g in ("training images", "mean image")}
        points = {
            name: [p for s in run.settings if (p := curve(run, s, name, score))]
            for name in SOURCES
        }
        present = tuple(name for name in SOURCES if points[name])
        if present:
            references = {name: v for name, v in marks.items() if v is not None}
            drawn = [*references.values(), *(p.mean for ps in points.values() for p in ps)]
            rows.append(Row(label, score, present, references, log and min(drawn) > 0.0))
    top = ceiling(run)
    if run.has(MUTUAL_INFORMATION):
        marks = {} if top is None else {f"log N = {top:z.2f}": top}
        label, curves = "mutual information, nats", ("information",)
        rows.append(Row(label, MUTUAL_INFORMATION, curves, marks))
    return rows


def curve(
    run: ProgramResults, setting: Setting, name: str, score: MetricKey
) -> Summary | None:
    """The point of a setting on a curve: of samples, by where z comes from."""
    return run.summary(setting, score if name == "information" else score.by(name))


def draw_panel(panel, run: ProgramResults, axis: BetaAxis, size: int, row: Row) -> None:
    """Draws a latent size's curves in one row, with references and collapsed region."""
    start = collapsed_from(run, axis, size)
    if start is not None:
        panel.axvspan(start, axis.limits[1], color="0.93", lw=0, zorder=0)
    for value in row.references.values():
        panel.axhline(value, color="0.45", lw=0.8, ls="--", zorder=1)
    if row.log:
        panel.set_yscale("log")
        style.label_log_axis(panel.yaxis)
    shift = 0.12 * axis.step
    for i, name in enumerate(row.curves):
        points = [(x, s, curve(run, s, name, row.score)) for x, s in axis.placed(run, size)]
        aside = shift * (i - (len(row.curves) - 1) / 2)  # so that intervals do not overlap
        measured = [(x + aside, s, point) for x, s, point in points if point]
        text_of = lambda s, p, name=name: f"{run.name(s)}, {row.label}, {told(name, p)}"
        draw_curve(panel, measured, style.CURVES[name], text_of)


def told(name: str, point: Summary) -> str:
    """What a point says when pointed at: `z ~ N(0, I): 1.39 [1.07, 1.70]`."""
    return f"{style.CURVES[name].label}: {ranged(point)}"


def draw_curve(
    panel,
    points: Sequence[tuple[float, Setting, Summary]],
    look: style.Curve,
    text_of: Callable[[Setting, Summary], str],
) -> None:
    """Draws points with intervals; a line joins the betas, not the autoencoder."""
    joined = [(x, p.mean) for x, setting, p in points if not setting.is_autoencoder]
    if joined:
        panel.plot(*zip(*joined), color=look.colour, ls=look.line, lw=1.2, zorder=2)
    for x, setting, point in points:
        if point.low is not None:
            panel.plot([x, x], [point.low, point.high], color=look.colour, lw=1.0, zorder=2)
        options = {"marker": look.mark, "color": look.colour, "ms": 4, "zorder": 3}
        panel.plot(
            [x], [point.mean], ls="none", **options, **style.tip(text_of(setting, point))
        )


def set_heights(panels: Sequence, row: Row) -> None:
    """Sets the same y limits for all panels of a row: all means and references fit."""
    drawn = [
        line.get_ydata() for p in panels for line in p.lines if line.get_marker() != "None"
    ]
    values = [*np.concatenate(drawn), *row.references.values()]
    if row.log:
        limits = (0.5 * min(values), 1.8 * max(values))
    elif row.label == "coverage":
        limits = (-0.04, 1.04)
    else:
        low, high = min(0.0, *values), max(0.0, *values)
        limits = (low - 0.05 * (high - low) - 0.02, high + 0.12 * (high - low) + 0.1)
    for panel in panels:
        panel.set_ylim(*limits)


def grid(figure: Figure, page, top: float, width: float, heights, columns: int):
    """Axes `[row][column]` of so many inches, from `top` downwards."""
    axes, top = [], page[1] - top
    for height in heights:
        top -= height
        lefts = [LEFT + column * (width + GAP) for column in range(columns)]
        boxes = [
            (x / page[0], top / page[1], width / page[0], height / page[1]) for x in lefts
        ]
        axes.append([figure.add_axes(box) for box in boxes])
        top -= GAP
    return axes


def finish(panels, rows: Sequence[Row], axis: BetaAxis, width: float) -> None:
    """Labels rows at the left, references at the right and betas below."""
    for row, row_panels in zip(rows, panels):
        set_heights(row_panels, row)
        row_panels[0].set_ylabel(row.label)
        for panel in row_panels:
            draw_axis(panel, axis, width, labels=row_panels is panels[-1])
            panel.tick_params(axis="x", labelsize=8)
        for panel in row_panels[1:]:
            panel.tick_params(labelleft=False, which="both")
        for name, value in row.references.items():
            row_panels[-1].annotate(
                name,
                (1.02, value),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=8,
                color="0.35",
            )
    for panel in panels[-1]:
        panel.set_xlabel("β")


def legend_entries(rows: Sequence[Row], *, collapsed: bool) -> list:
    """An entry per curve, but for one that its row's label names; and for the shade."""
    names = dict.fromkeys(name for row in rows for name in row.curves)
    looks = [style.CURVES[name] for name in names if name != "information"]
    entries: list = [
        Line2D([], [], color=k.colour, ls=k.line, marker=k.mark, ms=4, label=k.label)
        for k in looks
    ]
    if collapsed:
        entries.append(Rectangle((0, 0), 1, 1, color="0.93", label="fully collapsed"))
    return entries
