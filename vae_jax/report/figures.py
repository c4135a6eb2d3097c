"""The figures of a report, one function each: a run in, an SVG element out."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from vae_jax.report import style
from vae_jax.report.load import Run
from vae_jax.summary import Setting

CELL = 0.26  # inches an image takes in a sheet
MAX_COLUMNS = 10
MAX_ROWS = 24  # of a latent size; of more settings, so many evenly chosen ones are shown


def rate_distortion_plane(run: Run) -> str:
    """Every member at (rate, distortion) on the test split; lines join seed means.

    Alemi et al. (2018), arXiv:1711.00464. A member without a rate (an autoencoder)
    stands at the right edge.
    """
    figure, axes = style.new_figure(7.6, 4.6)
    axes = axes[0, 0]
    colour, mark = style.colours(run), style.marks(run)
    rates = [v for (_, split, m), v in run.values.items() if (split, m) == ("test", "rate")]
    right = 1.12 * max(rates, default=1.0) + 0.1
    for size in run.sizes():
        line = []
        for setting in run.of_size(size):
            rate, distortion = (run.summary(setting, m) for m in ("rate", "distortion"))
            if rate and distortion:
                line.append((rate.mean, distortion.mean))
            for number in run.settings[setting]:
                y = run.values.get((number, "test", "distortion"))
                x = run.values.get((number, "test", "rate"))
                if y is None:
                    continue
                if x is None:
                    axes.plot([right], [y], marker=mark[size], color=colour[setting], ms=5)
                else:
                    axes.plot([x], [y], marker=mark[size], color=colour[setting], ms=4)
        if line:
            axes.plot(*zip(*line), color="0.6", lw=0.7, zorder=0)
    ends = run.baselines["test"]
    axes.plot([0], [ends["collapsed"]], marker="x", color="black", ms=7, mew=1.5)
    axes.annotate("mean image", (0, ends["collapsed"]), (7, -3), textcoords="offset points")
    axes.axhline(ends["floor"], color="black", lw=0.8, ls=":")
    axes.annotate(
        "floor", (right, ends["floor"]), (0, 3), textcoords="offset points", ha="right"
    )
    found = [v for (_, *k), v in run.values.items() if k == ["test", "distortion"]]
    draw_equal_elbo(axes, right, ends["floor"], max(ends["collapsed"], *found, 1.0))
    axes.set(xlim=(-0.02 * right, 1.03 * right))
    axes.set_xlabel("rate  KL(q(z|x) || p(z)),  nats per image")
    axes.set_ylabel("distortion  −log p(x|z),  nats per image")
    axes.set_title("Rate and distortion of every member, test split", loc="left")
    add_legend(axes, run, colour, mark)
    return style.svg(figure)


def draw_equal_elbo(axes, right: float, floor: float, top: float) -> None:
    """Dashed lines of slope -1, along which D + R is constant; sets the limits."""
    span = max(top - floor, 1.0)
    low, high = floor - 0.08 * span, top + 0.12 * span
    for total in MaxNLocator(8).tick_values(low, high + right):
        axes.plot(
            [0, right], [total, total - right], color="0.85", lw=0.6, ls="--", zorder=0
        )
    axes.set_ylim(low, high)


def add_legend(axes, run: Run, colour: dict, mark: dict) -> None:
    """Colours are settings, marks are latent sizes."""
    seen: dict[str, object] = {run.name(s): colour[s] for s in run.settings}
    few = style.evenly(list(seen.items()), MAX_ROWS)
    handles = [axes.plot([], [], "o", color=c, label=n)[0] for n, c in few]
    handles += [
        axes.plot([], [], mark[k], color="0.4", label=f"{k} latents")[0] for k in mark
    ]
    axes.legend(
        handles=handles, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5)
    )


def image_sheet(run: Run, kind: str) -> str:
    """Images of the first seed: a block per latent size, a row per setting."""
    sizes = run.sizes()
    originals = run.pictures.shared("reconstructions", "originals")[:MAX_COLUMNS]
    shown = {size: style.evenly(run.of_size(size), MAX_ROWS) for size in sizes}
    rows = max(map(len, shown.values())) + (kind == "reconstructions")
    height, width = run.shape
    across = min(len(sizes), 2)
    down = -(-len(sizes) // across)
    columns = min(MAX_COLUMNS, len(run.pictures.row(kind, 0)))
    block = columns * CELL * width / max(height, width) + 1.1
    tall = down * (rows * CELL * height / max(height, width) + 0.35)
    figure, axes = style.new_figure(block * across, tall, down, across)
    for place, panel in enumerate(axes.flat):
        if place >= len(sizes):
            panel.axis("off")
            continue
        settings = shown[sizes[place]]
        images = [run.pictures.row(kind, run.settings[s][0])[:columns] for s in settings]
        labels = [run.name(s) for s in settings]
        if kind == "reconstructions":
            images, labels = [originals, *images], ["test image", *labels]
        style.show_tiles(panel, np.stack(images), run.shape, labels)
        panel.set_title(f"{sizes[place]} latents", loc="left")
    return style.svg(figure)


def latent_plane(run: Run) -> str | None:
    """Codes of the test images in the 2-D latent spaces, coloured by label."""
    settings = style.evenly(run.of_size(2), MAX_ROWS)
    if not settings:
        return None
    across = min(4, len(settings))
    down = -(-len(settings) // across)
    figure, axes = style.new_figure(2.1 * across + 0.6, 2.2 * down + 0.5, down, across)
    labels = run.pictures.shared("codes", "labels")
    points = None
    for place, panel in enumerate(axes.flat):
        if place >= len(settings):
            panel.axis("off")
            continue
        points = draw_codes(panel, run, settings[place], labels)
    if labels is not None and points is not None and len(np.unique(labels)) <= 10:
        figure.colorbar(points, ax=axes, ticks=np.unique(labels), label="label", shrink=0.6)
    figure.suptitle(
        "Codes of the test images, two latents; rings hold 39 % and 86 % of N(0, I)",
        x=0.01,
        ha="left",
    )
    return style.svg(figure)


def draw_codes(panel, run: Run, setting: Setting, labels: np.ndarray | None):
    """One panel: posterior means, and the prior's rings at radius 1 and 2."""
    codes = run.pictures.row("codes", run.settings[setting][0])[:, :2]
    seen = np.isfinite(codes).all(axis=1)
    codes = codes[seen]
    hue = {"c": "0.4"} if labels is None else {"c": labels[seen], "cmap": "tab10"}
    points = panel.scatter(*codes.T, s=3, linewidths=0, **hue)
    angle = np.linspace(0.0, 2.0 * np.pi, 121)
    for radius in (1.0, 2.0):
        panel.plot(radius * np.cos(angle), radius * np.sin(angle), color="0.2", lw=0.7)
    reach = max(2.6, 1.05 * float(np.abs(codes).max(initial=0.0)))
    panel.set(
        xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=run.name(setting)
    )
    return points
