"""The rate-distortion plane: Alemi et al. (2018), arXiv:1711.00464."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from vae_jax.report.figures import style
from vae_jax.report.sentences.phrases import ranged
from vae_jax.runs import summary
from vae_jax.runs.results import ProgramResults
from vae_jax.scores.metric_key import DISTORTION, RATE

MAX_SETTINGS = 24  # in the legend


def plane(run: ProgramResults) -> Figure | None:
    """The figure of every setting at (rate, distortion), nats per image, on the test split.

    Means over seeds with 95 % intervals both ways, and a dot per member. A setting without
    a rate (an autoencoder) stands at the right edge. None without distortions.
    """
    if not run.has(DISTORTION):
        return None
    figure, axes = style.new_figure(7.6, 6.0 if style.is_narrow() else 4.6)
    axes = axes[0, 0]
    points = member_points(run)
    rates = [x for x, _ in points]
    right = 1.12 * max(rates, default=1.0) + 0.1
    draw_members(axes, run, points, right)
    draw_settings(axes, run, right)
    if len(points) > 1:
        axes.plot(*np.transpose(lower_hull(points)), color="black", lw=1.0, zorder=1)
    draw_ends(axes, run, right)
    ends, distortions = run.baselines["test"], (distortion for _, distortion in terms(run))
    draw_equal_elbo(axes, right, ends["floor"], max(ends["collapsed"], *distortions))
    axes.set(xlim=(-0.03 * right, 1.04 * right))
    divergence = "" if style.is_narrow() else "  KL(q(z|x) || p(z))"
    axes.set_xlabel(f"rate{divergence},  nats per image")
    axes.set_ylabel("distortion,  nats per image")
    axes.set_title("Rate and distortion, test split", loc="left")
    add_legend(axes, run)
    return figure


def terms(run: ProgramResults) -> list[tuple[float | None, float]]:
    """(R, D) of every member that has a distortion, nats; R is None without a rate."""
    pairs = [
        (run.value(member, RATE), run.value(member, DISTORTION))
        for member in range(len(run.members))
    ]
    return [(rate, distortion) for rate, distortion in pairs if distortion is not None]


def member_points(run: ProgramResults) -> list[tuple[float, float]]:
    """(R, D) of every member that has both, nats per image."""
    return [(rate, distortion) for rate, distortion in terms(run) if rate is not None]


def lower_hull(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The falling part of the convex hull from below: no mixture of members is under it.

    Andrew (1979): from left to right, keeping left turns only.
    """
    hull: list[tuple[float, float]] = []
    for x, y in sorted(points):
        while len(hull) > 1 and turn(hull[-2], hull[-1], (x, y)) <= 0.0:
            hull.pop()
        hull.append((x, y))
    lowest = min(range(len(hull)), key=lambda i: hull[i][1])
    return hull[: lowest + 1]


def turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    """Twice the signed area of the triangle a, b, c: positive where it turns left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def draw_members(axes, run: ProgramResults, points, right: float) -> None:
    """Draws a small dot for each member."""
    limits = [(right, distortion) for rate, distortion in terms(run) if rate is None]
    for dots in (points, limits):
        if dots:
            axes.plot(*np.transpose(dots), ".", color="0.55", ms=2.5, zorder=2)


def draw_settings(axes, run: ProgramResults, right: float) -> None:
    """Draws means with 95 % intervals; a thin line joins the betas of a size."""
    colour, mark = style.colours(run), style.marks(run)
    for size in run.sizes():
        line = []
        for setting in run.of_size(size):
            rate, distortion = (run.summary(setting, key) for key in (RATE, DISTORTION))
            if distortion is None:
                continue
            x, look = right if rate is None else rate.mean, {"color": colour[setting]}
            if distortion.low is not None:
                axes.plot([x, x], [distortion.low, distortion.high], lw=1.2, **look)
            if rate is not None:
                line.append((x, distortion.mean))
                if rate.low is not None:
                    axes.plot([rate.low, rate.high], [distortion.mean] * 2, lw=1.2, **look)
            text = f"{run.name(setting)}, {size} latents: D {ranged(distortion)}"
            text += "" if rate is None else f", R {ranged(rate)}"
            point = {"marker": mark[size], "ms": 5, "zorder": 3, **style.tip(text)}
            axes.plot([x], [distortion.mean], **point, **look)
        if line:
            axes.plot(*zip(*line), color="0.7", lw=0.7, zorder=0)


def draw_ends(axes, run: ProgramResults, right: float) -> None:
    """Draws the collapse corner, the autoencoding limit, and the floor of distortion."""
    ends = run.baselines["test"]
    corner = {"textcoords": "offset points", "fontsize": 8}
    axes.plot([0], [ends["collapsed"]], marker="x", color="black", ms=7, mew=1.5, zorder=4)
    axes.annotate("collapse: the mean image", (0, ends["collapsed"]), (8, -3), **corner)
    axes.axhline(ends["floor"], color="black", lw=0.8, ls=":")
    axes.annotate(
        "the least that any decoder can have", (0, ends["floor"]), (8, 3), **corner
    )
    limits = [
        distortion.mean
        for setting in run.settings
        if setting.is_autoencoder and (distortion := run.summary(setting, DISTORTION))
    ]
    if limits:
        low = min(limits)
        axes.plot([0.97 * right, 1.04 * right], [low, low], color="black", lw=1.5, zorder=4)
        axes.annotate(
            f"autoencoding limit {low:z.2f}",
            (1.04 * right, low),
            (0, -6),
            ha="right",
            va="top",
            **corner,
        )


def draw_equal_elbo(axes, right: float, floor: float, top: float) -> None:
    """Draws dashed lines of slope -1, along which D + R is constant; sets the limits."""
    span = max(top - floor, 1.0)
    low, high = floor - 0.08 * span, top + 0.12 * span
    for total in MaxNLocator(8).tick_values(low, high + right):
        axes.plot(
            [0, right], [total, total - right], color="0.85", lw=0.6, ls="--", zorder=0
        )
    axes.set_ylim(low, high)


def add_legend(axes, run: ProgramResults) -> None:
    """Adds the legend: colours are settings, marks are latent sizes."""
    colour, mark = style.colours(run), style.marks(run)
    colour_of_name: dict[str, object] = {
        run.name(setting): colour[setting] for setting in run.settings
    }
    shown = summary.evenly(list(colour_of_name.items()), MAX_SETTINGS)
    handles = [axes.plot([], [], "o", color=hue, label=name)[0] for name, hue in shown]
    handles += [
        axes.plot([], [], mark[size], color="0.4", label=f"{size} latents")[0]
        for size in mark
    ]
    handles += [
        axes.plot([], [], color="black", lw=1.0, label="lower convex hull")[0],
        axes.plot([], [], color="0.7", lw=0.8, ls="--", label="equal D + R")[0],
    ]
    if style.is_narrow():
        style.legend(axes.figure, handles, 7.0)
        return
    axes.legend(
        handles=handles,
        frameon=False,
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        fontsize=8,
    )
