"""Learning curves: distortion and rate of the training images, epoch by epoch."""

from collections import defaultdict

import numpy as np
from matplotlib.figure import Figure

from vae_jax.report.figures import style
from vae_jax.runs import directory, summary
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting
from vae_jax.storage import logs

TERMS = ("distortion", "rate")
MAX_SIZES, MAX_SETTINGS = 4, 24
Curve = dict[int, float]  # epoch -> nats per image


def learning_curves(run: ProgramResults) -> Figure | None:
    """The figure of learning: a row per term, a column per latent size.

    Lines are means over the seeds that are still finite; a cross stands where a member's
    record ends because it diverged. None where nothing was logged.
    """
    logged = read_log(run)
    if not logged:
        return None
    sizes = summary.evenly(run.sizes(), 2 if style.is_narrow() else MAX_SIZES)
    terms = [term for term in TERMS if any(curves[term] for curves in logged.values())]
    figure, axes = style.new_figure(
        2.1 * len(sizes) + 2.2,
        2.0 * len(terms) + (1.4 if style.is_narrow() else 0.4),
        len(terms),
        len(sizes),
        sharey="row",
    )
    colour = style.colours(run)
    for column, size in enumerate(sizes):
        axes[0, column].set_title(f"{size} latents")
        axes[-1, column].set_xlabel("epoch")
        for panel, term in zip(axes[:, column], terms):
            panel.set_xscale("log")
            style.label_log_axis(panel.xaxis)
            for setting in summary.evenly(run.of_size(size), MAX_SETTINGS):
                draw_setting(panel, run, setting, term, logged, colour[setting])
    for panel, term in zip(axes[:, 0], terms):
        panel.set_ylabel(f"{term}, nats")
    colour_of_name = {run.name(setting): colour[setting] for setting in run.settings}
    handles = [
        axes[0, 0].plot([], [], color=hue, label=name)[0]
        for name, hue in summary.evenly(list(colour_of_name.items()), MAX_SETTINGS)
    ]
    style.legend(figure, handles)
    return figure


def read_log(run: ProgramResults) -> dict[int, dict[str, Curve]]:
    """The curves of each member of the program, nats per image, by its number in it."""
    position = {number: i for i, number in enumerate(run.numbers)}
    curves: dict[int, dict[str, Curve]] = defaultdict(lambda: {term: {} for term in TERMS})
    log = run.workdir / directory.TRAIN_LOG
    for line in logs.read_lines(log) if log.exists() else ():
        member, epoch = line.get("member"), line.get("epoch")
        for term in TERMS if member in position and isinstance(epoch, int) else ():
            if isinstance(line.get(term), float):
                curves[position[member]][term][epoch] = line[term]
    return curves


def mean_curve(curves: list[Curve]) -> Curve:
    """The mean over curves, at each epoch over those that have it."""
    epochs = sorted({epoch for curve in curves for epoch in curve})
    return {
        epoch: float(np.mean([curve[epoch] for curve in curves if epoch in curve]))
        for epoch in epochs
    }


def draw_setting(
    panel, run: ProgramResults, setting: Setting, term: str, logged, colour
) -> None:
    """Draws a setting's mean curve, and the crosses of members that diverged."""
    numbers = [n for n in run.settings[setting] if logged.get(n, {}).get(term)]
    curve = mean_curve([logged[n][term] for n in numbers])
    if not curve:
        return
    look = {"color": colour, "lw": 1.0, "marker": "." if len(curve) == 1 else ""}
    panel.plot(*zip(*curve.items()), **look, **style.tip(run.name(setting)))
    for n in numbers:
        if run.statuses[n] == "diverged":
            last = max(logged[n][term])
            panel.plot([last], [logged[n][term][last]], "x", color=colour, ms=6)
